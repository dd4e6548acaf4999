"""Resampling of the units that vary independently: pictures, or groups of pictures where there are groups.

The intervals use the Bayesian bootstrap (Rubin 1981): a draw weighs each unit with an exponential number instead of
counting how often it was drawn. It has the spread of the ordinary bootstrap, no class ever vanishes from a draw, and m
equal units weigh together like one gamma number of shape m, so that a million pictures cost as much as a hundred.

Resampling alone calls a perfect result on 30 pictures certain. So each draw also weighs one more unit of unknown
outcome, right in half of the draws. For a plain proportion this makes the draws exactly the mid-P confidence
distribution of the binomial (half Beta(x, n - x + 1), half Beta(x + 1, n - x)); 30 right of 30 has a lower end of
0.91.
With groups the added unit weighs as many pictures as mistakes come together (`clump`): all right in 10 groups of 50
is as good as 10 right of 10, no better, for nothing in the data says that mistakes come singly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices
from sightline.errors import InputError
from sightline.metrics.classification import Floats

DRAWS = 2000
"""Draws of one interval; with them the ends of a 95 % interval move by about 3 % of its width from seed to seed."""

WORK = 200_000_000
"""Numbers drawn for one interval at most; beyond 100,000 distinct units there are fewer draws, 400 at least."""

BLOCK = 1_000_000
"""Weights held at once."""

SMALL = 100_000
"""Cells times places up to which sums are matrix products."""

# the 97.5 % quantile of Student's t for 1 to 8 degrees of freedom; above, its expansion in 1 / df is good to 0.0004
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306)
Z = 1.959964
_EXPANSION = ((Z**3 + Z) / 4, (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96, (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384)


class Cells(NamedTuple):
    """Rows of data put together where they are alike: c cells over u independent units.

    Attributes:
        first: (c,) a row of each cell.
        unit: (c,) the unit of each cell.
        shape: (u,) gamma shape of each unit's weight: 1 for a group, else the number of rows.
        scale: (c,) what the unit's weight is multiplied with: the rows of the cell in its group, else 1.
        units: number of independent units: groups, or rows.
    """

    first: Indices
    unit: Indices
    shape: Floats
    scale: Floats
    units: int

    def weights(self, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
        """The weights of all draws, some (b, c) at a time; their expectation is the number of rows in each cell."""
        single = bool((self.shape == 1).all())
        size = max(1, BLOCK // len(self.first))
        for start in range(0, draws, size):
            several = (min(size, draws - start), len(self.shape))
            drawn = rng.standard_exponential(several) if single else rng.standard_gamma(self.shape, several)
            yield np.take(drawn, self.unit, axis=1) * self.scale

    def sums(self, rng: np.random.Generator, parts: Sequence[tuple[Indices, Floats]], k: int) -> list[Floats]:
        """For each part, places (c,) in [0, k) and values (c,): the weighed values summed at each place, (B, k)."""
        blocks = self.weights(rng, self.draws())
        if len(self.first) * k > SMALL:
            sums = [[np.bincount(place, row * value, k) for place, value in parts] for block in blocks for row in block]
            return [np.array(part) for part in zip(*sums, strict=True)]
        # a product with one column for each place is ten times as fast as counting draw by draw
        columns = [value[:, None] * (place[:, None] == np.arange(k)) for place, value in parts]
        products = [[block @ column for column in columns] for block in blocks]
        return [np.concatenate(part) for part in zip(*products, strict=True)]

    def draws(self) -> int:
        """How many draws fit into the work that one interval may cost."""
        return int(np.clip(WORK // len(self.first), 400, DRAWS))


def group_numbers(groups: npt.ArrayLike, n: int) -> Indices:
    """The number of each row's group, (n,) in [0, u).

    Raises:
        InputError: not one group for each of the n rows.
    """
    names = np.asarray(groups)
    if names.shape != (n,):
        raise InputError(f"groups of shape {names.shape} for {n} rows; give one group for each row")
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def cells(kind: Indices, groups: npt.ArrayLike | None = None) -> Cells:
    """Put together rows of the same `kind` (n,), within their group where groups are given.

    Raises:
        InputError: not one group for each row.
    """
    if groups is None:
        _, first, count = np.unique(kind, return_index=True, return_counts=True)
        own = np.arange(len(first))
        return Cells(first, own, count.astype(np.float64), np.ones(len(first)), len(kind))
    number = group_numbers(groups, len(kind))
    kinds, kind = np.unique(kind, return_inverse=True)
    _, first, count = np.unique(number * len(kinds) + kind, return_index=True, return_counts=True)
    u = int(number.max()) + 1
    return Cells(first, number[first], np.ones(u), count.astype(np.float64), u)


def clump(mistakes: Floats, groups: npt.ArrayLike | None, scale: float = 1.0) -> float:
    """How many pictures go wrong together: 1 for independent mistakes, up to the mean group size.

    The design effect of the mean of `mistakes` (n,) under the groups, starting from the belief, worth one mistake of
    size `scale`, that groups go wrong as a whole.
    """
    if groups is None:
        return 1.0
    number = group_numbers(groups, len(mistakes))
    sizes = np.bincount(number)
    typical = float((sizes.astype(np.float64) ** 2).sum() / sizes.sum())
    if len(sizes) == 1:
        return typical
    centered = mistakes - mistakes.mean()
    together = (np.bincount(number, centered) ** 2).sum() * len(sizes) / (len(sizes) - 1)
    effect = (together + typical * scale**2) / ((centered**2).sum() + scale**2)
    return float(np.clip(effect, 1.0, typical))


def stretch(units: int) -> float:
    """How much wider than its draws an interval from few groups must be; infinite for one group.

    Student's t in place of the normal, and the variance u / (u + 1) of the draws put back to u / (u - 1).
    """
    if units < 2:
        return float("inf")
    df = units - 1
    t = _T[df - 1] if df <= len(_T) else Z + sum(part / df**power for power, part in enumerate(_EXPANSION, 1))
    return t / Z * float(np.sqrt((units + 1) / (units - 1)))
