from __future__ import annotations

import numpy as np
import pytest

from sightline.metrics.shrinkage import crowds, own_noise, shrunk


def test_equals_that_differ_by_luck_come_out_equal() -> None:
    measured = np.random.default_rng(0).normal(0.8, 0.02, 200)
    assert shrunk(measured, 0.02).std() < 0.3 * measured.std()
    np.testing.assert_allclose(shrunk(np.stack([measured, measured[::-1]]), 0.02)[0], shrunk(measured, 0.02))


def test_what_is_far_apart_stays_as_measured() -> None:
    measured = np.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(shrunk(measured, 0.01), measured, atol=0.01)


def test_a_crowd_and_stragglers_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    measured = np.concatenate([rng.normal(0.6, 0.02, 100), rng.normal(0.9, 0.02, 50)])
    found = crowds(measured, 0.02)
    np.testing.assert_allclose([found[:100].mean(), found[100:].mean()], [0.6, 0.9], atol=0.01)
    assert found[:100].std() < 0.012 and found[100:].std() < 0.012


def test_nearer_the_truth_than_what_was_measured() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(0.8, 0.02, 100)
    measured = true + rng.normal(0, 0.02, 100)
    assert np.square(shrunk(measured, 0.02) - true).sum() < 0.7 * np.square(measured - true).sum()


@pytest.mark.parametrize("measured", [[0.5], [0.5, 0.5], [0.1, 0.9]])
def test_without_noise_or_company_nothing_is_shrunk(measured: list[float]) -> None:
    for noise in (0.0, 0.1 if len(set(measured)) == 1 else 0.0):
        np.testing.assert_allclose(shrunk(np.array(measured), noise), measured, rtol=1e-12)


def test_noise_that_all_share_is_not_their_own() -> None:
    rng = np.random.default_rng(3)
    deviations = 5 * rng.normal(size=(4000, 1)) + 2 * rng.normal(size=(4000, 6))
    assert own_noise(deviations) == pytest.approx(2, rel=0.05)
    assert own_noise(deviations[:, :1]) == 0
