"""Moments of the object in a picture, in the frame of its own axes: how long, how wide, how bent, how lopsided."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.silhouette import KINDS, Mask, found_in
from sightline.contracts import Accepts, GlobalDescriptor

MOMENTS = ((3, 0), (2, 1), (1, 2), (0, 3), (4, 0), (3, 1), (2, 2), (1, 3), (0, 4))
"""Powers along and across the object, of the moments that the vector ends with."""
NAMES = ("length", "width", "slenderness", "bend", *(f"along{p}_across{q}" for p, q in MOMENTS))
"""What the vector holds, in this order."""
PIXEL = 1 / 12
"""The second moment of a pixel, which is a square and no point."""


class PrincipalMoments(GlobalDescriptor):
    """Standardized moments of the object in a picture along and across its longer axis, weighted by its contrast.

    A pixel of the object counts as much as it differs from what is around it, so that an object of a few pixels, whose
    outline is all steps, is still measured to parts of a pixel: a nail of 3 x 25 pixels, bent by one.

    - length, width: standard deviations along and across, as a share of the square root of the picture's area.
    - slenderness: width over length, at most 1.
    - bend: the share of the width that a parabola along the object explains, in [0, 1].
    - the nine standardized moments of third and fourth order, E[along^p across^q] / (length^p width^q), without the
      sign that a half turn or a mirror changes.

    d = 13; a picture without an object, as a constant one, gives zeros. Of an object as long as wide the axes are
    arbitrary, and so are the moments. Cost: O(h w).

    M.-K. Hu: Visual pattern recognition by moment invariants. IRE Trans. Information Theory 8, 1962 (the method of
    principal axes). I. Rothe, H. Susse, K. Voss: The method of normalization to determine invariants. IEEE TPAMI 18,
    1996.

    Args:
        find: "otsu", an object against an even background; "standout", a small one against an uneven background.

    >>> import numpy as np
    >>> bar = np.zeros((40, 40, 1), np.uint8)
    >>> bar[10:14, 4:28] = 200
    >>> PrincipalMoments().describe(bar)[:4].round(2)  # 24 x 4 of 40 x 40 pixels; sqrt(1 / 12) of each; straight
    array([0.17, 0.03, 0.17, 0.  ], dtype=float32)
    """

    accepts = Accepts(*KINDS)

    def __init__(self, find: str = "otsu") -> None:
        self.find = find

    def invariances(self) -> tuple[str, ...]:
        """What stands out must do so by some levels, whatever the light."""
        return ("rotate90", "flip", "gain", "offset") if self.find == "otsu" else ("rotate90", "flip", "offset")

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8, uint16 or float32 (in [0, 1]) picture to (13,) float32, at least 0.

        Raises:
            InputError: a picture of another kind, or with values that are no brightness.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "PrincipalMoments")
        found = found_in(picture, self.find, "PrincipalMoments")
        return principal_moments(found.mask, found.contrast()).astype(np.float32)


def principal_moments(mask: Mask, contrast: Array) -> npt.NDArray[np.float64]:
    """(h, w) mask of an object and how much each pixel differs from what is around it, to the 13 `NAMES`."""
    down, across = np.nonzero(mask)
    weights = contrast[down, across].astype(np.float64)
    if not weights.any():
        return np.zeros(len(NAMES))
    weights /= weights.sum()
    centered = np.stack([across - weights @ across, down - weights @ down])
    spread = (centered * weights) @ centered.T + PIXEL * np.eye(2)
    squares, axes = np.linalg.eigh(spread)  # ascending
    width, length = np.sqrt(squares)
    v, u = (axes.T @ centered) / np.array([[width], [length]])
    found = {(p, q): float(weights @ (u**p * v**q)) for p, q in MOMENTS}
    # The regression of v on u^2, beyond its mean and its slope along u.
    unexplained = found[4, 0] - float(weights @ u**2) ** 2 - found[3, 0] ** 2
    bend = min(found[2, 1] ** 2 / unexplained, 1.0) if unexplained > 1e-9 else 0.0
    side = math.sqrt(mask.size)
    return np.array([length / side, width / side, width / length, bend, *(abs(found[pair]) for pair in MOMENTS)])
