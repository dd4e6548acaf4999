"""Descriptors that learn from whole pictures, in the search: no torch is needed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from sightline.arrays import Picture, Vector
from sightline.contracts import GlobalDescriptor
from sightline.deep.fine_tuned import EXPORT_S, FineTuned
from sightline.networks.library import remember
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.learners import MARGIN, fitting_s, learns_from_pictures, unlearned_of
from sightline.search.trying.represent import Describer
from tests.networks import tiny
from tests.search.comparisons import compared

MEAN = Candidate("mean", "MeanOfClass()", "Ridge()", 300)


class MeanOfClass(GlobalDescriptor):
    """The distances to the mean color of each class: learns from pictures, and remembers which."""

    learned = ("means_",)
    fits: list[list[bytes]] = []  # noqa: RUF012 - of all instances

    def fit(self, pictures: Iterable[Picture], y: Any = None) -> Self:
        seen = list(pictures)
        MeanOfClass.fits.append([one.tobytes() for one in seen])
        colors = np.stack([one.mean(axis=(0, 1)) for one in seen])
        self.means_ = np.stack([colors[y == number].mean(axis=0) for number in np.unique(y)])
        return self

    def describe(self, picture: Picture) -> Vector:
        return np.linalg.norm(self.means_ - picture.mean(axis=(0, 1)), axis=1).astype(np.float32)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline import components

    found = {**components.known(), "MeanOfClass": MeanOfClass}
    monkeypatch.setattr(components, "known", lambda: found)
    MeanOfClass.fits.clear()


def test_each_fold_learns_from_its_training_pictures_alone() -> None:
    among = compared(12)
    sample = among.sample(Preparation(), "none", 12, among.folds.tried())
    found = Describer(among.vectors, workers=1).represent(among.node(MEAN), sample)
    assert len(found.matrices) == len(MeanOfClass.fits) == 3
    for rows, seen in zip(sample.training, MeanOfClass.fits, strict=True):
        assert seen == [sample.views[int(row)].tobytes() for row in rows]
    for fold in range(3):
        np.testing.assert_array_equal(found.of(fold), tree.transform(found.node(fold), sample.views))
    assert found.learned_s > 0


def test_it_is_tried_as_anybody_and_kept_between_runs(tmp_path: Path) -> None:
    first = attempt(compared(12, folder=tmp_path), MEAN, Preparation(), 12)
    assert first.record is not None and len(MeanOfClass.fits) == 3
    among = compared(12, folder=tmp_path)
    sample = among.sample(Preparation(), "none", 12, among.folds.tried())
    Describer(among.vectors, workers=1).represent(among.node(MEAN), sample)
    assert len(MeanOfClass.fits) == 3


def expected_s(among: Comparison, n: int) -> float:
    return Expectation(among).trying_s(MEAN, Preparation(), n)


def test_it_is_expected_to_take_a_fit_for_each_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expectation, "_one_s", lambda *_: 0.01)
    monkeypatch.setattr("sightline.search.trying.expectation.fitting_s", lambda node, n, *_: 100.0 * n)
    assert expected_s(compared(12), 12) == pytest.approx(3 * 100 * 8, rel=0.01)


def test_learning_a_network_grows_with_the_pictures_and_a_codebook_does_not() -> None:
    assert learns_from_pictures(parse("[HOG() + [MeanOfClass() > PCA()]]"))
    assert not learns_from_pictures(parse("HOG() + [DenseSIFT() > BagOfVisualWords()]"))


def test_a_step_is_timed_only_where_there_may_be_time() -> None:
    node, timed = FineTuned(remember(tiny.network()).key, epochs=10), []

    class Timed(FineTuned):
        def expected_fit_s(self, n: int) -> float:
            timed.append(n)
            return 1e6

    patient = Timed(node.network, epochs=10)
    least = EXPORT_S + 10 * 100 * 3 * 0.01
    assert fitting_s(patient, 100, 0.01, least - 1) == pytest.approx(least) and not timed
    assert fitting_s(patient, 100, 0.01, least + 1) == MARGIN * 1e6 and timed == [100]
    assert fitting_s(node, 100, 0.01, least + 1) == pytest.approx(least)  # its weights are not at hand
    assert repr(unlearned_of(node)) == f"Embedding(network='{node.network}')"
    assert fitting_s(MeanOfClass(), 100, 0.01, 1e9) == pytest.approx(1.0)
