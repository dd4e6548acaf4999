"""Texts of classes, found by name in this process."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from sightline.errors import ComponentError, InputError
from sightline.networks import texts as library
from sightline.networks.texts import TextSet, find_texts, remember_texts


def drawn(seed: int = 0, names: tuple[str, ...] = ("a", "b", "c"), scale: float = 50.0) -> TextSet:
    vectors = np.random.default_rng(seed).normal(0, 1, (len(names), 6))
    return TextSet("clip", names, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), scale)


def test_the_same_texts_have_one_key_and_are_one() -> None:
    first, again = remember_texts(drawn()), remember_texts(drawn())
    assert again is first and find_texts(first.key) is first
    assert find_texts(f"otherwise@{first.digest}") is first
    others = [drawn(1), drawn(names=("a", "c", "b")), drawn(scale=51.0)]
    assert len({one.digest for one in (first, *others)}) == 4


def test_texts_that_nobody_holds_are_forgotten_in_the_end() -> None:
    key = remember_texts(drawn(7)).key
    for seed in range(100, 100 + library.LATEST):
        remember_texts(drawn(seed))
    gc.collect()
    with pytest.raises(ComponentError, match=rf'the texts "{key}" are not at hand; allowed'):
        find_texts(key)


@pytest.mark.parametrize(
    ("names", "vectors", "scale", "words"),
    [
        (("a", "a"), np.eye(2), 1.0, r"names and vectors of shape \(2, 2\) were given; allowed: \(k, d\)"),
        (("a",), np.eye(2), 1.0, "1 names"),
        ((), np.zeros((0, 2)), 1.0, "0 names"),
        (("a", "b"), np.eye(2) * 2, 1.0, "vectors of length 2 to 2 were given; allowed: 1"),
        (("a", "b"), np.eye(2) * np.nan, 1.0, "vectors of length nan"),
        (("a", "b"), np.eye(2), 0.0, "a scale of 0 was given"),
        (("a", "b"), np.eye(2), float("nan"), "a scale of nan was given"),
    ],
)
def test_what_are_no_texts(names: tuple[str, ...], vectors: np.ndarray, scale: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        TextSet("clip", names, vectors.astype(np.float32), scale)
