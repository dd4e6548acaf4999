from __future__ import annotations

from typing import Any

import pytest

from sightline.deep.training.regime import Regime
from sightline.errors import InputError


def test_the_rate_rises_evenly_and_falls_to_nothing() -> None:
    rates = [Regime(rate=2.0, warm_up=0.2).rate_at(share / 100) for share in range(101)]
    assert rates[0] == 0 and rates[10] == pytest.approx(1.0) and max(rates) == rates[20] == 2.0
    assert rates[20:] == sorted(rates[20:], reverse=True) and rates[100] == pytest.approx(0, abs=1e-9)
    assert Regime(rate=2.0, warm_up=0.0).rate_at(0.0) == 2.0


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"rate": float("nan")}, {"warm_up": 1.0}, {"optimizer": "x"}]
)
def test_numbers_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allowed"):
        Regime(**wrong)


def test_the_rate_may_fall_as_a_line() -> None:
    regime = Regime(rate=2.0, warm_up=0.0, fall="line")
    assert [regime.rate_at(share) for share in (0.0, 0.25, 0.5, 1.0)] == [2.0, 1.5, 1.0, 0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"optimizer": "adam"},
        {"fall": "step"},
        {"precision": "fp16"},
        {"momentum": 1.0},
        {"average": 1.0},
        {"clip": 0.0},
        {"weight_decay": -1.0},
        {"weight_decay": float("nan")},
        {"weight_decay": float("inf")},
    ],
)
def test_what_is_not_known_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allowed"):
        Regime(**wrong)
