from __future__ import annotations

import cv2
import numpy as np
import pytest

from sightline.errors import ArtifactError, ComponentError, ExportError, InputError, MissingExtraError
from sightline.search.trying.failures import is_failure, reason


@pytest.mark.parametrize(
    "act",
    [
        lambda: np.linalg.inv(np.zeros((2, 2))),
        lambda: cv2.resize(np.zeros((0, 0, 3), np.uint8), (4, 4)),
        lambda: 1 // 0,
        lambda: (_ for _ in ()).throw(MemoryError()),
        lambda: (_ for _ in ()).throw(InputError("one\ntwo")),
        lambda: {}["fit_s"],
        lambda: [][3],
        lambda: "a" + 1,
        lambda: open("/nowhere/weights"),  # noqa: SIM115 - as an outside component may
        lambda: (_ for _ in ()).throw(type("Odd", (Exception,), {})("of an outside component")),
    ],
)
def test_is_a_candidates_own_and_told_in_one_line(act: object) -> None:
    with pytest.raises(Exception) as caught:
        act()  # type: ignore[operator]
    assert is_failure(caught.value)
    assert "\n" not in reason(caught.value)
    assert reason(caught.value)


def test_what_may_be_a_mistake_in_a_component_says_where() -> None:
    with pytest.raises(KeyError) as caught:
        {}["fit_s"]
    assert reason(caught.value).startswith("it failed: KeyError ('fit_s') in test_failures.py, line ")
    assert reason(KeyError("never raised")) == "it failed: KeyError ('never raised')"


@pytest.mark.parametrize(
    ("error", "own"),
    [
        (ComponentError("x"), True),
        (ExportError("the export differs"), True),
        (MissingExtraError("install x"), False),
        (ArtifactError("no space"), False),
    ],
)
def test_what_is_raised_for_the_user_ends_the_search(error: Exception, own: bool) -> None:
    assert is_failure(error) == own


def test_an_export_that_answers_otherwise_says_so_itself() -> None:
    assert reason(ExportError("the export of x differs")) == "the export of x differs"
