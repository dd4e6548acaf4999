from __future__ import annotations

import pytest

from sightline.deep.training.averaging import Average

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def test_it_follows_soon_and_then_slowly() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = Average(network, 0.9)
    torch.nn.init.ones_(network.weight)
    seen = []
    for _ in range(60):
        average.follow(network)
        seen.append(float(average.values["weight"]))
    assert seen[0] == pytest.approx(1 - 2 / 11)
    assert seen == sorted(seen) and seen[-1] > 0.99
    torch.nn.init.zeros_(network.weight)
    for _ in range(200):
        average.follow(network)
    last = float(average.values["weight"])
    average.follow(network)
    assert float(average.values["weight"]) == pytest.approx(0.9 * last)


def test_statistics_are_averaged_and_counts_are_taken() -> None:
    network = torch.nn.BatchNorm1d(2)
    average = Average(network, 0.5)
    network(torch.tensor([[0.0, 2.0], [4.0, 2.0]]))
    average.follow(network)
    assert float(average.values["running_mean"][0]) == pytest.approx(0.2 * (1 - 2 / 11))
    assert int(average.values["num_batches_tracked"]) == 1
