"""Classes told by their texts, and what a few labels add."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.contracts import Classifier
from sightline.errors import ComponentError
from sightline.networks.texts import TextSet, remember_texts
from sightline.networks.zero_shot import ZeroShot, unit_rows

K, D = 5, 64
NAMES = ("elm", "ash", "oak", "fir", "yew")
CENTERS = np.random.default_rng(1).normal(0, 1, (K, D))


def texts(noise: float, scale: float = 60.0) -> TextSet:
    """Near the centers of the classes but for noise, and away from all pictures, as texts of CLIP are."""
    vectors = CENTERS + np.random.default_rng(5).normal(0, noise, (K, D)) + np.random.default_rng(3).normal(0, 4, D)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return remember_texts(TextSet("clip", NAMES, units.astype(np.float32), scale))


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) % K
    rows = CENTERS[y] + np.random.default_rng(2).normal(0, 4, D) + np.random.default_rng(seed).normal(0, 2, (n, D))
    return rows.astype(np.float32), y


def loss(fitted: Classifier, rows: np.ndarray, y: np.ndarray) -> float:
    return float(-np.log(fitted.predict_proba(rows)[np.arange(len(y)), y]).mean())


def test_without_labels_it_is_the_formula_of_clip() -> None:
    known, (rows, _) = texts(0.5), drawn(40, 1)
    logits = 60.0 * (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float64) @ known.vectors.T
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    fitted = ZeroShot(texts=known.key).fit_texts()
    np.testing.assert_allclose(
        fitted.predict_proba(rows), expected / expected.sum(axis=1, keepdims=True), rtol=1e-5, atol=1e-7
    )
    np.testing.assert_allclose(fitted.predict_proba(rows * 100), fitted.predict_proba(rows), rtol=1e-5)
    assert fitted.scales_.tolist() == [60.0, 0.0]


@pytest.mark.parametrize("n", [20, 50])
def test_few_labels_and_texts_know_more_than_either(n: int) -> None:
    known, (rows, y), (new, truth) = texts(0.5), drawn(n, 7), drawn(3000, 99)
    both = ZeroShot(texts=known.key).fit(rows, y)
    alone, labels = ZeroShot(texts=known.key).fit_texts(), ZeroShot().fit(rows, y)
    assert both.score(new, truth) > max(alone.score(new, truth), labels.score(new, truth)) + 0.02
    assert loss(both, new, truth) < min(loss(alone, new, truth), loss(labels, new, truth)) - 0.02
    assert (both.scales_ > 0).all()


def test_with_many_labels_texts_count_little() -> None:
    known, (rows, y), (new, truth) = texts(0.5), drawn(2000, 7), drawn(3000, 99)
    many, few = ZeroShot(texts=known.key).fit(rows, y), ZeroShot(texts=known.key).fit(rows[:20], y[:20])
    assert many.scales_[0] / many.scales_[1] < 0.2 * few.scales_[0] / few.scales_[1]
    assert many.score(new, truth) > 0.96


def test_texts_that_say_nothing_are_not_believed() -> None:
    known, (rows, y), (new, truth) = texts(20.0), drawn(100, 7), drawn(3000, 99)
    fitted = ZeroShot(texts=known.key).fit(rows, y)
    assert fitted.score(new, truth) > 0.9 > 0.3 > ZeroShot(texts=known.key).fit_texts().score(new, truth)


def test_one_label_for_each_class_calibrates_and_changes_no_order() -> None:
    known, (rows, y), (new, truth) = texts(2.0), drawn(K, 7), drawn(1000, 99)
    fitted, alone = ZeroShot(texts=known.key).fit(rows, y), ZeroShot(texts=known.key).fit_texts()
    np.testing.assert_array_equal(fitted.predict(new), alone.predict(new))
    assert fitted.scales_[0] < 60 and loss(fitted, new, truth) < loss(alone, new, truth)


def test_a_class_without_labels_is_told_by_its_text() -> None:
    known, (rows, y), (new, truth) = texts(0.2), drawn(40, 7), drawn(1000, 99)
    fitted = ZeroShot(texts=known.key).fit(rows[y < 4], y[y < 4])
    assert fitted.classes_.tolist() == [0, 1, 2, 3, 4]
    shares = fitted.predict_proba(new)[:, 4]
    assert shares[truth == 4].mean() > 5 * shares[truth != 4].mean()


def test_labels_may_be_the_names_of_the_classes() -> None:
    known, (rows, y), (new, _) = texts(0.5), drawn(40, 7), drawn(50, 99)
    named = ZeroShot(texts=known.key).fit(rows, np.array(NAMES)[y])
    assert named.classes_.tolist() == sorted(NAMES)
    numbered = ZeroShot(texts=known.key).fit(rows, y)
    order = [NAMES.index(name) for name in sorted(NAMES)]
    np.testing.assert_allclose(named.predict_proba(new), numbered.predict_proba(new)[:, order], atol=1e-6)


def test_a_shift_for_each_class_is_learned_where_it_helps() -> None:
    """One class is seen ten times as often as the others, and looks like them: the shift knows it."""
    known, (rows, y) = texts(0.5), drawn(400, 7)
    rows = (rows + np.random.default_rng(8).normal(0, 6, rows.shape)).astype(np.float32)
    often = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y)[::10]])
    fitted = ZeroShot(texts=known.key).fit(rows[often], y[often])
    assert fitted.bias_[0] == fitted.bias_.max() > 0.5


def test_a_weight_counts_as_repetition() -> None:
    known, (rows, y) = texts(0.5), drawn(20, 7)
    twice = ZeroShot(texts=known.key, shrinkage=0.0).fit(rows, y, np.full(20, 2.0))
    once = ZeroShot(texts=known.key, shrinkage=0.0).fit(rows, y)
    means = [unit_rows(rows)[y == c].mean(axis=0) for c in range(K)]
    for fitted in (once, twice):
        text, mean = fitted.scales_
        np.testing.assert_allclose(fitted.weights_, text * known.vectors + mean * np.array(means), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("given", "rows", "labels", "words"),
    [
        ("", None, None, "no texts and no labels"),
        ("clip@0123456789abcdef", None, None, "are not at hand"),
        ("known", np.ones((2, 3)), [0, 1], "rows of 3 values and texts of 64"),
        ("known", np.ones((2, D)), [0, 5], 'the label "5"; allowed: 0, 1, 2, 3, 4'),
        ("known", np.ones((2, D)), ["elm", "pear"], 'the label "pear"; allowed: ash, elm'),
    ],
)
def test_what_it_refuses(given: str, rows: np.ndarray | None, labels: list[object] | None, words: str) -> None:
    known = texts(0.5)
    one = ZeroShot(texts=known.key if given == "known" else given)
    with pytest.raises(ComponentError, match=words):
        one.fit_texts() if rows is None else one.fit(rows, labels)


def test_shrinkage_is_no_negative_number() -> None:
    with pytest.raises(ComponentError, match="shrinkage=-1"):
        ZeroShot(shrinkage=-1.0).fit(np.eye(2), [0, 1])
