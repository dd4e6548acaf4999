from __future__ import annotations

from typing import Any

import pytest

from sightline.deep.training.loop import Trainer
from sightline.deep.training.precision import quick_precision
from sightline.deep.training.regime import Regime
from tests.deep.training.test_loop import batches

torch: Any = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def test_bfloat16_is_for_processors_that_have_it_and_networks_that_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, grouped = torch.nn.Conv2d(4, 4, 3), torch.nn.Sequential(torch.nn.Conv2d(4, 4, 3, groups=4))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert (quick_precision(plain), quick_precision(grouped)) == ("bf16", "fp32")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    assert quick_precision(plain) == "fp32"


def test_a_training_settles_it_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    network = torch.nn.Linear(4, 2)
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    assert Trainer(network, batches(4), Regime(precision="quick"), groups).regime.precision == "bf16"
