from __future__ import annotations

import numpy as np

from sightline.components import build
from sightline.contracts import Classifier
from sightline.search.cross_validate import Folds, blended, out_of_fold, sampled
from sightline.search.represent import Represented

RNG = np.random.default_rng(0)
TRUTH = np.arange(60) % 3
MATRIX = (RNG.normal(size=(60, 5)) + TRUTH[:, None]).astype(np.float32)


def classifier() -> Classifier:
    component = build("KNearestNeighbors(neighbors=1)")
    assert isinstance(component, Classifier)
    return component


def test_every_row_is_answered_by_a_model_that_did_not_see_it() -> None:
    folds = Folds(np.arange(60) % 5, np.arange(60), TRUTH, 3)
    # One neighbor knows every picture it has seen: on random labels only held-out answers can be wrong.
    labels = RNG.permutation(TRUTH)
    record, fitted = out_of_fold(
        classifier(), Represented([MATRIX], [build("HOG()")]), Folds(folds.fold, folds.group, labels, 3), None, 0
    )
    assert record.index.tolist() == list(range(60))
    assert len(fitted) == 5
    assert (record.raw.argmax(axis=1) == labels).mean() < 0.7


def test_rows_outside_every_fold_are_only_learned_from() -> None:
    fold = np.where(np.arange(60) < 40, -1, 0)
    record, _ = out_of_fold(
        classifier(), Represented([MATRIX], [build("HOG()")]), Folds(fold, np.arange(60), TRUTH, 3), None, 0
    )
    assert record.index.tolist() == list(range(40, 60))


def test_a_class_that_a_fold_never_saw_has_probability_zero() -> None:
    truth = np.asarray([0, 1] * 10 + [2])
    folds = Folds(np.arange(21) % 3, np.arange(21), truth, 3)
    record, _ = out_of_fold(classifier(), Represented([MATRIX[:21]], [build("HOG()")]), folds, None, 0)
    assert record.raw.shape == (21, 3)
    assert record.raw[20, 2] == 0
    assert np.isfinite(record.probabilities).all()


def test_a_sample_keeps_shares_and_every_class() -> None:
    truth = np.asarray([0] * 900 + [1] * 95 + [2] * 5)
    rows = sampled(np.arange(1000), truth, 100, 0)
    assert np.bincount(truth[rows]).tolist() == [90, 10, 1]
    assert np.array_equal(rows, sampled(np.arange(1000), truth, 100, 0))
    assert len(sampled(np.arange(1000), truth, None, 0)) == 1000
    assert np.bincount(truth[sampled(np.arange(1000), truth, 10, 0)])[2] >= 1


def test_a_blend_is_the_mean_of_raw_answers() -> None:
    folds = Folds(np.arange(60) % 5, np.arange(60), TRUTH, 3)
    one, _ = out_of_fold(classifier(), Represented([MATRIX], [build("HOG()")]), folds, None, 0)
    other, _ = out_of_fold(classifier(), Represented([-MATRIX], [build("HOG()")]), folds, None, 0)
    both = blended([one, other], folds)
    assert np.allclose(both.raw, (one.raw + other.raw) / 2, atol=1e-6)
