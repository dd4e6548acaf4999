"""The shape of the object in a picture: how large, how round, how ragged."""

from __future__ import annotations

import math
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.silhouette import KINDS, Mask, found_in
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError

POINTS = 256
"""Points that a contour is resampled to before its Fourier transform."""
NAMES = ("area", "perimeter", "eccentricity", "solidity", "extent", "compactness", "filled", "holes")
"""What the vector begins with, in this order."""


class ContourShape(GlobalDescriptor):
    """Shape of the object in a picture, with the Fourier descriptors of its contour.

    - area: pixels of the object as a share of the picture's.
    - perimeter: length of the outer contour over that of the picture's frame. It runs through the centers of the
      border's pixels, and half a pixel outward of that is pi longer.
    - eccentricity: of the ellipse with the same second moments; 0 a disc, 1 a line.
    - solidity: area over that of the convex hull of its pixels, as squares.
    - extent: area over that of the upright bounding box.
    - compactness: 4 pi area / perimeter^2, at most 1; about 0.9 for a disc, whose border is one of pixels.
    - filled: area over the area with the holes filled.
    - holes: log(1 + their number).
    - `fourier` magnitudes of the contour x + i y at equal steps, at the frequencies 1, -1, 2, -2, ..., divided by the
      length of all but the 0th: position, size, turn, mirror and starting point change nothing. (Granlund divides by
      that of frequency 1, which a tangled contour need not have.)

    d = 8 + fourier; a picture without an object, as a constant one, gives zeros. Cost: O(h w).

    C. T. Zahn, R. Z. Roskies: Fourier descriptors for plane closed curves. IEEE Trans. Computers 21, 1972.
    G. H. Granlund: Fourier preprocessing for hand print character recognition. IEEE Trans. Computers 21, 1972.

    Args:
        fourier: how many Fourier magnitudes, 0 to 128.
        find: "otsu", an object against an even background; "standout", a small one against an uneven background.

    >>> import numpy as np
    >>> bar = np.zeros((20, 20, 1), np.uint8)
    >>> bar[4:9, 2:18] = 200
    >>> ContourShape(fourier=0).describe(bar).round(2)  # 5 x 16 of 20 x 20 pixels, convex, upright, without holes
    array([0.2 , 0.51, 0.95, 1.  , 1.  , 0.59, 1.  , 0.  ], dtype=float32)
    """

    accepts = Accepts(*KINDS)
    limits: ClassVar = {"fourier": (0, POINTS // 2)}

    def __init__(self, fourier: int = 16, find: str = "otsu") -> None:
        self.fourier = fourier
        self.find = find

    def invariances(self) -> tuple[str, ...]:
        """What stands out must do so by some levels, whatever the light."""
        return ("rotate90", "flip", "gain", "offset") if self.find == "otsu" else ("rotate90", "flip", "offset")

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8, uint16 or float32 (in [0, 1]) picture to (8 + fourier,) float32, at least 0.

        Raises:
            InputError: a picture of another kind, or with values that are no brightness.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "ContourShape")
        if not 0 <= self.fourier <= POINTS // 2:
            raise ComponentError(f"ContourShape was given fourier={self.fourier}; allowed: 0 to {POINTS // 2}")
        mask = found_in(picture, self.find, "ContourShape").mask
        contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        if not contours:
            return np.zeros(len(NAMES) + self.fourier, np.float32)
        outer = contours[int(np.argmin(tree[0, :, 3]))]  # the one without a parent; those of holes have it as theirs
        shape = shape_of(mask, outer, len(contours) - 1)
        return np.concatenate([shape, fourier_magnitudes(outer, self.fourier)]).astype(np.float32)


def shape_of(mask: Mask, outer: Array, holes: int) -> npt.NDArray[np.float64]:
    """The eight numbers called `NAMES` of one object, given its outer contour (m, 1, 2) and the number of its holes."""
    area = float(np.count_nonzero(mask))
    _, _, width, height = cv2.boundingRect(outer)
    perimeter = cv2.arcLength(outer, True) + math.pi
    # A polygon through pixel centers, grown by half a pixel to each side, gains its width and height and one corner.
    hull = cv2.contourArea(cv2.convexHull(outer)) + width + height - 1
    filled = area if not holes else float(cv2.countNonZero(cv2.drawContours(np.zeros_like(mask), [outer], 0, 1, -1)))
    compactness = min(4 * math.pi * area / perimeter**2, 1.0)
    frame = 2 * (mask.shape[0] + mask.shape[1])
    return np.array(
        [
            area / mask.size,
            perimeter / frame,
            eccentricity(mask),
            area / hull,
            area / (width * height),
            compactness,
            area / filled,
            math.log1p(holes),
        ]
    )


def eccentricity(mask: Mask) -> float:
    """sqrt(1 - minor^2 / major^2) of the ellipse with the mask's second moments; 0 for a single pixel."""
    found = cv2.moments(mask, binaryImage=True)
    half_sum, half_difference = (found["mu20"] + found["mu02"]) / 2, (found["mu20"] - found["mu02"]) / 2
    spread = math.hypot(half_difference, found["mu11"])
    if half_sum <= 0:
        return 0.0
    return math.sqrt(min(2 * spread / (half_sum + spread), 1.0))


def fourier_magnitudes(contour: Array, count: int) -> npt.NDArray[np.float64]:
    """(m, 1, 2) closed contour to (count,) in [0, 1]: frequencies 1, -1, 2, -2, ...; zeros for a single point.

    Counterclockwise and clockwise contours give the same.
    """
    points = contour.reshape(-1, 2).astype(np.float64) @ np.array([1, 1j])
    if cv2.contourArea(contour, oriented=True) < 0:
        points = points.conj()
    closed = np.append(points, points[0])
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(closed)))])
    steps = np.arange(POINTS) * (along[-1] / POINTS)
    waves = np.abs(np.fft.fft(np.interp(steps, along, closed)))
    waves[0] = 0
    frequencies = np.stack([np.arange(1, POINTS // 2), -np.arange(1, POINTS // 2)], axis=1).ravel()[:count]
    magnitudes: npt.NDArray[np.float64] = waves[frequencies] / max(float(np.linalg.norm(waves)), 1e-9)
    return magnitudes
