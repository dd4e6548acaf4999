from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.projections.homogeneous import HomogeneousMap
from sightline.classical.projections.pca import PCA
from sightline.classical.projections.power import PowerNormalization
from sightline.classical.projections.training import training_sample
from sightline.contracts import LocalFeatures, Projection
from sightline.errors import InputError


def test_few_rows_are_all_taken_and_many_are_sampled_by_the_seed() -> None:
    X = np.arange(100, dtype=np.float32)[:, None]
    assert np.array_equal(training_sample(X, 100, 0), X)
    some = training_sample(X, 30, 0).ravel()
    assert len(some) == 30 == len(set(some.tolist())) and (np.diff(some) > 0).all()
    assert np.array_equal(training_sample(X, 30, 0).ravel(), some)
    assert not np.array_equal(training_sample(X, 30, 1).ravel(), some)


def test_local_features_are_sampled_from_all_pictures() -> None:
    features = [LocalFeatures(np.full((50, 3), n, np.float32), np.zeros((50, 2), np.float32)) for n in range(10)]
    sample = training_sample(features, 20, 0)
    assert np.unique(sample).tolist() == list(range(10)) and len(sample) == 20


@pytest.mark.parametrize("X", [np.zeros((0, 3)), np.zeros((3, 0)), np.array([[np.nan]])])
def test_refuses_what_holds_nothing(X: np.ndarray) -> None:
    with pytest.raises(InputError):
        training_sample(X, 10, 0)


@pytest.mark.parametrize("component", [PCA(components=1), HomogeneousMap(), PowerNormalization()], ids=repr)
def test_lists_of_numbers_are_rows(component: Projection) -> None:
    rows = [[0.0, 0.5, 2.0], [0.1, 0.1, 3.0], [1.0, 0.3, 0.0]]
    expected = component.clone().fit_transform(np.array(rows, np.float32))
    np.testing.assert_array_equal(component.clone().fit_transform(rows), expected)
    with pytest.raises(InputError, match="NaN or infinity"):
        component.clone().fit([[0.0, np.nan, 1.0]])
