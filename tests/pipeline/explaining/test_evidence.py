from __future__ import annotations

import numpy as np
import pytest

from sightline.pipeline.explaining.evidence import evidence, lost


def test_it_is_the_log_odds_of_a_class() -> None:
    rows = np.array([[0.2, 0.3, 0.5], [0.9, 0.1, 0.0]], np.float32)
    np.testing.assert_allclose(evidence(rows, 1), [np.log(3 / 7), np.log(1 / 9)], rtol=1e-6)


def test_near_one_no_digits_are_lost() -> None:
    tiny = np.float32(1e-20)
    assert evidence(np.array([[1.0, tiny]], np.float32), 0) == pytest.approx(-np.log(1e-20), rel=1e-6)


def test_zeros_count_as_half_of_the_least_that_is_seen() -> None:
    rows = np.array([[1.0, 0.0], [0.9, 0.1]], np.float32)
    np.testing.assert_allclose(evidence(rows, 0), [np.log(1 / 0.05), np.log(9)], rtol=1e-6)
    np.testing.assert_allclose(lost(rows[:1], rows[1:], 0), [np.log(20 / 9)], rtol=1e-6)


def test_one_class_alone_has_no_evidence_to_lose() -> None:
    assert lost(np.ones((1, 1), np.float32), np.ones((5, 1), np.float32), 0).tolist() == [0.0] * 5
