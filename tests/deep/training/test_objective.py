from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sightline.deep.training.objective import KINDS, Objective
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.5, 0.0], [3.0, 1.0, 1.0]])
CODES = torch.tensor([0, 2, 1])
SOFT = torch.nn.functional.one_hot(CODES, 3).float()
CHANCES = torch.softmax(LOGITS, 1)[torch.arange(3), CODES].numpy().astype(float)


@pytest.mark.parametrize(
    ("objective", "wanted"),
    [
        (Objective(), -np.log(CHANCES)),
        (Objective("focal", gamma=2.0), -((1 - CHANCES) ** 2) * np.log(CHANCES)),
        (Objective("focal", gamma=0.0), -np.log(CHANCES)),
        (Objective("generalized", q=0.7), (1 - CHANCES**0.7) / 0.7),
        (Objective("generalized", q=1.0), 1 - CHANCES),
        (Objective(weights=(1.0, 2.0, 3.0)), -np.log(CHANCES) * [1, 3, 2]),
        (Objective("focal", weights=(1.0, 2.0, 3.0)), -((1 - CHANCES) ** 2) * np.log(CHANCES) * [1, 3, 2]),
    ],
)
@pytest.mark.parametrize("targets", [CODES, SOFT])
def test_the_loss_is_the_published_one(objective: Objective, wanted: np.ndarray, targets: Any) -> None:
    np.testing.assert_allclose(objective.each(LOGITS, targets).numpy(), wanted, rtol=1e-5)
    assert float(objective.of(LOGITS, targets)) == pytest.approx(wanted.mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("objective", "loss", "best"),
    [
        (Objective(), lambda p: -np.log(p), 0.7),
        (Objective("focal", gamma=0.0), lambda p: -np.log(p), 0.7),
        (Objective("focal", gamma=2.0), lambda p: -((1 - p) ** 2) * np.log(p), None),
        (Objective("generalized", q=0.4), lambda p: (1 - p**0.4) / 0.4, 1 / (1 + (3 / 7) ** (1 / 0.6))),
    ],
)
def test_of_mixed_pictures_it_is_the_mean_of_both_losses(objective: Objective, loss: Any, best: float | None) -> None:
    p = np.linspace(0.01, 0.99, 981)
    shares = torch.tensor([[0.7, 0.3]]).expand(len(p), 2)
    found = objective.each(torch.from_numpy(np.log(np.stack([p, 1 - p], axis=1))).float(), shares).numpy()
    np.testing.assert_allclose(found, 0.7 * loss(p) + 0.3 * loss(1 - p), rtol=1e-4)
    assert best is None or p[found.argmin()] == pytest.approx(best, abs=0.01)


def test_mixed_pictures_are_weighted_by_the_shares_of_their_classes() -> None:
    shares = 0.8 * SOFT + 0.2 / 3
    for kind in KINDS:
        plain, weighted = Objective(kind), Objective(kind, weights=(1.0, 2.0, 3.0))
        wanted = plain.each(LOGITS, shares) * (shares @ torch.tensor([1.0, 2.0, 3.0]))
        assert torch.allclose(weighted.each(LOGITS, shares), wanted)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_whoever_is_surely_wrong_is_pulled_at_and_whoever_is_right_is_not(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0], [200.0, 0.0]], requires_grad=True)
    losses = Objective("focal", gamma=gamma).each(logits, torch.tensor([1, 0]))
    losses.sum().backward()
    assert losses.tolist() == pytest.approx([200.0, 0.0], abs=1e-3)
    assert logits.grad[0].tolist() == pytest.approx([1.0, -1.0]) and logits.grad[1].abs().max() < 1e-3


def test_smoothing_gives_the_others_their_part() -> None:
    logs = torch.log_softmax(LOGITS, 1)
    wanted = -(0.9 * logs[torch.arange(3), CODES] + 0.1 * logs.mean(1))
    assert torch.allclose(Objective(smoothing=0.1).each(LOGITS, CODES), wanted)


def test_a_shift_asks_for_more_from_rare_classes() -> None:
    shift = tuple(math.log(share) for share in (0.9, 0.05, 0.05))
    even = torch.zeros(1, 3)
    losses = [float(Objective(shift=shift).of(even, torch.tensor([code]))) for code in range(3)]
    assert losses == pytest.approx([-math.log(0.9), -math.log(0.05), -math.log(0.05)])


def test_a_wrong_label_pulls_at_most_as_hard_as_the_loss_lets_it() -> None:
    pulls = []
    for objective in (Objective(), Objective("generalized"), Objective("focal")):
        logits = torch.tensor([[-9.0, 9.0]], requires_grad=True)
        objective.of(logits, torch.tensor([0])).backward()
        pulls.append(float(logits.grad.abs().sum()))
    assert pulls[1] < 0.01 < 1 < pulls[0] and pulls[2] > 1


@pytest.mark.parametrize("kind", ["focal", "generalized"])
def test_certain_answers_have_finite_gradients(kind: Any) -> None:
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    Objective(kind).of(logits, torch.tensor([0, 0])).backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize(
    "wrong", [{"kind": "hinge"}, {"smoothing": 1.0}, {"q": 0.0}, {"gamma": -1.0}, {"kind": "focal", "smoothing": 0.1}]
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allowed"):
        Objective(**wrong)
