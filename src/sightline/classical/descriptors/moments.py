"""Moments of the whole picture, or of the object in it: how its light is spread, whatever way it is turned."""

from __future__ import annotations

import functools
import math
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.classical.descriptors.silhouette import KINDS, brightness, silhouette
from sightline.contracts import Accepts, GlobalDescriptor
from sightline.errors import ComponentError, nearest

SOURCES = ("grey", "silhouette")
FAINT = 1e-12
"""Where the logarithm of a Hu moment begins: what rounding to uint8 alone makes of a symmetric picture's zeros."""
MAX_DEGREE = 20
"""Zernike polynomials grow as 2.4^degree toward the corners of the disc's square; at 20 that leaves 8 digits."""
ON_THE_CIRCLE = 1 + np.finfo(np.float64).eps
"""The largest square whose root is 1 in float64: such a pixel is still in the disc, as it is in mahotas."""


class HuMoments(GlobalDescriptor):
    """Hu's seven moment invariants, on a logarithmic scale: position, size and turn change nothing.

    Each is sign(H) * log10(1 + |H| / 1e-12) of a picture with white = 1, which is continuous, hence 0 for what symmetry
    makes 0; the usual -sign(H) * log10 |H| is not, and there it shows rounding errors. A mirror changes the sign of
    the seventh (and of the eighth) and nothing else. Brighter light changes them for "grey"; for "silhouette" only as
    far as rounding does.
    d = 7 or 8; a black picture, or one without an object, gives zeros. Cost: O(h w).

    M.-K. Hu: Visual pattern recognition by moment invariants. IRE Trans. Information Theory 8, 1962. The eighth is
    Im(c20 c12^2) of J. Flusser: On the independence of rotation moment invariants. Pattern Recognition 33, 2000.

    Args:
        of: "silhouette", the largest object that Otsu's threshold cuts out, or "grey", the brightness itself.
        eighth: add the invariant that Hu's set lacks.
        mirror_invariant: forget the signs that a mirror changes.

    >>> import numpy as np
    >>> square = np.zeros((32, 32, 1), np.uint8)
    >>> square[8:24, 8:24] = 200
    >>> HuMoments().describe(square).round(1)  # of the seven, a square has only the first one
    array([11.2,  0. ,  0. ,  0. ,  0. ,  0. ,  0. ], dtype=float32)
    """

    accepts = Accepts(*KINDS)

    def __init__(self, of: str = "silhouette", eighth: bool = False, mirror_invariant: bool = False) -> None:
        self.of = of
        self.eighth = eighth
        self.mirror_invariant = mirror_invariant

    def invariances(self) -> tuple[str, ...]:
        """Turns; mirrors if the signs are forgotten; an offset if brightness only serves to find the object.

        A gain as well, in exact arithmetic: rounding its result moves pixels across the threshold, and the logarithm
        shows a few pixels of a ragged object.
        """
        mirror = ("flip",) if self.mirror_invariant else ()
        return ("rotate90", *mirror, *(("offset",) if self.of == "silhouette" else ()))

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8, uint16 or float32 (in [0, 1]) picture to (7 or 8,) float32, about -12 to 12.

        Raises:
            InputError: a picture of another kind, or with values that are no brightness.
            ComponentError: an unknown `of`.
        """
        self.accepts.check(picture, "HuMoments")
        if self.of not in SOURCES:
            raise ComponentError(f'HuMoments was given of="{self.of}"; {nearest(self.of, SOURCES)}')
        image = brightness(picture, "HuMoments")
        found = hu_moments(silhouette(image), 1.0) if self.of == "silhouette" else hu_moments(image, white_of(image))
        if self.mirror_invariant:
            found[6:] = np.abs(found[6:])
        found = found if self.eighth else found[:7]
        return (np.sign(found) * np.log10(1 + np.abs(found) / FAINT)).astype(np.float32)


def white_of(image: Array) -> float:
    """The value of white: the largest of an integer type, 1 for floats."""
    return float(np.iinfo(image.dtype).max) if image.dtype.kind == "u" else 1.0


def hu_moments(image: Array, white: float) -> npt.NDArray[np.float64]:
    """(h, w) to the 8 invariants of image / white, through complex moments; zeros for a black image."""
    central = cv2.moments(image)
    # Normalized moments of order o go with the values to the power of -o / 2: cheaper than to divide every pixel.
    second, third = white, white**1.5
    nu20, nu11, nu02 = (central[name] * second for name in ("nu20", "nu11", "nu02"))
    nu30, nu21, nu12, nu03 = (central[name] * third for name in ("nu30", "nu21", "nu12", "nu03"))
    c20 = complex(nu20 - nu02, 2 * nu11)
    c30 = complex(nu30 - 3 * nu12, 3 * nu21 - nu03)
    c12 = complex(nu30 + nu12, -nu21 - nu03)
    fifth, sixth = c30 * c12**3, c20 * c12**2
    squares = (abs(c20) ** 2, abs(c30) ** 2, abs(c12) ** 2)
    return np.array([nu20 + nu02, *squares, fifth.real, sixth.real, fifth.imag, sixth.imag])


class ZernikeMoments(GlobalDescriptor):
    """Magnitudes of the Zernike moments in a disc around the center of mass: what it looks like, whatever its turn.

    The values are those of mahotas (agreement within 1e-4 relative): |A_nl| for n = 0..degree and l = n mod 2, ..., n,
    of the disc's brightness divided by its sum, so that the first is always 1 / pi. The center is that of the whole
    picture's mass, between pixels; pixels whose center is outside the disc do not count. Where mahotas gives NaN, in a
    disc without light, all values are 0. For degree 8, d = 25. Cost: O(h w degree).

    A Zernike polynomial is a polynomial in x and y, hence its moment a sum of moments of x^p y^q, and these are two
    small matrix products, rows^T picture columns, for any center.

    M. R. Teague: Image analysis via the general theory of moments. JOSA 70, 1980. A. Khotanzad, Y. H. Hong: Invariant
    image recognition by Zernike moments. IEEE TPAMI 12, 1990.

    Args:
        degree: of the highest polynomial, 0 to 20.
        radius_px: of the disc; None is half of the picture's shorter side.

    >>> import numpy as np
    >>> ZernikeMoments(degree=2).describe(np.full((64, 64, 1), 99, np.uint8)).round(2)  # a flat disc: 1 / pi, then 0
    array([0.32, 0.  , 0.  , 0.  ], dtype=float32)
    """

    accepts = Accepts(*KINDS)
    invariant_to = ("rotate90", "flip", "gain")
    limits: ClassVar = {"degree": (0, MAX_DEGREE), "radius_px": (0.5, 65_536)}

    def __init__(self, degree: int = 8, radius_px: float | None = None) -> None:
        self.degree = degree
        self.radius_px = radius_px

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 1 or 3) uint8, uint16 or float32 picture to (d,) float32, at least 0.

        Raises:
            InputError: a picture of another kind, or with values that are no brightness.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "ZernikeMoments")
        image = brightness(picture, "ZernikeMoments")
        radius_px = min(image.shape) / 2 if self.radius_px is None else self.radius_px
        if not 0 <= self.degree <= MAX_DEGREE or not 0.5 <= radius_px < math.inf:
            raise ComponentError(
                f"ZernikeMoments was given degree={self.degree}, radius_px={self.radius_px}; allowed: degree 0 to "
                f"{MAX_DEGREE}, radius_px 0.5 or more"
            )
        moments = disc_moments(image, self.degree, radius_px)
        if moments[0, 0] <= 0:
            return np.zeros(len(zernike_coefficients(self.degree)), np.float32)
        magnitudes = np.abs(zernike_coefficients(self.degree) @ (moments.ravel() / moments[0, 0]))
        return np.asarray(magnitudes, np.float32)


def disc_moments(image: Array, degree: int, radius_px: float) -> npt.NDArray[np.float64]:
    """(h, w) to (degree + 1, degree + 1): sums of y^q x^p image over the disc, whose radius is 1; zeros if black.

    The disc lies around the center of mass of the whole image.
    """
    whole = cv2.moments(image)
    if whole["m00"] <= 0:
        return np.zeros((degree + 1, degree + 1))
    rows, y = _side(whole["m01"] / whole["m00"], image.shape[0], radius_px)
    columns, x = _side(whole["m10"] / whole["m00"], image.shape[1], radius_px)
    inside = np.add.outer(y * y, x * x) <= ON_THE_CIRCLE
    disc = (image[rows, columns] * inside).astype(np.float64)
    moments: npt.NDArray[np.float64] = _powers(y, degree) @ disc @ _powers(x, degree).T
    return moments


def _side(center: float, length: int, radius_px: float) -> tuple[slice, npt.NDArray[np.float64]]:
    """The pixels of a side that the disc may cover, and where they are in the unit disc."""
    first, last = max(math.floor(center - radius_px), 0), min(math.ceil(center + radius_px), length - 1)
    return slice(first, last + 1), (np.arange(first, last + 1, dtype=np.float64) - center) / radius_px


def _powers(values: npt.NDArray[np.float64], degree: int) -> npt.NDArray[np.float64]:
    """(m,) to (degree + 1, m): the 0th to the last power, by products, which cost a tenth of `**`."""
    powers = np.empty((degree + 1, len(values)))
    powers[0] = 1
    for degree_ in range(degree):
        np.multiply(powers[degree_], values, out=powers[degree_ + 1])
    return powers


@functools.lru_cache(8)
def zernike_coefficients(degree: int) -> npt.NDArray[np.complex128]:
    """(d, (degree + 1)^2): what the moment of y^q x^p, at q * (degree + 1) + p, contributes to each A_nl."""
    rows = [_polynomial(n, order, degree).ravel() for n in range(degree + 1) for order in range(n % 2, n + 1, 2)]
    return np.array(rows)


def _polynomial(n: int, order: int, degree: int) -> npt.NDArray[np.complex128]:
    """(n + 1) / pi times the conjugate of V_nl, as coefficients [q, p] of y^q x^p."""
    polynomial = np.zeros((degree + 1, degree + 1), np.complex128)
    for s in range((n - order) // 2 + 1):
        half_up, half_down = (n + order) // 2 - s, (n - order) // 2 - s
        radial = (-1) ** s * math.factorial(n - s) / math.prod(map(math.factorial, (s, half_up, half_down)))
        for a in range(half_down + 1):  # rho^(n - 2 s) e^(-i l theta) = (x^2 + y^2)^half_down (x - i y)^l
            for b in range(order + 1):
                ways = math.comb(half_down, a) * math.comb(order, b)
                polynomial[2 * a + b, n - 2 * s - 2 * a - b] += radial * ways * (-1j) ** b
    return polynomial * (n + 1) / math.pi
