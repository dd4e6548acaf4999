from __future__ import annotations

import numpy as np
import pytest

from sightline.decision.decide import decide, expected_costs
from sightline.errors import InputError


def test_without_costs_the_likeliest_class_wins_and_a_tie_goes_to_the_first() -> None:
    assert decide([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]]).tolist() == [1, 0]


def test_with_costs_the_cheapest_decision_wins() -> None:
    # missing class 1 costs ten times a false alarm: decide 1 from 1 / 11 on
    costs = [[0.0, 1.0], [10.0, 0.0]]
    assert decide([[0.95, 0.05], [0.9, 0.1], [0.5, 0.5]], costs).tolist() == [0, 1, 1]
    assert expected_costs([[0.9, 0.1]], costs).tolist() == [[pytest.approx(1.0), pytest.approx(0.9)]]


def test_abstaining_wins_only_where_it_is_cheaper() -> None:
    # Chow: with a cost of 1 for each mistake, abstain where the top probability is below 1 - abstain
    chances = [[0.75, 0.25], [0.5, 0.5], [0.6, 0.4]]
    assert decide(chances, None, 0.25).tolist() == [0, -1, -1]
    assert decide(chances, 1 - np.eye(2), 0.25).tolist() == [0, -1, -1]
    assert decide(chances, None, 0.45).tolist() == [0, -1, 0]
    assert decide(chances, [[0.0, 8.0], [8.0, 0.0]], 2.5).tolist() == [0, -1, -1]


def test_a_row_is_decided_as_in_a_batch_even_where_costs_nearly_tie() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(7), 300).astype(np.float32)
    costs = rng.random((7, 7)).round(2)
    together = expected_costs(chances, costs)
    alone = np.concatenate([expected_costs(row[None], costs) for row in chances])
    assert np.array_equal(together, alone)
    np.testing.assert_allclose(together, chances.astype(float) @ costs)
    assert decide(chances, costs).dtype == np.int64


def test_no_rows_give_no_decisions_and_wrong_shapes_are_refused() -> None:
    assert decide(np.zeros((0, 3)), np.eye(3), 0.1).shape == (0,)
    with pytest.raises(InputError, match="probabilities have shape"):
        decide([0.5, 0.5])
    with pytest.raises(InputError, match="costs of shape"):
        decide([[0.5, 0.5]], np.eye(3))
