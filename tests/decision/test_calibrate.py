from __future__ import annotations

import json

import numpy as np
import pytest

from sightline.decision import calibrate
from sightline.decision.calibrate import Calibration, cross_fitted, fit_calibration
from sightline.decision.newton import targets
from sightline.errors import InputError
from sightline.metrics.calibration import ece
from sightline.metrics.classification import log_loss


def softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def drawn(n: int, k: int, seed: int = 0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """True logits, the last class shifted, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    scores = 1.5 * rng.normal(size=(n, k))
    scores[:, -1] += shift
    truth = (softmax(scores).cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return scores, truth


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_that_made_the_probabilities_is_found(sharpness: float) -> None:
    scores, truth = drawn(4000, 4)
    found = fit_calibration(softmax(sharpness * scores), truth)
    assert found.temperature == pytest.approx(sharpness, rel=0.1)
    assert found.bias is None


def test_an_overconfident_model_is_calibrated_on_other_rows_and_keeps_its_order() -> None:
    scores, truth = drawn(2000, 5)
    sure = softmax(3 * scores).astype(np.float32)
    found = fit_calibration(sure[:1000], truth[:1000])
    after = found.apply(sure[1000:])
    assert ece(after, truth[1000:]) < 0.25 * ece(sure[1000:], truth[1000:])
    assert log_loss(after, truth[1000:]) < log_loss(sure[1000:], truth[1000:])
    assert np.array_equal(after.argmax(axis=1), sure[1000:].argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-6)


def test_a_class_that_is_said_too_rarely_gets_a_shift() -> None:
    scores, truth = drawn(3000, 3, shift=2.0)
    scores[:, -1] -= 2.0
    found = fit_calibration(softmax(scores), truth)
    assert found.bias is not None
    assert found.bias[2] - found.bias[0] == pytest.approx(2.0, abs=0.25)
    assert found.bias[1] - found.bias[0] == pytest.approx(0.0, abs=0.25)
    assert log_loss(found.apply(softmax(scores)), truth) < log_loss(softmax(scores), truth)


def test_a_shift_needs_fifty_rows_of_each_class() -> None:
    scores, truth = drawn(200, 3, shift=3.0)
    scores[:, -1] -= 3.0
    assert np.bincount(truth).min() < 50
    assert fit_calibration(softmax(scores), truth).bias is None


def test_few_rows_move_the_temperature_little() -> None:
    three = np.array([[0.6, 0.4]] * 3)
    assert 0.4 < fit_calibration(three, [0, 0, 0]).temperature < 1
    assert 1 < fit_calibration(three, [1, 1, 1]).temperature < 2
    certain = np.eye(2)[[0, 1] * 20]
    assert np.isfinite(fit_calibration(certain, [0, 1] * 20).temperature)
    assert np.isfinite(fit_calibration(certain, [1, 0] * 20).temperature)
    assert fit_calibration(np.ones((4, 1)), [0] * 4) == Calibration()


@pytest.mark.parametrize("n", [20, 60, 600])
def test_answers_that_are_all_right_are_no_surer_than_so_many_can_prove(n: int) -> None:
    truth = np.arange(n) % 4
    certain = 0.9999 * np.eye(4)[truth] + 0.000025
    confidence = fit_calibration(certain, truth).apply(certain).max(axis=1).mean()
    assert 1 - 4 / n < confidence < 1 - 0.5 / n


def test_weights_count_like_repeated_rows() -> None:
    scores, truth = drawn(300, 3)
    chances, times = softmax(2 * scores), np.arange(300) % 3
    weighed = fit_calibration(chances, truth, times)
    repeated = fit_calibration(np.repeat(chances, times, axis=0), np.repeat(truth, times))
    assert weighed.temperature == pytest.approx(repeated.temperature, rel=1e-4)


def test_a_part_of_many_rows_finds_the_same_temperature() -> None:
    scores, truth = drawn(30_000, 3)
    part = fit_calibration(softmax(2 * scores), truth)
    assert part.temperature == pytest.approx(2, rel=0.06)


def test_the_fit_stands_at_the_least_loss() -> None:
    scores, truth = drawn(150, 4)
    chances = softmax(2 * scores)

    def penalized(log_temperature: float) -> float:
        after = calibrate._softmax(Calibration(float(np.exp(log_temperature)))._scores(chances))
        return -float((targets(truth, 4, 150) * np.log(after)).sum()) + log_temperature**2 / 2

    best = float(np.log(fit_calibration(chances, truth).temperature))
    assert penalized(best) < min(penalized(best - 0.01), penalized(best + 0.01))


def test_a_row_alone_is_bit_for_bit_the_row_in_a_batch() -> None:
    chances = np.random.default_rng(0).dirichlet(np.full(11, 0.1), 500).astype(np.float32)
    chances[:3] = np.eye(11, dtype=np.float32)[:3]
    calibration = Calibration(1.7, tuple(np.linspace(-1, 1, 11)))
    together = calibration.apply(chances)
    assert together.dtype == np.float32
    assert np.isfinite(together).all()
    assert np.array_equal(together, np.concatenate([calibration.apply(row[None]) for row in chances]))
    assert np.array_equal(together, calibration.apply(np.asfortranarray(chances)))


def test_temperature_one_changes_nothing_but_rounding() -> None:
    chances = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    np.testing.assert_allclose(Calibration().apply(chances), chances, atol=2e-6)


def test_cross_fitting_never_learns_from_the_row_itself() -> None:
    scores, truth = drawn(300, 3)
    chances, folds = softmax(3 * scores), np.arange(300) % 4 + 10
    after = cross_fitted(chances, truth, folds)
    held = folds == 11
    expected = fit_calibration(chances[~held], truth[~held]).apply(chances[held])
    assert np.array_equal(after[held], expected)
    other = np.where(held, (truth + 1) % 3, truth)
    assert np.array_equal(cross_fitted(chances, other, folds)[held], expected)
    assert ece(after, truth) < ece(chances, truth)
    assert np.array_equal(cross_fitted(chances, truth, np.zeros(300, int)), chances.astype(np.float32))


def test_a_calibration_is_read_back_from_json() -> None:
    for calibration in (Calibration(0.7), Calibration(2.0, (0.5, -0.25))):
        assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration
    for broken in ({}, {"temperature": "x", "bias": None}, {"temperature": 1.0, "bias": 3}):
        with pytest.raises(InputError, match="cannot be read"):
            Calibration.from_dict(broken)


def test_what_cannot_be_calibrated_is_refused() -> None:
    for temperature in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="temperature"):
            Calibration(temperature)
    with pytest.raises(InputError, match="bias"):
        Calibration(1.0, (float("nan"),))
    with pytest.raises(InputError, match="shape"):
        Calibration(1.0, (0.0, 0.0)).apply([[0.2, 0.3, 0.5]])
    with pytest.raises(InputError, match="weights"):
        fit_calibration([[0.5, 0.5]], [0], [-1])
    with pytest.raises(InputError, match="folds"):
        cross_fitted([[0.5, 0.5]], [0], [0, 1])
