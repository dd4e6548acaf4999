from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from sightline.errors import InputError
from sightline.metrics import classification as ours


@st.composite
def decided(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    k = draw(st.integers(2, 5))
    n = draw(st.integers(1, 40))
    labels = st.lists(st.integers(0, k - 1), min_size=n, max_size=n)
    return np.array(draw(labels)), np.array(draw(labels)), k


@settings(deadline=None, max_examples=60)
@given(decided())
def test_agrees_with_scikit_learn_whatever_classes_occur(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    truth, predicted, k = case
    matrix = ours.confusion(truth, predicted, k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that do not occur
        assert np.array_equal(matrix, reference.confusion_matrix(truth, predicted, labels=range(k)))
        assert ours.accuracy(matrix) == pytest.approx(reference.accuracy_score(truth, predicted))
        assert ours.balanced_accuracy(matrix) == pytest.approx(reference.balanced_accuracy_score(truth, predicted))
        there = np.unique(truth)  # scikit-learn would average over classes that were only predicted as well
        f1_of_these = reference.f1_score(truth, predicted, labels=there, average="macro")
        assert ours.macro_f1(matrix) == pytest.approx(f1_of_these)
        assert ours.mcc(matrix) == pytest.approx(reference.matthews_corrcoef(truth, predicted))
        precision, recall, f1, support = reference.precision_recall_fscore_support(
            truth, predicted, labels=range(k), zero_division=np.nan
        )
    f1 = np.where(support > 0, f1, np.nan)
    for mine, theirs in zip(ours.per_class(matrix), (precision, recall, f1, support), strict=True):
        np.testing.assert_allclose(mine, theirs)


@settings(deadline=None, max_examples=40)
@given(decided(), st.randoms(use_true_random=False))
def test_other_class_numbers_change_no_average_and_permute_the_classes(case, random) -> None:
    truth, predicted, k = case
    new = np.array(random.sample(range(k), k))
    before, after = ours.confusion(truth, predicted, k), ours.confusion(new[truth], new[predicted], k)
    for metric in (ours.accuracy, ours.balanced_accuracy, ours.macro_f1, ours.mcc):
        assert metric(before) == pytest.approx(float(metric(after)))
        assert -1 <= metric(before) <= 1
    np.testing.assert_allclose(ours.per_class(before)[0], ours.per_class(after)[0][new])


def test_a_perfect_and_a_wholly_wrong_result() -> None:
    right, wrong = np.diag([3, 5, 1]), np.array([[0, 4], [4, 0]])
    for metric in (ours.accuracy, ours.balanced_accuracy, ours.macro_f1, ours.mcc):
        assert metric(right) == 1
    assert ours.accuracy(wrong) == ours.balanced_accuracy(wrong) == ours.macro_f1(wrong) == 0
    assert ours.mcc(wrong) == -1


def test_averages_are_over_the_same_classes_where_some_have_no_pictures() -> None:
    table = np.zeros((7, 7))
    table[0, :3], table[1, :2] = [6, 2, 2], [0, 10]
    precision, recall, f1, _ = ours.per_class(table)
    assert precision[2] == 0 and np.isnan(recall[2:]).all() and np.isnan(f1[2:]).all()
    assert ours.balanced_accuracy(table) == pytest.approx((0.6 + 1) / 2)
    assert ours.macro_f1(table) == pytest.approx((f1[0] + f1[1]) / 2)
    assert f1[1] == pytest.approx(20 / 22)


def test_many_matrices_at_once_are_scored_as_each_alone() -> None:
    many = np.random.default_rng(0).integers(0, 9, (2, 6, 4, 4))
    many[0, 0, 2] = 0
    for metric in (ours.accuracy, ours.balanced_accuracy, ours.macro_f1, ours.mcc):
        assert metric(many).shape == (2, 6)
        assert metric(many)[0, 0] == pytest.approx(float(metric(many[0, 0])))
        assert metric(many)[1, 3] == pytest.approx(float(metric(many[1, 3])))


def test_what_is_not_decided_counts_against_recall_and_is_left_out_of_the_square_matrix() -> None:
    truth, predicted = [0, 0, 0, 1], [0, 0, -1, 1]
    assert ours.confusion(truth, predicted, 2).tolist() == [[2, 0], [0, 1]]
    full = ours.confusion(truth, predicted, 2, undecided=True)
    assert full.tolist() == [[2, 0, 1], [0, 1, 0]]
    assert ours.accuracy(full) == 0.75
    assert ours.balanced_accuracy(full) == pytest.approx((2 / 3 + 1) / 2)
    precision, recall, f1, support = ours.per_class(full)
    assert precision.tolist() == [1, 1]
    assert recall.tolist() == pytest.approx([2 / 3, 1])
    assert f1.tolist() == pytest.approx([0.8, 1])
    assert support.tolist() == [3, 1]
    # not deciding is one more kind of answer: the coefficient of three classes of which the third never is the truth
    as_class = [2 if label < 0 else label for label in predicted]
    assert ours.mcc(full) == pytest.approx(reference.matthews_corrcoef(truth, as_class))


def test_mcc_of_weights_that_do_not_sum_exactly_is_0_where_all_is_one_class() -> None:
    assert ours.mcc(np.array([[0.1 + 0.2, 0.0], [0.7, 0.0]])) == 0


def test_log_loss_and_brier_in_closed_form_and_as_scikit_learn() -> None:
    assert ours.log_loss([[0.25, 0.75], [0.5, 0.5]], [0, 1]) == pytest.approx((np.log(4) + np.log(2)) / 2)
    assert ours.log_loss([[0.0, 1.0]], [0]) == pytest.approx(-np.log(1e-15))
    assert ours.brier([[0.25, 0.75]], [0]) == pytest.approx(0.75**2 + 0.75**2)
    assert ours.brier([[1.0, 0.0]], [1]) == 2
    rng = np.random.default_rng(1)
    chances, truth = rng.dirichlet(np.ones(4), 50), rng.integers(0, 4, 50)
    assert ours.log_loss(chances, truth) == pytest.approx(reference.log_loss(truth, chances, labels=range(4)))
    assert ours.brier(chances, truth) == pytest.approx(np.mean(((chances - np.eye(4)[truth]) ** 2).sum(axis=1)))


def test_expected_cost_of_counts_is_the_mean_of_the_rows() -> None:
    truth, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 0, -1])
    costs = [[0.0, 2.0], [10.0, 0.0]]
    rows = ours.cost_rows(truth, predicted, costs, 0.5)
    assert rows.tolist() == [0, 2, 0, 10, 0.5]
    counts = ours.confusion(truth, predicted, 2)
    assert ours.expected_cost(counts, [0, 1], costs, 0.5) == pytest.approx(rows.mean())


@pytest.mark.parametrize(
    ("chances", "truth", "said"),
    [
        ([[0.5, 0.6]], [0], "sum to 1.1"),
        ([[0.5, np.nan]], [0], "outside"),
        ([[-0.5, 1.5]], [0], "outside"),
        ([[0.5, 0.5]], [0, 1], "1 rows of probabilities for 2 labels"),
        ([[0.5, 0.5]], [2], "truth holds 2"),
        ([[0.5, 0.5]], [-1], "truth holds -1"),
        ([[0.5, 0.5]], [0.0], "float64"),
        ([0.5, 0.5], [0], "shape"),
        (np.zeros((0, 2)), np.zeros(0, int), "shape"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_line(chances, truth, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ours.log_loss(chances, truth)
    assert "\n" not in str(caught.value)


def test_decisions_out_of_range_and_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match="predicted holds -2"):
        ours.confusion([0], [-2], 2)
    with pytest.raises(InputError, match="2 decisions for 1 labels"):
        ours.confusion([0], [1, 1], 2)
    with pytest.raises(InputError, match="confusion matrix"):
        ours.accuracy(np.zeros((2, 4)))
    with pytest.raises(InputError, match="costs of shape"):
        ours.check_costs(np.eye(3), 2)
