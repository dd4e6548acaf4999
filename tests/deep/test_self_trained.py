"""The component: fitted with torch, used without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.deep.changes import Changes
from sightline.deep.self_trained import SelfTrained
from sightline.errors import ComponentError, InputError
from sightline.networks.embedding import Embedding
from tests.deep.toys import red_and_blue
from tests.networks import tiny


def test_parameters_are_read_back_and_what_is_missing_is_said() -> None:
    made = SelfTrained(px=28, epochs=3, changes=Changes(rotation_deg=15.0, mirrored=False))
    assert repr(made) == "SelfTrained(px=28, epochs=3, changes=Changes(mirrored=False, rotation_deg=15.0))"
    assert made.learns() and not made.is_fitted() and made.shipped() is made
    pictures, y = red_and_blue(4)
    with pytest.raises(ComponentError, match=r"no pictures without a label; .* set `unlabelled` before fit"):
        made.fit(pictures, y)
    made.unlabelled = pictures
    with pytest.raises(ComponentError, match="was given no classes"):
        made.fit(pictures)
    assert not len(made.clone().unlabelled)
    with pytest.raises(InputError, match="allowed"):
        SelfTrained(arch="hf-hub:somebody/network").recipe()


def test_both_kinds_of_pictures_are_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    seen: list[Any] = []

    def train(recipe: Any, pictures: Any, y: Any, unlabelled: Any, name: str, course: Any, watch: Any) -> Any:
        seen.extend([len(pictures), y.tolist(), len(unlabelled), name, course.regime.epochs, course.regime.batch])
        watch.said("memory was out")
        return tiny.network(seed=41, name=name)

    monkeypatch.setattr("sightline.deep.courses.self_training.self_train", train)
    made, (pictures, y) = SelfTrained(epochs=2), red_and_blue(4)
    made.unlabelled = red_and_blue(9, seed=1)[0]
    made.fit(pictures, y)
    assert seen == [4, [0, 1, 0, 1], 9, "small-self-trained", 2, 128] and made.remarks == ("memory was out",)
    shipped = made.shipped()
    assert isinstance(shipped, Embedding)
    np.testing.assert_array_equal(shipped.describe(pictures[0]), made.describe(pictures[0]))
    made.unlabelled = [np.zeros((9, 9, 1), "u1")]
    monkeypatch.undo()
    with pytest.raises(InputError, match="SelfTrained was given a picture"):
        made.fit(pictures, y)


def test_a_step_is_timed() -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    made = SelfTrained(px=28, epochs=2)
    assert made.expected_fit_s(40) > made.least_fit_s()
