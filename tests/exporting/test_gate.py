from __future__ import annotations

import json

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.exporting.gate import FASTER, PICTURES, Verdict, verdict


def answers(n: int = PICTURES, k: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sure answers to n pictures, nine of ten right, and the truth."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, k, n)
    said = np.where(generator.random(n) < 0.9, truth, (truth + 1) % k)
    rows = np.full((n, k), 0.05)
    rows[np.arange(n), said] = 1 - 0.05 * (k - 1)
    return rows, truth


def flipped(rows: np.ndarray, which: np.ndarray) -> np.ndarray:
    """The answers with another class for some pictures."""
    found = rows.copy()
    found[which] = np.roll(found[which], 1, axis=1)
    return found


def right_rows(rows: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.flatnonzero(rows.argmax(axis=1) == truth)


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_the_same_answers_pass(precision: str) -> None:
    rows, truth = answers()
    found = verdict(rows, rows, truth, precision, 10.0, 5.0)
    assert found.passed and found.agreement == 1 and found.largest_dp == 0 and found.n == 500
    assert found.gain.value == 0 and -0.01 < found.gain.low < 0 < found.gain.high
    assert found.times == 2


def test_fp32_may_move_no_probability_by_more_than_a_thousandth() -> None:
    rows, truth = answers()
    for moved, passes in ((0.0009, True), (0.0012, False)):
        other = rows + moved * np.array([1, -1, 0, 0])
        found = verdict(rows, other, truth, "fp32")
        assert found.passed == passes
        assert found.largest_dp == pytest.approx(moved)
    assert found.reasons == ("a probability differs by 0.0012; allowed: 0.001",)
    assert verdict(rows, other, truth, "bf16").passed


def test_fp32_may_change_one_answer_of_a_thousand() -> None:
    rows, truth = answers(2000)
    for changed, agreement in ((2, "99.9"), (3, "99.85")):
        found = verdict(rows, flipped(rows, np.arange(changed)), truth, "fp32")
        assert f"{agreement} % agree" in found.line()
        assert any("pictures agree" in one for one in found.reasons) == (changed == 3)


def test_fewer_bits_may_change_one_answer_of_a_hundred() -> None:
    rows, truth = answers(5000)
    wrong = np.flatnonzero(rows.argmax(axis=1) != truth)  # to change these costs no accuracy
    assert verdict(rows, flipped(rows, wrong[:50]), truth, "int8").passed
    found = verdict(rows, flipped(rows, wrong[:51]), truth, "int8")
    assert found.reasons == ("98.98 % of 5,000 pictures agree; allowed: 99 %",)


def test_fewer_bits_may_not_lose_a_point_of_accuracy_at_the_lower_end() -> None:
    rows, truth = answers(1000)
    right = right_rows(rows, truth)
    assert verdict(rows, flipped(rows, right[:2]), truth, "bf16").passed
    found = verdict(rows, flipped(rows, right[:8]), truth, "bf16")
    assert found.agreement == 0.992 and found.gain.value == pytest.approx(-0.008) and found.gain.low < -0.01
    assert len(found.reasons) == 1 and "points of accuracy may be lost (95 %, 1,000 pictures)" in found.reasons[0]


def test_few_pictures_prove_nothing() -> None:
    rows, truth = answers(100)
    found = verdict(rows, rows, truth, "int8", 10, 5)
    assert not found.passed and "100 pictures" in found.reasons[0]


def test_groups_are_what_is_resampled() -> None:
    rows, truth = answers()
    groups = np.arange(500) // 50
    assert not verdict(rows, rows, truth, "int8", groups=groups).passed  # ten pieces, however often they were seen
    assert verdict(rows, rows, truth, "fp32", groups=groups).passed


def test_fewer_bits_must_be_faster() -> None:
    rows, truth = answers()
    slow = verdict(rows, rows, truth, "int8", 10.0, 10.0 * FASTER + 0.1)
    assert slow.reasons == ("it takes 9.60 ms for a picture, the reference 10.00 ms; allowed: 95 % of that",)
    assert verdict(rows, rows, truth, "int8", 10.0, 10.0 * FASTER).passed
    assert verdict(rows, rows, truth, "fp32", 10.0, 20.0).passed


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_answers_that_are_no_numbers_fail(precision: str) -> None:
    rows, truth = answers()
    found = verdict(rows, np.full_like(rows, np.nan), truth, precision)
    assert not found.passed
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["largest_dp"] is None


def test_broken_exports_fail() -> None:
    rows, truth = answers()
    assert not verdict(rows, np.roll(rows, 1, axis=1), truth, "int8").passed
    assert not verdict(rows, rows[np.random.default_rng(0).permutation(500)], truth, "fp32").passed


def test_answers_of_another_shape_are_an_error() -> None:
    rows, truth = answers()
    with pytest.raises(InputError, match="twice the same"):
        verdict(rows, rows[:, :3], truth, "fp32")


def test_a_verdict_is_one_line_and_one_table() -> None:
    rows, truth = answers()
    found = verdict(rows, rows, truth, "int8", 10.0, 4.0)
    assert found.line().startswith("500 pictures, 100.0 % agree, largest difference of a probability 0, accuracy +0.00")
    assert found.line().endswith("4.00 ms after 10.00 ms")
    plain = found.to_dict()
    assert plain["passed"] and plain["reasons"] == [] and set(plain["gain"]) == {"value", "low", "high"}
    assert isinstance(found, Verdict)
