"""From probabilities to what to do: the class of least expected cost, or none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.errors import InputError


def decide(
    probabilities: npt.ArrayLike, cost_matrix: npt.ArrayLike | None = None, abstain: float | None = None
) -> Indices:
    """The decision of each row, (n,) class numbers, -1 for none.

    Without costs the likeliest class; with them the class of least expected cost; none where abstaining is expected to
    cost less still (Chow 1970). Ties go to the first class, and to a class before abstaining. A row's decision does
    not depend on the other rows.

    Args:
        probabilities: (n, k), rows summing to 1.
        cost_matrix: (k, k), rows the truth, columns the decision; None: each mistake costs 1.
        abstain: cost of not deciding; None: always decide.

    Raises:
        InputError: probabilities are not (n, k), or costs not (k, k).
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.ndim != 2 or not chances.shape[1]:
        raise InputError(f"probabilities have shape {chances.shape}; allowed: (n, k), one row for each picture")
    if cost_matrix is None:
        decided = chances.argmax(axis=1).astype(np.int64)
        least = 1.0 - chances[np.arange(len(chances)), decided]
    else:
        costs = expected_costs(chances, cost_matrix)
        decided = costs.argmin(axis=1).astype(np.int64)
        least = costs[np.arange(len(chances)), decided]
    return decided if abstain is None else np.where(abstain < least, -1, decided)


def expected_costs(probabilities: npt.ArrayLike, cost_matrix: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(n, k): what each decision is expected to cost for each row.

    Raises:
        InputError: costs are not (k, k).
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    matrix = np.asarray(cost_matrix, dtype=np.float64)
    k = chances.shape[1]
    if matrix.shape != (k, k):
        raise InputError(f"costs of shape {matrix.shape}; allowed: ({k}, {k}), rows the truth, columns the decision")
    # class by class and not as a matrix product: BLAS rounds one row and a batch differently, which would break ties
    costs = np.zeros_like(chances)
    for true in range(k):
        costs += chances[:, true, None] * matrix[true]
    return costs
