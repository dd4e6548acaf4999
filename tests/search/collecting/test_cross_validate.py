from __future__ import annotations

import time

import numpy as np
import pytest

from sightline.components import build
from sightline.contracts import Classifier
from sightline.search.collecting.cross_validate import Folds, held_out, parts_of, record, sampled
from sightline.search.trying.attempt import attempt
from tests.search.comparisons import LAYOUT, compared

RNG = np.random.default_rng(0)


def test_a_class_that_a_fold_never_saw_has_probability_zero() -> None:
    X, y = RNG.normal(size=(20, 3)).astype(np.float32), np.array([0, 2] * 10)
    fitted = build("KNearestNeighbors(neighbors=1)")
    assert isinstance(fitted, Classifier)
    raw = held_out(fitted.fit(X, y), X, 4)
    assert raw.shape == (20, 4) and (raw[:, [1, 3]] == 0).all()


def test_rows_outside_every_fold_are_only_learned_from() -> None:
    folds = Folds(np.array([-1, 0, -1, 0, 0]), np.arange(5), np.array([0, 1, 0, 1, 0]), 2)
    assert len(folds) == 1 and folds.held(0).tolist() == [1, 3, 4] and folds.training(0).tolist() == [0, 2]
    assert folds.subset(slice(0, 3)).held(0).tolist() == [1]


def test_a_record_speaks_of_the_rows_that_were_answered() -> None:
    truth = np.arange(60) % 3
    folds = Folds(np.where(np.arange(60) < 40, -1, 0), np.arange(60), truth, 3)
    index = folds.held(0)
    raw = RNG.dirichlet(np.ones(3), 20).astype(np.float32)
    found = record(index, raw, folds)
    assert found.index.tolist() == list(range(40, 60)) and np.array_equal(found.truth, truth[40:])
    assert np.isfinite(found.probabilities).all() and np.array_equal(found.raw, raw)


def test_what_is_learned_of_answers_is_learned_of_other_folds_or_groups() -> None:
    groups = np.arange(10) // 2
    assert np.array_equal(parts_of(np.arange(10) % 2, groups), np.arange(10) % 2)
    parts = parts_of(np.zeros(10, int), groups)
    assert (parts[::2] == parts[1::2]).all() and sorted(parts[::2]) == list(range(5))
    assert np.array_equal(parts, parts_of(np.zeros(10, int), groups))
    assert len(np.unique(parts_of(np.zeros(4, int), np.array([5, 5, 10, 10])))) == 2


@pytest.mark.parametrize("k", [2, 5, 10])
def test_pictures_that_come_class_by_class_in_turn_are_of_every_class_in_every_part(k: int) -> None:
    truth = np.arange(1000) % k
    parts = parts_of(np.zeros(1000, int), np.arange(1000))
    for part in range(5):
        counts = np.bincount(truth[parts == part], minlength=k)
        assert counts.sum() == 200 and counts.min() >= 200 / k / 2


def test_a_sample_of_very_many_classes_takes_one_pass() -> None:
    truth = np.random.default_rng(0).integers(0, 20_000, 200_000)
    began = time.perf_counter()
    rows = sampled(np.arange(200_000), truth, 50_000, 0)
    assert time.perf_counter() - began < 2  # a mask for each class takes ten times as long
    assert len(np.unique(truth[rows])) == len(np.unique(truth))


def test_a_sample_keeps_shares_and_every_class() -> None:
    truth = np.asarray([0] * 900 + [1] * 95 + [2] * 5)
    rows = sampled(np.arange(1000), truth, 100, 0)
    assert np.bincount(truth[rows]).tolist() == [90, 10, 1]
    assert np.array_equal(rows, sampled(np.arange(1000), truth, 100, 0))
    assert len(sampled(np.arange(1000), truth, None, 0)) == 1000
    assert np.bincount(truth[sampled(np.arange(1000), truth, 10, 0)])[2] >= 1


def test_every_row_is_answered_by_a_model_that_did_not_see_it() -> None:
    # One neighbor knows every picture it has seen: on labels by chance only held-out answers can be wrong.
    import dataclasses

    import sightline as sl

    among = compared(60)
    truth = RNG.permutation(among.folds.truth)
    among = dataclasses.replace(among, folds=dataclasses.replace(among.folds, truth=truth))
    nearest = dataclasses.replace(LAYOUT, classify="KNearestNeighbors(neighbors=1)")
    found = attempt(among, nearest, sl.Preparation(), 60).record
    assert found is not None and found.index.tolist() == list(range(60))
    assert (found.raw.argmax(axis=1) == truth).mean() < 0.75
