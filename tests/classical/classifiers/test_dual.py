from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.classifiers import dual
from sightline.classical.classifiers.dual import solve_dual
from sightline.errors import InputError


@pytest.fixture(params=["by libsvm", "by working sets"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small problems go to libsvm; the test sees to it that large ones are solved alike."""
    if request.param == "by working sets":
        monkeypatch.setattr(dual, "SMALL", 0)


@pytest.fixture
def by_working_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dual, "SMALL", 0)


def overlapping(n: int, d: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    first = random.random(n) < 0.4
    return (random.normal(size=(n, d)) + 0.6 * first[:, None]).astype(np.float32), first


def kernel_of(Z: np.ndarray, gamma: float) -> np.ndarray:
    squares = ((Z[:, None].astype(float) - Z[None]) ** 2).sum(axis=2)
    return np.exp(-gamma * squares)


def gap_of(Z: np.ndarray, first: np.ndarray, bounds: np.ndarray, gamma: float, duals: np.ndarray) -> float:
    """By how much the optimality conditions are missed, from their definition."""
    gradient = kernel_of(Z, gamma) @ duals - np.where(first, 1, -1)
    low, high = np.where(first, 0, -bounds), np.where(first, bounds, 0)
    assert (duals >= low).all() and (duals <= high).all()
    return float(gradient[duals > low].max() - gradient[duals < high].min())


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("C", [0.01, 1.0, 1000.0])
def test_solution_meets_the_conditions_of_optimality(C: float) -> None:
    Z, first = overlapping(700)
    bounds = C * np.random.default_rng(1).uniform(0.2, 2, 700)
    duals, _ = solve_dual(Z, first, bounds, 0.2)
    assert abs(duals.sum()) < 1e-9 * C * 700
    # float32 rows of the kernel are 6e-8 off, which counts C times for each support vector.
    assert gap_of(Z, first, bounds, 0.2, duals) <= dual.TOLERANCE + 1e-6 * C * 700**0.5


@pytest.mark.usefixtures("by_working_sets")
@pytest.mark.parametrize(("n", "C", "gamma"), [(40, 10.0, 0.1), (600, 5.0, 0.5), (900, 100.0, 0.02)])
def test_decides_as_libsvm(n: int, C: float, gamma: float) -> None:
    svm = pytest.importorskip("sklearn.svm")
    Z, first = overlapping(n)
    rows = overlapping(200, seed=5)[0]

    def by_libsvm(tolerance: float) -> np.ndarray:
        return svm.SVC(C=C, gamma=gamma, tol=tolerance).fit(Z, first).decision_function(rows)

    duals, intercept = solve_dual(Z, first, np.full(n, C), gamma)
    squares = ((rows[:, None].astype(float) - Z[None]) ** 2).sum(axis=2)
    ours, exact = np.exp(-gamma * squares) @ duals + intercept, by_libsvm(1e-8)
    # Where within the tolerance a solver stops depends on the processor, so does by how much it is off.
    assert abs(ours - exact).max() < 2 * abs(by_libsvm(dual.TOLERANCE) - exact).max()


@pytest.mark.usefixtures("by_working_sets")
def test_working_sets_and_rows_held_change_no_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    Z, first = overlapping(500)
    duals, intercept = solve_dual(Z, first, np.full(500, 2.0), 0.3)
    monkeypatch.setattr(dual, "WORKING_SET", 8)
    monkeypatch.setattr(dual, "CACHE_BYTES", 1)  # sixteen rows: every other one is made again
    others, other = solve_dual(Z, first, np.full(500, 2.0), 0.3)
    kernel = kernel_of(Z, 0.3)
    np.testing.assert_allclose(kernel @ duals + intercept, kernel @ others + other, atol=3e-3)


def test_rows_that_are_made_again_are_those_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dual, "WORKING_SET", 4)
    monkeypatch.setattr(dual, "CACHE_BYTES", 1)
    Z = np.random.default_rng(0).normal(100, 1, (60, 7)).astype(np.float32)
    rows = dual.KernelRows(Z, 0.3)
    expected = kernel_of(Z, 0.3)
    random = np.random.default_rng(1)
    for _ in range(30):
        wanted = random.choice(60, 5, replace=False)
        np.testing.assert_allclose(rows.values[rows.rows(wanted)], expected[wanted], atol=2e-5)
    assert len(rows.values) == 8


@pytest.mark.usefixtures("both")
def test_the_same_again_is_the_same_to_the_bit() -> None:
    Z, first = overlapping(400)
    one, two = (solve_dual(Z, first, np.full(400, 3.0), 0.2) for _ in range(2))
    assert np.array_equal(one[0], two[0]) and one[1] == two[1]


@pytest.mark.usefixtures("both")
def test_equal_rows_of_both_classes_decide_nothing() -> None:
    duals, intercept = solve_dual(np.zeros((4, 2), np.float32), np.array([True, True, False, False]), np.ones(4), 1.0)
    assert duals.tolist() == [1, 1, -1, -1] and intercept == pytest.approx(0, abs=1e-6)


@pytest.mark.usefixtures("both")
def test_one_row_each() -> None:
    Z = np.array([[0.0], [1.0]], np.float32)
    duals, intercept = solve_dual(Z, np.array([True, False]), np.full(2, 100.0), 1.0)
    expected = 1 / (1 - np.exp(-1))  # both margins are 1
    np.testing.assert_allclose(duals, [expected, -expected], rtol=1e-3)
    assert intercept == pytest.approx(0, abs=1e-3)


@pytest.mark.usefixtures("by_working_sets")
def test_duals_at_their_bounds_but_for_rounding_are_not_free() -> None:
    random = np.random.default_rng(169)
    first = np.arange(20) < 6
    Z = (random.standard_normal((20, 2)) + ~first[:, None]).astype(np.float32)
    bounds = np.where(
        first, 0.03 * 20 / 12, 0.03 * 20 / 28
    )  # both classes weigh the same: every dual ends at its bound
    duals, intercept = solve_dual(Z, first, bounds, 1.0)
    gradient = kernel_of(Z, 1.0) @ duals - np.where(first, 1, -1)
    low, high = gradient[duals > bounds * -1 + 1e-9].max(), gradient[duals < bounds - 1e-9].min()
    assert min(low, high) < -intercept < max(low, high)


@pytest.mark.usefixtures("by_working_sets")
def test_rows_that_move_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dual, "MOVES_A_ROW", 1)
    random = np.random.default_rng(0)
    Z, first = random.standard_normal((300, 2)).astype(np.float32), random.random(300) < 0.5
    duals, intercept = solve_dual(Z, first, np.full(300, 1e6), 1.0)
    assert np.isfinite(duals).all() and np.isfinite(intercept) and abs(duals.sum()) < 1e-3


@pytest.mark.usefixtures("both")
def test_distances_without_bounds_are_refused() -> None:
    with pytest.raises(InputError, match="too far apart for gamma=1e"):
        solve_dual(np.array([[0.0], [1e19]], np.float32), np.array([True, False]), np.ones(2), 1e9)
