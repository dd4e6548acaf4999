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


@pytest.mark.parametrize(("name", "kind"), [("adamw", "AdamW"), ("sgd", "SGD")])
def test_the_optimizer_is_torchs(name: Any, kind: str) -> None:
    torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
    weight = torch.nn.Parameter(torch.ones(2))
    made = Regime(optimizer=name).optimizer_of([{"params": [weight], "weight_decay": 0.5, "share": 0.1}])
    assert type(made).__name__ == kind
    assert made.param_groups[0]["weight_decay"] == 0.5 and made.param_groups[0]["share"] == 0.1
