from __future__ import annotations

import numpy as np
import pytest

from sightline.data.pictures import Pictures
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search.budget import OutOfTime
from sightline.search.represent import Describer, unlearned
from tests.pictures import mat, noise

ARRAYS = [mat(48, seed) if seed < 10 else noise(48, seed) for seed in range(20)]
PICTURES = Pictures(ARRAYS, Preparation())
TRUTH = np.repeat(np.arange(2), 10)
FOLDS = [np.arange(0, 10), np.arange(10, 20)]
WORDS = "DenseSIFT() > BagOfVisualWords(words=6)"


def test_what_learns_nothing_is_described_once() -> None:
    found = Describer().represent(parse("HOG(size_px=32)"), PICTURES, TRUTH, FOLDS)
    assert len(found.matrices) == 1
    assert found.of(0) is found.of(1)
    assert np.array_equal(found.of(0), parse("HOG(size_px=32)").transform(ARRAYS))  # type: ignore[union-attr]


def test_a_codebook_sees_its_own_fold_only() -> None:
    one = Describer(seed=3).represent(parse(WORDS), PICTURES, TRUTH, FOLDS)
    # Other pictures on the side that fold 0 may not learn from: fold 0's codebook must not notice.
    changed = Pictures([*ARRAYS[:10], *(noise(48, 100 + i) for i in range(10))], Preparation())
    other = Describer(seed=3).represent(parse(WORDS), changed, TRUTH, FOLDS)
    assert np.array_equal(one.of(0)[:10], other.of(0)[:10])
    assert not np.array_equal(one.of(1)[:10], other.of(1)[:10])


def test_the_node_of_a_fold_gives_its_matrix() -> None:
    for text in (WORDS, f"[{WORDS}] + HOG(size_px=32)", "HOG(size_px=32) + ColorHistogram(bins=4)"):
        found = Describer().represent(parse(text), PICTURES, TRUTH, FOLDS)
        for fold in range(2):
            assert np.allclose(tree.transform(found.node(fold), ARRAYS), found.of(fold), atol=1e-6)


def test_workers_and_runs_agree() -> None:
    one = Describer(workers=1).represent(parse(WORDS), PICTURES, TRUTH, FOLDS)
    two = Describer(workers=2).represent(parse(WORDS), PICTURES, TRUTH, FOLDS)
    assert np.array_equal(one.of(0), two.of(0))


def test_stops_when_told_and_reports_progress() -> None:
    seen: list[tuple[str, int, int | None]] = []

    def check() -> None:
        raise OutOfTime("over")

    with pytest.raises(OutOfTime):
        Describer(progress=lambda *what: seen.append(what), check=check).represent(
            parse("HOG()"), PICTURES, TRUTH, FOLDS
        )
    assert seen == [("describing pictures", 16, 20)]


def test_unlearned_steps() -> None:
    assert repr(unlearned(parse(WORDS))) == "DenseSIFT()"
    assert repr(unlearned(parse("HOG()"))) == "HOG()"
