from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.classical.projections.power import PowerNormalization
from sightline.errors import ComponentError
from tests.contract import contract_of

test_keeps_the_contract = contract_of(
    PowerNormalization(), PowerNormalization(power=0.3, normalize="l1"), PowerNormalization(normalize=None)
)


def test_products_of_roots_of_shares_are_bhattacharyyas() -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(6), 10).astype(np.float32)
    roots = PowerNormalization().fit_transform(shares)
    np.testing.assert_allclose(roots @ roots.T, np.sqrt(shares[:, None] * shares[None]).sum(axis=2), atol=1e-6)


def test_signs_stay_zeros_stay_and_rows_have_length_one() -> None:
    X = np.array([[4, -9, 0], [0, 0, 0], [-1e-20, 0, 1e-20]], np.float32)
    assert PowerNormalization(normalize=None).project(X)[0].tolist() == [2, -3, 0]
    assert np.linalg.norm(PowerNormalization().project(X), axis=1).round(6).tolist() == [1, 0, 1]
    assert np.abs(PowerNormalization(normalize="l1").project(X)).sum(axis=1).round(6).tolist() == [1, 0, 1]
    assert np.array_equal(PowerNormalization(power=1, normalize=None).project(X), X)


def test_the_scale_of_a_row_does_not_matter() -> None:
    X = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    np.testing.assert_allclose(PowerNormalization().project(7 * X), PowerNormalization().project(X), rtol=1e-5)


@pytest.mark.parametrize("parameters", [{"power": 0.0}, {"power": 2.0}, {"normalize": "l3"}])
def test_refuses_parameters_out_of_range(parameters: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="allowed"):
        PowerNormalization(**parameters).fit(np.eye(2, dtype=np.float32))
