"""What scales are learned from: rows left out, and the smallest loss."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.networks import few_shot
from sightline.networks.few_shot import Rows, Texts, class_means, learn


def drawn(n: int = 60, k: int = 3, d: int = 8) -> Rows:
    rng = np.random.default_rng(0)
    y = np.arange(n) % k
    rows = np.random.default_rng(1).normal(0, 1, (k, d))[y] + rng.normal(0, 1, (n, d))
    return Rows(rows / np.linalg.norm(rows, axis=1, keepdims=True), y, rng.uniform(0.5, 2.0, n))


@pytest.mark.parametrize("shrinkage", [0.0, 2.0])
def test_a_row_is_left_out_of_the_mean_of_its_class(shrinkage: float) -> None:
    rows = drawn()
    products, usable = few_shot._left_out(rows, 3, shrinkage)
    center = few_shot._totals(rows, 3)[2]
    for row in (0, 7, 20):
        same = (rows.codes == rows.codes[row]) & (np.arange(60) != row)
        total = (rows.units[same] * rows.weights[same, None]).sum(axis=0) + shrinkage * center
        expected = rows.units[row] @ total / (rows.weights[same].sum() + shrinkage)
        assert products[row, rows.codes[row]] == pytest.approx(expected, abs=1e-12)
        other = (rows.codes[row] + 1) % 3
        assert products[row, other] == pytest.approx(rows.units[row] @ class_means(rows, 3, shrinkage)[other])
    assert usable.all()
    assert not few_shot._left_out(rows.subset(np.arange(3)), 3, shrinkage)[1].any()


def test_a_class_without_rows_is_the_mean_of_the_others() -> None:
    rows = drawn()
    means = class_means(rows, 4, 0.0)
    np.testing.assert_allclose(means[3], means[:3].mean(axis=0))


def test_gradient_and_curvature_are_those_of_the_loss() -> None:
    rng = np.random.default_rng(3)
    terms, codes, weights = rng.normal(0, 1, (2, 30, 4)), np.arange(30) % 4, rng.uniform(0.5, 2, 30)
    at, prior = rng.normal(0.5, 0.3, 6), np.array([1.0, 1, 0, 0, 0, 0])
    _, gradient, curvature = few_shot._loss(at, prior, terms, codes, weights)
    for number in range(6):
        step = np.zeros(6)
        step[number] = 1e-5
        after, before = (few_shot._loss(at + sign * step, prior, terms, codes, weights) for sign in (1, -1))
        assert gradient[number] == pytest.approx((after[0] - before[0]) / 2e-5, rel=1e-5, abs=1e-6)
        np.testing.assert_allclose(curvature[number], (after[1] - before[1]) / 2e-5, rtol=1e-4, atol=1e-5)


def test_no_other_scales_have_a_smaller_loss() -> None:
    rows = drawn(200)
    texts = Texts(np.linalg.qr(np.random.default_rng(1).normal(0, 1, (8, 3)))[0].T, 10.0)
    terms = np.stack([rows.units @ texts.vectors.T * 10.0])
    (found,), _ = few_shot._newton(terms, rows.codes, rows.weights, False)
    prior = np.ones(1)
    best = few_shot._loss(np.array([found]), prior, terms, rows.codes, rows.weights)[0]
    for factor in (0.9, 1.1):
        assert best < few_shot._loss(np.array([found * factor]), prior, terms, rows.codes, rows.weights)[0]


def test_texts_that_are_wrong_are_hardly_believed_but_never_turned_around() -> None:
    rows = drawn(90)
    texts = Texts(-class_means(rows, 3, 0.0), 50.0)
    found = few_shot._fitted(few_shot._Variant(True, False, False), rows, texts, 3, 1.0)
    assert found.text_scale == 0.5


def test_many_rows_are_learned_from_in_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_shot, "MOST_ROWS", 40)
    used = few_shot._used(np.repeat([0, 1], [300, 100]))
    assert len(used) == 40 and (used >= 300).sum() == 10
    assert few_shot._parts(np.array([1, 0, 1, 1, 0])).tolist() == [0, 0, 1, 2, 1]


def test_one_row_is_enough_to_answer() -> None:
    found = learn(drawn(1), Texts(np.eye(3, 8), 20.0), 3, 1.0)
    assert np.isfinite([found.text_scale, found.mean_scale, *found.bias]).all()
