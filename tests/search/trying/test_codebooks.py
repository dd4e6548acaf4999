from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.data.store import FeatureStore
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.search.trying.codebooks import Codebooks
from tests.pictures import mat

PICTURES = [mat(48, seed) for seed in range(6)]
TEXT = "DenseSIFT() > PCA(components=8) > BagOfVisualWords(words=5)"
ROWS, Y = np.arange(4), np.array([0, 1, 0, 1])


def opened(folder: Path) -> Codebooks:
    return Codebooks(FeatureStore(folder))


def test_what_was_learned_is_there_in_the_next_run(tmp_path: Path) -> None:
    fitted = tree.fit(parse(TEXT), PICTURES[:4], Y)
    opened(tmp_path).put("one", fitted, 1.5)
    found = opened(tmp_path).get("one", parse(TEXT))
    assert found is not None and found[1] == 1.5
    assert np.array_equal(tree.transform(found[0], PICTURES), tree.transform(fitted, PICTURES))
    assert opened(tmp_path).get("other", parse(TEXT)) is None


def test_damaged_or_of_another_tree_it_is_absent(tmp_path: Path) -> None:
    opened(tmp_path).put("one", tree.fit(parse(TEXT), PICTURES[:4], Y), 1.5)
    assert opened(tmp_path).get("one", parse("DenseSIFT() > VLAD(words=5)")) is None
    FeatureStore(tmp_path).beside("codebooks", 10**9).put("one", np.zeros(9, np.uint8))
    assert opened(tmp_path).get("one", parse(TEXT)) is None


@pytest.mark.parametrize("took", [-1.0, np.nan, np.inf])
def test_seconds_that_cannot_be_are_not_believed(took: float, tmp_path: Path) -> None:
    opened(tmp_path).put("one", tree.fit(parse(TEXT), PICTURES[:4], Y), took)
    assert opened(tmp_path).get("one", parse(TEXT)) is None


def test_a_key_names_pictures_component_rows_and_classes() -> None:
    given = ([b"a", b"b"], "words", ROWS, Y)
    changed = [
        ([b"a", b"c"], "words", ROWS, Y),
        ([b"a", b"b"], "other", ROWS, Y),
        ([b"a", b"b"], "words", ROWS[::-1], Y),
        ([b"a", b"b"], "words", ROWS, 1 - Y),
    ]
    keys = {Codebooks.key(*one) for one in (given, *changed)}
    assert len(keys) == 5 and Codebooks.key(*given) in keys


def test_without_a_folder_nothing_is_remembered() -> None:
    codebooks = Codebooks(None)
    codebooks.put("one", tree.fit(parse(TEXT), PICTURES[:4], Y), 1.5)
    assert codebooks.get("one", parse(TEXT)) is None
