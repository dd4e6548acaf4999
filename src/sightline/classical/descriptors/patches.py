"""Raw patches: the pixels themselves, for a dictionary to learn from."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices, Matrix, Picture
from sightline.classical.descriptors.patch_grid import patch_positions, patch_starts
from sightline.contracts import Accepts, LocalDescriptor, LocalFeatures
from sightline.errors import ComponentError, InputError
from sightline.preparation.geometry import resize

NOISE = 10 / 255**2
"""Added to the variance of a patch, with white = 1: a flat patch stays near 0 instead of showing its noise."""
MAX_VALUES = 2**28
"""A gigabyte for one picture."""


class Patches(LocalDescriptor):
    """Square patches of pixels on a regular grid, each brought to one brightness and contrast.

    A patch p becomes (p - mean) / sqrt(variance + 10), over all its values and for white = 255, so that one brightness
    and one contrast belong to the patch, not to each channel. The order of the d = patch_px^2 * c values is row,
    column, channel. Whitening is a step of its own that follows. Cost: O(m d); the 729 patches of a 32 x 32 color
    picture take 0.1 ms.

    A. Coates, H. Lee, A. Ng: An analysis of single-layer networks in unsupervised feature learning. AISTATS 2011.

    Args:
        patch_px: side of a patch.
        step_px: distance of neighboring patches.
        normalize: brightness and contrast as above; else the values with white = 1.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> Patches().describe(np.zeros((32, 32, 3), np.uint8)).vectors.shape
    (729, 108)
    """

    accepts = Accepts(channels=tuple(range(1, 17)), depths=("uint8", "uint16", "float32"))
    limits: ClassVar = {"patch_px": (1, 64), "step_px": (1, 1024), "size_px": (1, 1024)}

    def __init__(self, patch_px: int = 6, step_px: int = 1, normalize: bool = True, size_px: int | None = None) -> None:
        self.patch_px = patch_px
        self.step_px = step_px
        self.normalize = normalize
        self.size_px = size_px

    def describe(self, picture: Picture) -> LocalFeatures:
        """One (h, w, 1 to 16) picture to m patches (m, d); m is 0 where the picture is smaller than a patch.

        White is 255 in uint8, 65535 in uint16, 1 in float32, whose values may lie beyond it.

        Raises:
            InputError: a picture of another kind, or with NaN or infinity.
            ComponentError: a parameter below 1, or more values than a gigabyte holds.
        """
        self.accepts.check(picture, "Patches")
        if self.patch_px < 1 or self.step_px < 1:
            raise ComponentError(
                f"Patches was given patch_px={self.patch_px}, step_px={self.step_px}; allowed: 1 or more"
            )
        if self.size_px is not None:
            picture = resize(picture, self.size_px, self.size_px)
        rows, columns = (patch_starts(length, self.patch_px, self.step_px) for length in picture.shape[:2])
        self._check_amount(len(rows) * len(columns) * self.patch_px**2 * picture.shape[2])
        vectors = cut(_values(picture), rows, columns, self.patch_px)
        white = 1.0 if picture.dtype == np.float32 else float(np.iinfo(picture.dtype).max)
        if self.normalize:
            level(vectors, NOISE * white**2)
        else:
            vectors /= np.float32(white)
        return LocalFeatures(vectors, patch_positions(rows, columns, self.patch_px, picture.shape))

    def _check_amount(self, values: int) -> None:
        if values > MAX_VALUES:
            raise ComponentError(
                f"Patches would give {values:,} values; allowed: {MAX_VALUES:,}; raise step_px or set size_px"
            )


def _values(picture: Picture) -> npt.NDArray[np.float32]:
    """(h, w, c) float32 in the picture's own unit."""
    values = np.ascontiguousarray(picture, dtype=np.float32)
    if picture.dtype == np.float32 and not np.isfinite(values).all():
        raise InputError("Patches was given a picture with NaN or infinity; fill the holes first")
    return values


def cut(values: npt.NDArray[np.float32], rows: Indices, columns: Indices, patch_px: int) -> Matrix:
    """The patches of an (h, w, c) picture that start at rows x columns of a regular grid, (m, patch_px^2 * c), copied.

    A row of a patch is one run of memory, hence one item of `take`: half the time of copying a sliding window, which
    goes pixel by pixel.
    """
    height, _, channels = values.shape
    length = patch_px * patch_px * channels
    if not len(rows) or not len(columns):
        return np.zeros((0, length), np.float32)
    down, right, _ = values.strides
    step = int(columns[1] - columns[0]) * right if len(columns) > 1 else right
    run = np.dtype(f"V{patch_px * right}")
    runs = np.ndarray((height, len(columns)), run, values, int(columns[0]) * right, (down, step))
    inside = np.arange(patch_px)
    where = (rows[:, None, None] + inside) * len(columns) + np.arange(len(columns))[:, None]
    return runs.take(where).view(np.float32).reshape(-1, length)


def level(vectors: Matrix, noise: float) -> None:
    """Take from each row its mean and divide it by sqrt(variance + noise), in place."""
    length = np.float32(vectors.shape[1])
    means = vectors @ np.ones(vectors.shape[1], np.float32) / length
    vectors -= means[:, None]
    variances = np.einsum("ij,ij->i", vectors, vectors) / length
    vectors *= (1 / np.sqrt(variances + np.float32(noise)))[:, None]
