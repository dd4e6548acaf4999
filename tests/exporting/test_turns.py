from __future__ import annotations

import itertools

import pytest

from sightline.exporting import turns
from sightline.exporting.turns import in_turns
from tests.exporting import exports


def test_one_then_the_other_and_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is read before and after each answer: A takes 2 ms, B 1 ms, and the machine stands still once."""
    monkeypatch.setattr(turns, "ROUNDS", 5)
    asked: list[str] = []

    def calls(name: str) -> object:
        return lambda one: asked.append(name)

    spent = itertools.chain([0.0], itertools.cycle([0.002, 0.0, 0.001, 0.0]))
    now = itertools.accumulate(spent)
    clock = itertools.chain([0.0], now).__next__
    times = turns._turns([calls("A"), calls("B")], [0], clock)  # type: ignore[list-item]
    assert asked == ["A", "B"] * 6  # once to warm up
    assert [sum(own) / len(own) for own in times] == pytest.approx([0.002, 0.001])


def test_real_models_have_a_pace() -> None:
    model = exports.model()
    paces = in_turns([model, model], exports.pictures(4)[0])
    assert len(paces) == 2
    assert all(0 < one.ms < 1000 and one.per_s > 1 for one in paces)
