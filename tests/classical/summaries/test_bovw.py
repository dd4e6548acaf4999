from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.descriptors.keypoints import DenseSIFT
from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from tests.pictures import mat, noise


def features(vectors: list[list[float]]) -> LocalFeatures:
    return LocalFeatures(np.array(vectors, np.float32), np.zeros((len(vectors), 2), np.float32))


def test_counts_the_nearest_words() -> None:
    bag = BagOfVisualWords().restore({"words_": np.array([[0, 0], [4, 0], [0, 4]], np.float32)})
    vector = bag.encode(features([[0.1, 0], [3, 0], [5, 1], [4, 0.5]]))
    np.testing.assert_allclose(vector, np.sqrt([0.25, 0.75, 0]), atol=1e-6)


def test_learns_from_lazy_features_of_pictures() -> None:
    described = DenseSIFT().transform([mat(48, 0), noise(48, 1), noise(8, 2)])
    vectors = BagOfVisualWords(words=20).fit_transform(described)
    assert vectors.shape == (3, 20)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0], atol=1e-6)


def test_a_seed_decides_the_words() -> None:
    described = [DenseSIFT().describe(noise(64, seed)) for seed in range(3)]
    words = [BagOfVisualWords(words=5, sample=50, seed=seed).fit(described).words_ for seed in (0, 0, 1)]
    np.testing.assert_array_equal(words[0], words[1])
    assert not np.array_equal(words[0], words[2])


def test_refuses_what_it_cannot_learn_from() -> None:
    with pytest.raises(InputError, match="NaN"):
        BagOfVisualWords(words=1).fit([features([[np.nan, 0.0]])])
    with pytest.raises(ComponentError, match="sample at least words"):
        BagOfVisualWords(words=100, sample=10).fit([features([[0.0]])])
    with pytest.raises(ComponentError, match="not been fitted"):
        BagOfVisualWords().encode(features([[0.0]]))
