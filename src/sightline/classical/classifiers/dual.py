"""The dual of a support vector machine of two classes with the RBF kernel.

libsvm makes the kernel a row at a time with dot products, which is most of its time where the kernel does not fit into
its memory. Here a small kernel is made by one matrix product and handed to libsvm; of a large one the rows of a whole
working set are one product, and the working sets are solved here. On two classes of natural pictures (512 values, 82 to
86 % of the rows support vectors) one core takes 3 s for 10,000 rows and 19 s for 20,000, where libsvm takes 20 s and
320 s, with the same solution to its tolerance.

C. Chang, C. Lin: LIBSVM: a library for support vector machines. ACM TIST 2, 2011 (second-order choice of pairs).
Z. Wen, J. Shi, Q. Li, B. He, J. Chen: ThunderSVM: a fast SVM library on GPUs and CPUs. JMLR 19, 2018 (working sets).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from sightline.arrays import Array, Indices, Matrix
from sightline.classical.classifiers.margins import Numbers
from sightline.errors import InputError

TOLERANCE = 1e-3
"""How far the optimality conditions may be missed: libsvm's default."""
WORKING_SET = 256
"""Rows that move at once; half of them stay for the next round. 512 and 1,024 take as long or longer."""
CACHE_BYTES = 200_000_000
"""Rows of the kernel held for one problem. Always the same: it decides in which order sums are rounded."""
SMALL = 5_000
"""Rows whose whole kernel libsvm is given, 200 MB: as fast as here, and much faster where C is so large that rows move
many times."""
MOVES_A_ROW = 100
"""A large problem that is not solved when its rows have moved so often stays as it is; usually they move four times."""
FLATTEST = 1e-12
"""Curvature between two equal rows."""


@dataclasses.dataclass
class _State:
    """A solution on its way, (n,) float64 each; a row's dual may move up while below `high`, down while above `low`."""

    duals: Numbers
    low: Numbers
    high: Numbers
    gradient: Numbers

    def rising(self) -> Numbers:
        """The gradient where a dual may rise, infinity elsewhere."""
        return np.where(self.duals < self.high, self.gradient, np.inf)

    def falling(self) -> Numbers:
        """The gradient where a dual may fall, minus infinity elsewhere."""
        return np.where(self.duals > self.low, self.gradient, -np.inf)

    def part(self, rows: Indices) -> _State:
        """A copy of some rows."""
        return _State(self.duals[rows], self.low[rows], self.high[rows], self.gradient[rows])


def solve_dual(Z: Matrix, first: Array, bounds: Array, gamma: float) -> tuple[Numbers, float]:
    """Weights of the rows in the decision, and its intercept: positive for the first class.

    Solved to libsvm's tolerance of 0.001; the kernel is float32 above `SMALL` rows, so that for C of 10,000 and more a
    decision may be off by C times 1e-6.

    Args:
        Z: (n, d) float32.
        first: (n,) bool, rows of the first class; some are, some are not.
        bounds: (n,) float64, C times the weight of each row, above 0.
        gamma: of exp(-gamma |a - b|^2).

    Returns:
        duals: (n,) float64, in [0, bound] for the first class and [-bound, 0] for the second, summing to 0.
        intercept: of the decision sum_i duals_i K(z_i, z) + intercept.

    Raises:
        InputError: distances that float32 does not hold.
    """
    return _by_libsvm(Z, first, bounds, gamma) if len(Z) <= SMALL else _by_working_sets(Z, first, bounds, gamma)


def _by_libsvm(Z: Matrix, first: Array, bounds: Array, gamma: float) -> tuple[Numbers, float]:
    from sklearn.svm import SVC

    kernel = KernelRows(Z, gamma).all()
    svc = SVC(C=1.0, kernel="precomputed", tol=TOLERANCE).fit(kernel, first, sample_weight=bounds)
    duals = np.zeros(len(Z))
    duals[svc.support_] = svc.dual_coef_[0]
    return duals, float(svc.intercept_[0])


