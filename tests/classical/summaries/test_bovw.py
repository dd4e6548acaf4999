from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.descriptors.dense_sift import DenseSIFT
from sightline.classical.summaries.bovw import BagOfVisualWords, kernel_width
from sightline.classical.summaries.codebook import Codebook
from sightline.contracts import LocalFeatures
from sightline.errors import ComponentError, InputError
from tests.contract import contract_of
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


def test_soft_assignment_shares_a_vector_by_distance() -> None:
    words = np.array([[0, 0], [2, 0], [0, 100]], np.float32)
    bag = BagOfVisualWords(assignment="soft", nearest=2).restore({"words_": words})
    np.testing.assert_allclose(bag.encode(features([[1, 0]])) ** 2, [0.5, 0.5, 0], atol=1e-6)
    width = (4 + 4 + 100**2) / 3  # of the squared distances of each word to its nearest
    shares = np.exp([-0.25 / width, -2.25 / width])
    np.testing.assert_allclose(bag.encode(features([[0.5, 0]])) ** 2, [*shares / shares.sum(), 0], atol=1e-5)
    assert np.isclose(np.linalg.norm(bag.encode(features([[0.5, 0], [9, 9]]))), 1)
    none = LocalFeatures(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32))
    np.testing.assert_array_equal(bag.encode(none), [0, 0, 0])


def test_soft_assignment_to_one_word_is_hard() -> None:
    described = [DenseSIFT().describe(noise(64, seed)) for seed in range(3)]
    hard = BagOfVisualWords(words=9).fit(described)
    soft = BagOfVisualWords(words=9, assignment="soft", nearest=1).restore(hard.state())
    np.testing.assert_array_equal(hard.transform(described), soft.transform(described))


def test_soft_assignment_moves_less_between_two_words() -> None:
    words = np.eye(4, dtype=np.float32)
    below, above = features([[0.51, 0.49, 0, 0]]), features([[0.49, 0.51, 0, 0]])
    moved = {}
    for assignment in ("hard", "soft"):
        bag = BagOfVisualWords(assignment=assignment).restore({"words_": words})
        moved[assignment] = np.linalg.norm(bag.encode(below) - bag.encode(above))
    assert moved["soft"] < 0.1 < moved["hard"]


def test_width_of_the_kernel_is_the_spacing_of_the_words() -> None:
    assert kernel_width(Codebook.of(np.zeros((1, 3), np.float32))) == 1
    words = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    distances = ((words[:, None] - words[None]) ** 2).sum(axis=2) + 1e9 * np.eye(40)
    assert np.isclose(kernel_width(Codebook.of(words)), distances.min(axis=1).mean(), rtol=1e-5)


SOFT = "BagOfVisualWords(words=5, assignment='soft', nearest=3)"


test_soft_assignment_keeps_the_contract = contract_of(SOFT)


def test_refuses_another_assignment() -> None:
    for bag in (BagOfVisualWords(assignment="fuzzy"), BagOfVisualWords(nearest=0)):
        with pytest.raises(ComponentError, match='allowed: assignment "hard" or "soft", nearest 1 or more'):
            bag.fit([features([[0.0]])])
