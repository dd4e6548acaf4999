from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.deep.self_trained import SelfTrained
from sightline.deep.training.watch import Watch
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.search.trying.teaching import school
from tests.pictures import mat

PICTURES = [mat(32, seed, broken=bool(seed % 2)) for seed in range(12)]
Y = np.arange(12) % 2


def test_the_teacher_is_the_pipeline_fitted_on_these_pictures_alone() -> None:
    text = "HOG(size_px=32) > LogisticRegression()"
    answer, more = school(text, PICTURES[8:])(PICTURES[:8], Y[:8])
    expected = tree.predict_proba(tree.fit(parse(text), PICTURES[:8], Y[:8]), PICTURES[8:], 2)
    np.testing.assert_array_equal([answer(one) for one in more], expected)


def test_a_teacher_that_trains_itself_learns_from_the_pictures_without_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    watched = Watch()

    def fit(self: SelfTrained, pictures: Any, y: Any = None) -> SelfTrained:
        assert self.watch is watched
        given.extend([len(pictures), len(self.unlabelled)])
        return self

    monkeypatch.setattr(SelfTrained, "fit", fit)
    monkeypatch.setattr(SelfTrained, "describe", lambda self, picture: picture.mean((0, 1)).astype(np.float32))
    answer, more = school("SelfTrained(px=28) > LogisticRegression()", PICTURES[8:], watched)(PICTURES[:8], Y[:8])
    assert given == [8, 4] and len(more) == 4 and answer(more[0]).shape == (2,)