def _by_working_sets(Z: Matrix, first: Array, bounds: Array, gamma: float) -> tuple[Numbers, float]:
    kernel, left = KernelRows(Z, gamma), MOVES_A_ROW * len(Z)
    state = _State(
        duals=np.zeros(len(Z)),
        low=np.where(first, 0.0, -bounds),
        high=np.where(first, bounds, 0.0),
        gradient=np.where(first, -1.0, 1.0),
    )
    kept = np.zeros(0, np.int64)
    while left > 0:
        rising, falling = state.rising(), state.falling()
        gap = float(falling.max() - rising.min())
        if gap <= TOLERANCE:
            break
        chosen = np.concatenate([kept, _violators(rising, falling, kept)])
        left -= _improve(state, kernel, chosen, gap)
        kept = chosen[-(WORKING_SET // 2) :]
    return state.duals, _intercept(state)


def _violators(rising: Numbers, falling: Numbers, kept: Indices) -> Indices:
    """Rows that miss the conditions most and are not kept: half of them should rise, half fall."""
    room = WORKING_SET - len(kept)
    rising[kept], falling[kept] = np.inf, -np.inf
    up = _least(rising, room // 2)
    falling[up] = -np.inf
    return np.concatenate([up, _least(-falling, room - len(up))])


def _least(values: Numbers, count: int) -> Indices:
    found = np.argpartition(values, count)[:count] if count < len(values) else np.arange(len(values))
    return found[np.isfinite(values[found])]


def _improve(state: _State, kernel: KernelRows, chosen: Indices, gap: float) -> int:
    """Solve for the chosen rows, all others fixed, to a tenth of the gap, then bring the gradient up to date; moves."""
    held = kernel.rows(chosen)
    part = state.part(chosen)
    part_of_kernel = kernel.values[held][:, chosen].astype(np.float64)
    moves = _solve_part(part, part_of_kernel, max(0.1 * gap, 0.5 * TOLERANCE))
    steps = part.duals - state.duals[chosen]
    moved = np.flatnonzero(steps)
    state.duals[chosen] = part.duals
    state.gradient += steps[moved] @ kernel.values[held[moved]].astype(np.float64)
    return moves


def _solve_part(state: _State, kernel: Numbers, tolerance: float) -> int:
    """Sequential minimal optimization on a small dense kernel: two rows move at a time, by the second-order choice.

    Returns the number of moves.
    """
    most = 20 * len(state.duals)
    duals, low, high, gradient = state.duals, state.low, state.high, state.gradient
    flatness = 1 / np.maximum(2 - 2 * kernel, FLATTEST)
    blocked_up = np.where(duals < high, 0.0, np.inf)
    blocked_down = np.where(duals > low, 0.0, -np.inf)
    for move in range(most):
        i = int((gradient + blocked_up).argmin())
        gains = gradient - gradient[i]
        gains += blocked_down
        if gains.max() <= tolerance:
            return move + 1
        np.maximum(gains, 0, out=gains)
        gains *= gains
        gains *= flatness[i]
        j = int(gains.argmax())
        step = (gradient[j] - gradient[i]) * flatness[i, j]
        up, down = high[i] - duals[i], duals[j] - low[j]
        duals[i] = high[i] if step >= up <= down else duals[i] + min(step, down)
        duals[j] = low[j] if step >= down <= up else duals[j] - min(step, up)
        blocked_up[i], blocked_up[j] = (0.0 if duals[i] < high[i] else np.inf), 0.0
        blocked_down[i], blocked_down[j] = 0.0, (0.0 if duals[j] > low[j] else -np.inf)
        gradient += min(step, up, down) * (kernel[i] - kernel[j])
    return most


def _intercept(state: _State) -> float:
    """Minus the gradient where duals are free; where none is, the middle of what the conditions allow."""
    edge = 1e-12 * (state.high - state.low)  # what is nearer to its bound is there, but for rounding
    free = (state.duals > state.low + edge) & (state.duals < state.high - edge)
    if free.any():
        return -float(state.gradient[free].mean())
    return -float(state.falling().max() + state.rising().min()) / 2


class KernelRows:
    """Rows of the kernel exp(-gamma |a - b|^2) of n vectors, made when asked for; those used last are held.

    Attributes:
        values: (rows held, n) float32.
    """

    def __init__(self, Z: Matrix, gamma: float) -> None:
        center = Z.mean(axis=0, dtype=np.float64).astype(np.float32)  # small numbers cancel less
        with np.errstate(over="ignore"):
            self._Z: Matrix = (Z - center) * np.float32(np.sqrt(2 * gamma))
            self._halves = (np.einsum("ij,ij->i", self._Z, self._Z, dtype=np.float64) / 2).astype(np.float32)
        if not np.isfinite(self._halves).all():
            raise InputError(f"rows are too far apart for gamma={gamma:g}; allowed: gamma |a - b|^2 below 1e38")
        n = len(Z)
        # Untouched pages take no memory, so that nothing is lost where the whole kernel is asked for.
        self.values = np.empty((min(n, max(2 * WORKING_SET, CACHE_BYTES // (4 * n))), n), np.float32)
        self._place = np.full(n, -1)
        self._owner = np.full(len(self.values), -1)
        self._used = np.zeros(len(self.values), np.int64)
        self._time = 0

    def all(self) -> Numbers:
        """The whole kernel, (n, n) float64."""
        kernel = self._made(np.arange(len(self._Z))).astype(np.float64)
        np.fill_diagonal(kernel, 1.0)
        return kernel

    def rows(self, wanted: Indices) -> Indices:
        """Where in `values` the wanted rows are."""
        self._time += 1
        places = self._place[wanted]
        self._used[places[places >= 0]] = self._time
        missing = wanted[places < 0]
        if len(missing):
            free = _least(self._used.astype(np.float64), len(missing))
            owners = self._owner[free]
            self._place[owners[owners >= 0]] = -1
            self.values[free] = self._made(missing)
            self._owner[free], self._place[missing], self._used[free] = missing, free, self._time
        found: Indices = self._place[wanted]
        return found

    def _made(self, rows: Indices) -> Matrix:
        exponents: Matrix = self._Z[rows] @ self._Z.T
        exponents -= self._halves
        exponents -= self._halves[rows, None]
        return np.exp(np.minimum(exponents, 0, out=exponents), out=exponents)
