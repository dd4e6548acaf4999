"""A network that learns from pictures without a label as well, in the search."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pytest

from sightline import components
from sightline.deep.self_trained import EXPORT_S, SelfTrained
from sightline.networks.library import remember
from sightline.preparation.preparation import Preparation
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.learners import MARGIN, fitting_s, unlearned_of
from sightline.search.trying.memory import Vectors
from sightline.search.trying.represent import Describer, Sample, codebook_keys
from tests.networks import tiny
from tests.search.comparisons import compared


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {**components.known(), "SelfTrained": Told}
    monkeypatch.setattr(components, "known", lambda: found)
    Told.seen.clear()


class Told(SelfTrained):
    """Remembers how many pictures of each kind it was given."""

    seen: list[tuple[int, int]] = []  # noqa: RUF012 - of all instances

    def fit(self, pictures: Any, y: Any = None) -> Self:
        Told.seen.append((len(pictures), len(self.unlabelled)))
        network = remember(tiny.network())
        self.onnx_ = np.frombuffer(network.onnx, np.uint8)
        return self


def sample_of(unlabelled: int, besides: str) -> tuple[Vectors, Sample]:
    among = compared(12)
    sample = among.sample(Preparation(), "none", 12, among.folds.tried())
    more = [np.full((8, 8, 3), number, np.uint8) for number in range(unlabelled)]
    return among.vectors, Sample(
        sample.views, sample.preparation, sample.y, sample.training, sample.name, more, besides
    )


def test_each_fold_sees_the_pictures_without_a_label_and_none_keeps_them() -> None:
    vectors, sample = sample_of(5, "these")
    found = Describer(vectors, workers=1).represent(Told(), sample)
    assert Told.seen == [(8, 5)] * 3
    assert not any(len(getattr(found.node(fold), "unlabelled", ())) for fold in range(3))


def test_what_was_learned_is_known_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, sample = sample_of(5, "these")
    _, other = sample_of(5, "others")
    assert codebook_keys(vectors, Told(), sample, 0) != codebook_keys(vectors, Told(), other, 0)
    assert not Candidate("x", "HOG()", "Ridge()", 1).sees_unlabelled
    found = {**components.known(), "SelfTrained": SelfTrained}
    monkeypatch.setattr(components, "known", lambda: found)
    assert Candidate("x", "SelfTrained()", "Ridge()", 1).sees_unlabelled


def test_what_fitting_takes_grows_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def expected(self: SelfTrained, n: int) -> float:
        asked.append(n)
        return 10.0 * n

    monkeypatch.setattr(SelfTrained, "expected_fit_s", expected)
    assert fitting_s(SelfTrained(), 100, 0.01, 1e9, unlabelled=400) == MARGIN * 5000
    assert fitting_s(SelfTrained(), 100, 0.01, EXPORT_S / 2) == EXPORT_S and asked == [500]
    assert repr(unlearned_of(SelfTrained())) == "HOG()"
