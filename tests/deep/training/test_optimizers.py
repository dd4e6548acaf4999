from __future__ import annotations

from typing import Any

import pytest

from sightline.deep.training.optimizers import Together
from sightline.deep.training.regime import Regime

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def groups() -> list[dict[str, Any]]:
    drawn = [torch.nn.Parameter(torch.ones(shape)) for shape in ((4, 2, 3, 3), (4,), (3, 4))]
    return [
        {"params": [drawn[0]], "weight_decay": 0.5, "share": 0.1},
        {"params": [drawn[1]], "weight_decay": 0.0, "share": 0.1},
        {"params": [drawn[2]], "weight_decay": 0.5, "share": 1.0, "plain": True},
    ]


@pytest.mark.parametrize(("name", "kinds"), [("adamw", ["AdamW"]), ("sgd", ["SGD"]), ("muon", ["Muon", "AdamW"])])
def test_each_group_is_moved_by_what_suits_it(name: Any, kinds: list[str]) -> None:
    made = Together.of(Regime(optimizer=name), groups())
    assert [type(part).__name__ for part in made.parts] == kinds
    assert [group["share"] for group in made.groups] == [0.1, 0.1, 1.0]
    assert [group["weight_decay"] for group in made.groups] == [0.5, 0.0, 0.5]
    assert [len(part.param_groups) for part in made.parts] == ([1, 2] if name == "muon" else [3])


@pytest.mark.parametrize("name", ["adamw", "sgd", "muon"])
def test_all_parameters_move_and_gradients_are_forgotten(name: Any) -> None:
    given = groups()
    made = Together.of(Regime(optimizer=name, rate=0.1), given)
    weights = [group["params"][0] for group in given]
    before = [weight.detach().clone() for weight in weights]
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    made.step()
    assert all(not torch.equal(weight, one) for weight, one in zip(weights, before, strict=True))
    made.zero_grad()
    assert all(weight.grad is None for weight in weights)


def test_groups_that_are_given_stay_as_they_are() -> None:
    given = groups()
    Together.of(Regime(), given)
    assert "lr" not in given[0]
