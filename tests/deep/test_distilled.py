"""The component without torch; `test_distillation.py` trains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.components import build
from sightline.deep import distilled
from sightline.deep.changes import Changes
from sightline.deep.distilled import Distilled
from sightline.deep.weights.origins import remember_origin
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError, InputError
from sightline.networks.embedding import Embedding
from sightline.networks.library import remember
from sightline.networks.network import Network
from tests.deep.toys import red_and_blue
from tests.networks import tiny


def test_parameters_are_checked_and_read_back() -> None:
    teacher = "Embedding(network='a@0123456789abcdef') > LinearSVM()"
    made = Distilled(teacher=teacher, px=64, changes=Changes(rotation_deg=10.0))
    assert repr(build(repr(made))) == repr(made) and made.student().px == 64
    assert made.learns() and not made.is_fitted()
    with pytest.raises(ComponentError, match="px=8"):
        build("Distilled(px=8)")


def test_a_student_begins_with_a_network_at_its_own_size() -> None:
    network = remember(tiny.network(seed=81, free=True))
    with pytest.raises(ComponentError, match="are not at hand"):
        Distilled(network=network.key, px=64).student()
    remember_origin(network, Recipe(Path("w"), "resnet10t", px=32))
    assert Distilled(network=network.key, px=64).student() == Recipe(Path("w"), "resnet10t", px=64)
    with pytest.raises(InputError, match="asked to look at"):
        Distilled(network=network.key, px=1025).student()


def test_without_a_teacher_nothing_is_learned() -> None:
    with pytest.raises(ComponentError, match="or no teacher; a search brings its own"):
        Distilled().fit(*red_and_blue(4))


def test_the_student_is_shown_what_has_a_label_and_what_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    shown: list[Any] = []

    def distill(student: Any, pictures: Sequence[Any], answer: Any, name: str, *_: Any, trained: bool) -> Network:
        assert not trained
        shown.extend([one.shape for one in pictures])
        shown.append(answer(pictures[0]))
        return tiny.network(seed=41, name=name)

    monkeypatch.setattr("sightline.deep.courses.distillation.distill", distill)
    made, (pictures, y) = Distilled(epochs=1), red_and_blue(4)
    made.school = lambda seen, codes: (
        lambda picture: np.float32([len(seen), codes.sum()]),
        [np.zeros((9, 9, 3), "u1")],
    )
    made.fit(pictures, y)
    assert shown[:-1] == [(36, 40, 3)] * 4 + [(9, 9, 3)]
    np.testing.assert_array_equal(shown[-1], [4, 2])
    shipped = made.shipped()
    assert isinstance(shipped, Embedding)
    np.testing.assert_array_equal(shipped.describe(pictures[0]), made.describe(pictures[0]))
    made.school = lambda seen, codes: (lambda picture: np.float32([1, 0]), [np.zeros((9, 9, 1), "u1")])
    with pytest.raises(InputError, match="Distilled was given a picture"):
        made.fit(pictures, y)


def test_what_it_takes_at_least_is_the_teachers_looks() -> None:
    assert Distilled(epochs=9).least_fit_s(100, 0.01) == pytest.approx(distilled.EXPORT_S + 10)
