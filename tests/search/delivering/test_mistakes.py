from __future__ import annotations

import numpy as np

from sightline.data.catalog import Catalog
from sightline.pipeline.prediction import Prediction
from sightline.search.delivering.mistakes import EACH, MAX_WRONG, PAIRS, wrong_answers

CLASSES = ("a", "b", "c")


def answered(kinds: list[tuple[int, int | None, float]]) -> list[tuple[str, str, float]]:
    """Of pictures with (truth, decision, confidence): what is kept of them."""
    labels = np.asarray([truth for truth, _, _ in kinds], np.int64)
    catalog = Catalog([f"{i:03}.png" for i in range(len(kinds))], CLASSES, labels)
    answers = [Prediction("", None if said is None else CLASSES[said], sure) for _, said, sure in kinds]
    return [(one.truth, one.predicted, one.confidence) for one in wrong_answers(catalog, answers, CLASSES)]


def test_the_surest_first_and_only_wrong_ones() -> None:
    kinds = [(0, 0, 0.99), (0, 1, 0.6), (1, 0, 0.9), (1, None, 0.4), (-1, 1, 0.9)]
    assert answered(kinds) == [("b", "a", 0.9), ("a", "b", 0.6)]


def test_a_frequent_kind_that_is_less_sure_is_kept_too() -> None:
    sure = [(0, 1, 0.99 - i / 1000) for i in range(MAX_WRONG + 9)]
    unsure = [(2, 0, 0.5 - i / 1000) for i in range(EACH + 3)]
    kept = answered([*unsure, *sure])
    assert kept[:MAX_WRONG] == [("a", "b", confidence) for _, _, confidence in sure[:MAX_WRONG]]
    assert kept[MAX_WRONG:] == [("c", "a", confidence) for _, _, confidence in unsure[:EACH]]


def test_what_is_kept_is_bounded() -> None:
    rng = np.random.default_rng(0)
    kinds = [
        (int(t), int(s), float(p)) for t, s, p in zip(*rng.integers(0, 3, (2, 2000)), rng.random(2000), strict=True)
    ]
    assert len(answered(kinds)) <= MAX_WRONG + PAIRS * EACH
