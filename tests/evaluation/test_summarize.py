from __future__ import annotations

import json

import numpy as np
import pytest

from sightline.decision.decide import decide
from sightline.errors import InputError
from sightline.evaluation.result import Evaluation
from sightline.evaluation.summarize import summarize
from sightline.metrics import classification
from sightline.metrics.calibration import ece

CLASSES = ("whole", "torn", "dirty")


def answers(n: int, skill: float = 2.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    scores = rng.normal(size=(n, 3))
    scores[np.arange(n), truth] += skill
    raised = np.exp(scores)
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32), truth


def test_every_number_is_that_of_the_metrics() -> None:
    chances, truth = answers(200)
    found = summarize(chances, truth, CLASSES, source="test", positive="torn")
    matrix = classification.confusion(truth, chances.argmax(axis=1), 3)
    assert (found.n, found.source, found.classes, found.abstained) == (200, "test", CLASSES, 0)
    assert found.confusion == tuple(map(tuple, matrix.tolist()))
    assert found.accuracy.value == pytest.approx(float(classification.accuracy(matrix)))
    assert found.balanced_accuracy.value == pytest.approx(float(classification.balanced_accuracy(matrix)))
    assert found.macro_f1.value == pytest.approx(float(classification.macro_f1(matrix)))
    assert found.mcc.value == pytest.approx(float(classification.mcc(matrix)))
    assert found.log_loss == pytest.approx(classification.log_loss(chances, truth))
    assert found.brier == pytest.approx(classification.brier(chances, truth))
    assert found.ece == pytest.approx(ece(chances, truth))
    assert found.per_class["torn"].recall == found.intervals["positive_recall"].value
    assert found.per_class["torn"].precision_low == found.intervals["positive_precision"].low
    assert [one.support for one in found.per_class.values()] == [67, 67, 66]
    assert sum(one.count for one in found.reliability) == 200
    assert found.intervals["score"].value == pytest.approx(found.balanced_accuracy.value)
    assert "expected_cost" not in found.intervals
    for interval in (found.accuracy, found.balanced_accuracy, found.macro_f1, found.mcc, *found.intervals.values()):
        assert interval.low < interval.value < interval.high


def test_it_is_written_without_nan_whatever_occurs() -> None:
    one = np.array([[1.0, 0.0, 0.0]])
    cases = [
        summarize(one, [0], CLASSES, source="test"),
        summarize(np.repeat(one, 9, axis=0), [0] * 9, CLASSES, source="test", groups=["a"] * 9),
        summarize(np.repeat(one, 9, axis=0), [1] * 9, CLASSES, source="test", decisions=[-1] * 9, positive="dirty"),
        summarize(np.ones((5, 1)), [0] * 5, ["only"], source="out-of-fold", cost_matrix=[[0.0]], abstain=0.5),
    ]
    for found in cases:
        text = json.dumps(found.to_dict(), allow_nan=False)
        assert Evaluation.from_dict(json.loads(text)).to_dict() == found.to_dict()


def test_costs_decide_and_are_counted() -> None:
    chances, truth = answers(300)
    costs = 5 * (1 - np.eye(3))
    found = summarize(chances, truth, CLASSES, source="test", cost_matrix=costs, abstain=1.0)
    chosen = decide(chances, costs, 1.0)
    undecided = int((chosen < 0).sum())
    assert 0 < found.abstained == undecided < 300
    assert sum(map(sum, found.confusion)) == 300 - undecided
    assert found.accuracy.value == pytest.approx((chosen == truth).mean())
    wrong = ((chosen != truth) & (chosen >= 0)).sum()
    cost = found.intervals["expected_cost"]
    assert cost.value == pytest.approx((5 * wrong + undecided) / 300)
    assert cost.low < cost.value < cost.high
    assert found.intervals["score"].value == -cost.value
    assert f"{undecided} of 300 pictures were not decided" in found.notes[0]


def test_decisions_that_are_given_are_kept() -> None:
    chances, truth = answers(30)
    found = summarize(chances, truth, CLASSES, source="test", decisions=truth)
    assert found.accuracy.value == 1
    assert found.log_loss > 0


def test_groups_widen_what_goes_wrong_together() -> None:
    chances, truth = answers(400)
    group = np.arange(400) // 20
    swapped = np.where((group % 4 == 0)[:, None], chances[:, ::-1], chances)
    alone = summarize(swapped, truth, CLASSES, source="test")
    grouped = summarize(swapped, truth, CLASSES, source="test", groups=group)
    for name in ("accuracy", "macro_f1", "mcc"):
        one, other = getattr(alone, name), getattr(grouped, name)
        assert one.value == other.value
        assert other.high - other.low > 1.5 * (one.high - one.low)
    assert grouped.intervals["log_loss"].high > alone.intervals["log_loss"].high


def test_headlines_are_corrected_for_having_chosen_among_equals() -> None:
    rng = np.random.default_rng(1)
    truth = np.arange(90) % 3
    candidates = [np.where(rng.random(90) < 0.7, truth, (truth + 1) % 3) for _ in range(25)]
    best = max(candidates, key=lambda one: (one == truth).mean())
    chances = 0.7 * np.eye(3)[best] + 0.1
    plain = summarize(chances, truth, CLASSES, source="out-of-fold")
    fair = summarize(chances, truth, CLASSES, source="out-of-fold", corrected=candidates)
    assert plain.accuracy.value > 0.76
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "mcc"):
        one, other = getattr(plain, name), getattr(fair, name)
        assert one.value - 0.2 < other.value < one.value - 0.03
        assert other.low < other.value < other.high
    assert fair.accuracy.low < 0.7 < fair.accuracy.high
    assert fair.intervals["score"].value < plain.intervals["score"].value
    assert fair.log_loss == plain.log_loss
    assert fair.confusion == plain.confusion
    assert "chosen among 25 candidates" in fair.notes[-1]
    alone = summarize(chances, truth, CLASSES, source="out-of-fold", corrected=[best])
    assert alone.to_dict() == plain.to_dict()


def test_one_group_cannot_be_corrected_and_says_so() -> None:
    chances, truth = answers(30)
    chosen = [chances.argmax(axis=1)] * 2
    found = summarize(chances, truth, CLASSES, source="out-of-fold", groups=[1] * 30, corrected=chosen)
    assert "flatter" in found.notes[-1]


def test_what_does_not_fit_together_is_refused() -> None:
    chances, truth = answers(9)
    with pytest.raises(InputError, match="2 class names for 3 columns"):
        summarize(chances, truth, ["a", "b"], source="test")
    with pytest.raises(InputError, match='did you mean "torn"'):
        summarize(chances, truth, CLASSES, source="test", positive="torm")
    with pytest.raises(InputError, match="source"):
        summarize(chances, truth, CLASSES, source="guess")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="one group for each row"):
        summarize(chances, truth, CLASSES, source="test", groups=[1])
