from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors.dense_sift import DenseSIFT
from sightline.classical.summaries.vlad import VLAD
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
from tests.pictures import mat, noise

WORDS = np.array([[0, 0], [10, 0], [0, 10]], np.float32)


def features(vectors: Any) -> LocalFeatures:
    return LocalFeatures(np.asarray(vectors, np.float32), np.zeros((len(vectors), 2), np.float32))


test_keeps_the_contract = contract_of("VLAD(words=4)", "VLAD(words=4, intra=False)", "VLAD(words=4, power=0.5)")


def test_residuals_of_each_word_have_length_one_then_the_whole() -> None:
    given = features([[3, 4], [10, 2], [10, 1]])  # one word sees a residual of (3, 4), the next of (0, 3)
    expected = np.array([0.6, 0.8, 0, 1, 0, 0]) / np.sqrt(2)
    np.testing.assert_allclose(VLAD().restore({"words_": WORDS}).encode(given), expected, atol=1e-6)


def test_without_intra_normalization_long_residuals_weigh_more() -> None:
    given = features([[3, 4], [10, 2], [10, 1]])
    raw = np.array([3, 4, 0, 3, 0, 0])
    vlad = VLAD(intra=False).restore({"words_": WORDS})
    np.testing.assert_allclose(vlad.encode(given), raw / np.sqrt(34), atol=1e-6)
    vlad.set_params(power=0.5)
    np.testing.assert_allclose(vlad.encode(given), np.sqrt(raw / 10), atol=1e-6)


def test_words_themselves_and_none_are_zeros() -> None:
    random = np.random.default_rng(0)
    words = random.normal(0, 100, (16, 64)).astype(np.float32)
    for intra in (True, False):
        vlad = VLAD(intra=intra).restore({"words_": words})
        assert not vlad.encode(features(np.tile(words, (37, 1)))).any()  # rounding is not blown up to length 1
        assert not vlad.encode(features(np.zeros((0, 64)))).any()
    assert np.isclose(np.linalg.norm(vlad.encode(features(words + np.float32(0.5)))), 1)


def test_one_repeated_texture_does_not_outweigh_the_rest() -> None:
    vlad = VLAD().restore({"words_": WORDS})
    once, often = features([[1, 1], [11, 0]]), features([[1, 1]] + [[11, 0]] * 50)
    np.testing.assert_allclose(vlad.encode(once), vlad.encode(often), atol=1e-5)


def test_other_words_are_used_when_they_are_restored() -> None:
    vlad = VLAD().restore({"words_": WORDS})
    before = vlad.encode(features([[3, 4]]))
    after = vlad.restore({"words_": WORDS + np.float32(5)}).encode(features([[3, 4]]))
    assert not np.allclose(before, after)
    fresh = VLAD().restore({"words_": WORDS + np.float32(5)}).encode(features([[3, 4]]))
    np.testing.assert_array_equal(after, fresh)


def test_pictures_with_and_without_features() -> None:
    described = DenseSIFT().transform([mat(48, 0), noise(48, 1), noise(8, 2), np.full((48, 48, 3), 90, np.uint8)])
    vectors = VLAD(words=10).fit_transform(described)
    assert vectors.shape == (4, 1280) and np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors[:3], axis=1), [1, 1, 0], atol=1e-5)


def test_refuses_what_it_cannot_learn_from() -> None:
    for spec, said in (("power=0", "power"), ("power=1.5", "power"), ("words=0", "words"), ("sample=3", "sample")):
        name, value = spec.split("=")
        with pytest.raises(ComponentError, match=said):
            VLAD(**{name: float(value) if name == "power" else int(value)}).fit([features([[0.0]])])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="NaN"):
        VLAD(words=1).fit([features([[np.nan, 0.0]])])
    with pytest.raises(ComponentError, match="not been fitted"):
        VLAD().encode(features([[0.0]]))
