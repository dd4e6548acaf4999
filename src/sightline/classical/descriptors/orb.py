"""ORB: corners with binary descriptors, for speed."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np

from sightline.arrays import Picture
from sightline.classical.descriptors.grey import grey
from sightline.classical.descriptors.keypoints import strongest
from sightline.contracts import Accepts, LocalDescriptor, LocalFeatures
from sightline.errors import ComponentError

BITS = 256


class ORB(LocalDescriptor):
    """Oriented FAST corners with rotated BRIEF descriptors, the strongest first.

    Each of the d = 256 bits says which of two points near the corner is brighter. They are given as float32 0 or 1, so
    that codebooks can average them; the squared Euclidean distance of two vectors is then the Hamming distance. The
    order is that of OpenCV's bytes, highest bit first. A picture without corners, or of at most 2 * patch_px pixels a
    side, gives no vectors. By OpenCV. Cost: O(h w), 1 ms for a 128 x 128 picture.

    E. Rublee et al.: ORB: an efficient alternative to SIFT or SURF. ICCV 2011.

    Args:
        max_keypoints: the strongest of them are kept.
        threshold: a corner is this much (0 to 255) brighter or darker than the points around it; smaller finds more.
        levels: sizes that the picture is searched at, each 1.2 times smaller.
        patch_px: side of the patch that is described, and of the border without corners; pictures below 64 px need less
            than 31.
        size_px: the picture is brought to size_px x size_px first; None takes it as it comes.

    >>> import numpy as np
    >>> ORB().describe(np.zeros((64, 64, 3), np.uint8)).vectors.shape
    (0, 256)
    """

    accepts = Accepts(channels=(1, 3))
    limits: ClassVar = {
        "max_keypoints": (1, 100_000),
        "threshold": (1, 255),
        "levels": (1, 12),
        "patch_px": (5, 255),
        "size_px": (1, 2048),
    }

    def __init__(
        self,
        max_keypoints: int = 500,
        threshold: int = 20,
        levels: int = 8,
        patch_px: int = 31,
        size_px: int | None = None,
    ) -> None:
        self.max_keypoints = max_keypoints
        self.threshold = threshold
        self.levels = levels
        self.patch_px = patch_px
        self.size_px = size_px

    def describe(self, picture: Picture) -> LocalFeatures:
        """One (h, w, 1 or 3) uint8 picture to m vectors of 256 bits; m is 0 where there are no corners.

        Raises:
            InputError: a picture of another kind.
            ComponentError: a parameter out of range.
        """
        self.accepts.check(picture, "ORB")
        for name in ("max_keypoints", "threshold", "levels", "patch_px"):
            (least, most), value = self.limits[name], getattr(self, name)
            if not least <= value <= most:
                raise ComponentError(f"ORB was given {name}={value}; allowed: {least} to {most}")
        image = grey(picture, self.size_px)
        if min(image.shape) <= 2 * self.patch_px:  # all border; OpenCV would fail on the smallest of them
            return _none()
        # a detector for each call: it keeps state and may not be shared by threads, and making one takes a microsecond
        detector = cv2.ORB.create(
            nfeatures=self.max_keypoints,
            nlevels=self.levels,
            edgeThreshold=self.patch_px,
            patchSize=self.patch_px,
            fastThreshold=self.threshold,
        )
        keypoints, codes = detector.detectAndCompute(image, None)
        if codes is None or not len(keypoints):
            return _none()
        order, positions = strongest(keypoints, self.max_keypoints, image.shape)
        return LocalFeatures(np.unpackbits(np.asarray(codes, np.uint8)[order], axis=1).astype(np.float32), positions)


def _none() -> LocalFeatures:
    return LocalFeatures(np.zeros((0, BITS), np.float32), np.zeros((0, 2), np.float32))
