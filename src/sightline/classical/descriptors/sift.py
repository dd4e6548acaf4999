"""SIFT at keypoints: distinctive places, each in its own scale and direction."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np

from sightline.arrays import Matrix, Picture
from sightline.classical.descriptors.grey import grey
from sightline.classical.descriptors.keypoints import strongest
from sightline.contracts import Accepts, LocalDescriptor, LocalFeatures
from sightline.errors import ComponentError

LENGTH = 128


class SIFT(LocalDescriptor):
    """SIFT descriptors at the extrema of scale space, the strongest first.

    Each keypoint has its own scale and main direction, so that a vector says the same of a part that is turned or
    nearer to the camera: for objects with parts. For texture and scenes, `DenseSIFT` says more of every place and takes
    a twentieth of the time. A picture without extrema (flat, blurred, tiny) gives no vectors. By OpenCV.
    The order of the d = 128 values is bin row, bin column, direction, in the keypoint's own frame.
    Cost: O(h w) for the scale space, 4 ms for a 128 x 128 picture, and O(m).

    D. G. Lowe: Distinctive image features from scale-invariant keypoints. IJCV 60, 2004.
    R. Arandjelovic, A. Zisserman: Three things everyone should know to improve object retrieval. CVPR 2012 (the root).

    Args:
        max_keypoints: the strongest of them are kept.
        contrast: least contrast of a keypoint, with white = 1; smaller finds more.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.
        root: RootSIFT, the square root of each vector's shares; else vectors of length 1.

    >>> import numpy as np
    >>> SIFT().describe(np.zeros((64, 64, 3), np.uint8)).vectors.shape
    (0, 128)
    """

    accepts = Accepts(channels=(1, 3))
    limits: ClassVar = {"max_keypoints": (1, 100_000), "contrast": (0, 1), "size_px": (1, 2048)}

    def __init__(
        self, max_keypoints: int = 500, contrast: float = 0.04, size_px: int | None = None, root: bool = True
    ) -> None:
        self.max_keypoints = max_keypoints
        self.contrast = contrast
        self.size_px = size_px
        self.root = root

    def describe(self, picture: Picture) -> LocalFeatures:
        """One (h, w, 1 or 3) uint8 picture to m vectors of 128; m is 0 where nothing stands out.

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "SIFT")
        if self.max_keypoints < 1 or not 0 <= self.contrast <= 1:
            raise ComponentError(
                f"SIFT was given max_keypoints={self.max_keypoints}, contrast={self.contrast}; allowed: 1 keypoint or "
                "more, contrast 0 to 1"
            )
        image = grey(picture, self.size_px)
        # a detector for each call: it keeps state and may not be shared by threads, and making one takes a microsecond
        detector = cv2.SIFT.create(nfeatures=self.max_keypoints, contrastThreshold=self.contrast)
        keypoints, vectors = detector.detectAndCompute(image, None)
        if vectors is None or not len(keypoints):
            return LocalFeatures(np.zeros((0, LENGTH), np.float32), np.zeros((0, 2), np.float32))
        order, positions = strongest(keypoints, self.max_keypoints, image.shape)
        return LocalFeatures(_scaled(np.asarray(vectors, np.float32)[order], self.root), positions)


def _scaled(vectors: Matrix, root: bool) -> Matrix:
    """(m, 128) whole numbers 0 to 255, as OpenCV rounds them, to vectors of length 1, in place."""
    if root:
        vectors /= np.maximum(vectors.sum(axis=1), 1)[:, None]
        return np.sqrt(vectors, out=vectors)
    vectors /= np.maximum(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), 1)[:, None]
    return vectors
