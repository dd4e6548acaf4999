from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.contrast import TEMPERATURE, VIEW, WIDTH, SimCLR, contrast, projecting
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.watch import Watch

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

RANDOM = np.random.default_rng(0)
# Each picture has a color of its own under the noise.
PICTURES = (RANDOM.integers(0, 60, (24, 12, 12, 3)) + RANDOM.integers(0, 190, (24, 1, 1, 3))).astype(np.uint8)


class Eyes(torch.nn.Module):  # type: ignore[misc]
    """An embedding of 6 numbers, and features beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 6, 3)

    def forward(self, pictures: Any) -> Any:
        features = self.layer(pictures.permute(0, 3, 1, 2).float() / 255)
        return features.mean(dim=(2, 3)), features


def trainer(watch: Watch = Watch(), start: int = 0, seed: int = 0) -> SimCLR:  # noqa: B008
    torch.manual_seed(start)
    network = projecting(Eyes(), 12, start)
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 0.0}]
    shown = Resident(PICTURES, np.zeros(24, np.int64), shift_px=0, mirrored=False)
    made = SimCLR(network, shown, Regime(epochs=4, batch=12, rate=0.02), groups, watch)
    made.px, made.seed, made.view = 8, seed, dataclasses.replace(VIEW, hue=0.0, grey=0.0)
    return made


def test_the_loss_is_that_of_choosing_the_other_view() -> None:
    first, second = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    views = np.concatenate([first, second]).astype(np.float64)
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    losses = []
    for row in range(10):
        scores = np.exp(views @ views[row] / TEMPERATURE)
        losses.append(-np.log(scores[(row + 5) % 10] / (scores.sum() - scores[row])))
    found = float(contrast(torch.from_numpy(first), torch.from_numpy(second)))
    assert found == pytest.approx(np.mean(losses), rel=1e-5)


def test_views_that_are_alike_and_apart_from_others_leave_little_to_lose() -> None:
    apart = torch.eye(4)
    assert float(contrast(apart, apart)) < 0.3 < np.log(7) < float(contrast(apart, apart.flip(0)))
    assert float(contrast(torch.ones(4, 2), torch.ones(4, 2))) == pytest.approx(np.log(7))


def test_a_projection_is_of_the_embedding() -> None:
    network = projecting(Eyes(), 12, 0)
    assert network(torch.from_numpy(PICTURES)).shape == (24, WIDTH)
    state, same, other = (projecting(Eyes(), 12, seed).projection.state_dict() for seed in (0, 0, 1))
    assert torch.equal(state["0.weight"], same["0.weight"]) and not torch.equal(state["0.weight"], other["0.weight"])


def test_it_sees_two_views_of_each_that_differ() -> None:
    seen: list[Any] = []

    class Told(SimCLR):
        def answers(self, batch: Any) -> Any:
            seen.append(batch.pictures)
            return super().answers(batch)

    made = trainer()
    made.__class__ = Told
    made.run()
    assert seen[0].shape == (24, 8, 8, 3) and not torch.equal(seen[0][:12], seen[0][12:])


def test_the_loss_falls_and_another_seed_sees_other_views() -> None:
    first, second, other = trainer(), trainer(), trainer(seed=1)
    for made in (first, second, other):
        made.run()
    assert first.losses[-1] < first.losses[0] and first.losses == second.losses != other.losses


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_cut_off_after_any_step_it_ends_as_if_it_had_not_been(tmp_path: Path, steps: int) -> None:
    whole = trainer()
    whole.run()
    left = iter(range(steps))

    def check() -> None:
        if next(left, None) is None:
            raise InterruptedError

    kept = Checkpoints(tmp_path, "mine", 0.0)
    with pytest.raises(InterruptedError):
        trainer(Watch(check=check, checkpoints=kept)).run()
    rest = trainer(Watch(checkpoints=kept), start=7)
    rest.run()
    state, other = whole.network.state_dict(), rest.network.state_dict()
    assert all(torch.equal(state[name], other[name]) for name in state)
