from __future__ import annotations

import pytest

from sightline.deep.training.muon import muon, orthogonal

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


@pytest.mark.parametrize("shape", [(8, 30), (30, 8)])
def test_all_directions_come_to_count_about_the_same(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    singular = torch.linalg.svdvals(orthogonal(matrix).float())
    assert singular.min() > 0.4 and singular.max() < 1.4
    turned = torch.linalg.svd(matrix, full_matrices=False)
    nearest = turned.U @ turned.Vh
    assert torch.nn.functional.cosine_similarity(orthogonal(matrix).float().flatten(), nearest.flatten(), 0) > 0.95


def test_a_regression_is_learned_whatever_the_scale_of_its_inputs() -> None:
    drawn = torch.Generator().manual_seed(1)
    X = torch.randn((200, 6), generator=drawn) * torch.tensor([1.0, 1, 1, 0.1, 0.1, 0.1])
    wanted = torch.randn((3, 6), generator=drawn)
    weight = torch.nn.Parameter(torch.zeros(3, 6))
    optimizer = muon([{"params": [weight]}], 0.1, 0.9)
    for step in range(300):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 300)
        optimizer.zero_grad()
        ((X @ (weight - wanted).T) ** 2).mean().backward()
        optimizer.step()
    assert (weight - wanted).abs().max() < 0.1


def test_weights_before_a_normalization_keep_their_length() -> None:
    weight = torch.nn.Parameter(5 * torch.ones(4, 2, 3, 3))
    optimizer = muon([{"params": [weight], "unit": True}], 1e-6, 0.6)
    weight.grad = torch.randn_like(weight)
    optimizer.step()
    assert float(weight.detach().norm()) == pytest.approx(2.0, rel=1e-3)  # one for each of four rows


def test_weights_decay_by_the_rate() -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2))
    optimizer = muon([{"params": [weight], "weight_decay": 0.5}], 0.1, 0.0)
    weight.grad = torch.zeros_like(weight)
    optimizer.step()
    assert torch.allclose(weight, torch.full((2, 2), 0.95))
