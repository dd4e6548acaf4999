from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.sampling import sample_vectors
from sightline.components import build
from sightline.contracts import LocalFeatures
from sightline.errors import InputError
from tests.pictures import mat


def features(*counts: int) -> list[LocalFeatures]:
    """Pictures with so many vectors; each vector holds the number of its picture and its own."""
    return [
        LocalFeatures(np.stack([np.full(m, i), np.arange(m)], axis=1).astype(np.float32), np.zeros((m, 2), np.float32))
        for i, m in enumerate(counts)
    ]


def test_sample_is_even_seeded_and_bounded() -> None:
    pictures = features(100, 3, 100, 0, 100)
    sample = sample_vectors(pictures, 50, seed=0)
    assert np.bincount(sample[:, 0].astype(int), minlength=5).tolist() == [10, 3, 10, 0, 10]
    assert len(np.unique(sample, axis=0)) == len(sample)
    np.testing.assert_array_equal(sample, sample_vectors(pictures, 50, seed=0))
    assert not np.array_equal(sample, sample_vectors(pictures, 50, seed=1))


def test_a_bounded_number_of_pictures_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.classical.sampling.MAX_PICTURES", 4)
    sample = sample_vectors(features(*[10] * 20), 8, seed=0)
    assert len(np.unique(sample[:, 0])) == 4 and len(sample) == 8


def test_no_vector_at_all_is_said() -> None:
    for pictures in (features(0, 0), []):
        with pytest.raises(InputError, match="local feature to learn from"):
            sample_vectors(pictures, 10, 0)


def test_nan_and_infinity_are_refused() -> None:
    for value in (np.nan, np.inf):
        pictures = features(3, 3)
        pictures[1].vectors[2, 0] = value
        with pytest.raises(InputError, match="NaN or infinity"):
            sample_vectors(pictures, 10, 0)


@pytest.mark.parametrize("spec", ["SIFT(contrast=1.0)", "ORB(threshold=255)"])
def test_where_nothing_stands_out_the_remedy_is_named(spec: str) -> None:
    described = build(spec).transform([mat(64, 0), mat(64, 1)])
    with pytest.raises(InputError, match="lower the contrast of SIFT or the threshold of ORB"):
        sample_vectors(described, 10, 0)
