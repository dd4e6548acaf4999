"""Local binary patterns, ours against scikit-image's, on the same pictures.

Data: 1,000 drawn mats of 128 px in gray, in memory; 8 points at radius 1, uniform patterns. The 10 bins of each picture
hold exactly the same numbers of pixels; one thread each.
"""
# claim: LBP histograms are exactly those of scikit-image, at 12 times its speed
# peers: scikit-image

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from skimage import feature

from benchmarks import drawn, harness
from sightline.classical.descriptors.lbp import LocalBinaryPattern

PICTURES, SIZE_PX, RUNS = 1000, 128, 5
POINTS, RADIUS, BINS = 8, 1, 10
local_binary_pattern: Any = feature.local_binary_pattern


def main() -> None:
    """Describe the same pictures with both."""
    pictures = [np.ascontiguousarray(drawn.mat(i, i % 2 == 1, SIZE_PX, SIZE_PX)[..., 1:2]) for i in range(PICTURES)]
    ours = LocalBinaryPattern(POINTS, RADIUS)

    def theirs() -> list[npt.NDArray[np.int64]]:
        codes = (local_binary_pattern(picture[..., 0], POINTS, RADIUS, "uniform") for picture in pictures)
        return [np.bincount(numbers.astype(np.uint8).ravel(), minlength=BINS) for numbers in codes]

    harness.report(
        harness.compare(
            "lbp",
            "Are the histograms of LocalBinaryPattern those of scikit-image, and how fast?",
            ours=lambda: ours.transform(pictures),
            peer=theirs,
            agree=agree,
            data=f"{PICTURES} drawn gray mats of {SIZE_PX} px in memory, {POINTS} points, radius {RADIUS}, uniform",
            peer_name="scikit-image",
            runs=RUNS,
            limit=12,
            threads=harness.one_thread(),
        )
    )


def agree(ours: Any, peer: Any) -> str:
    """Every bin of every picture holds the same number of pixels."""
    counts = np.round(np.asarray(ours, np.float64) * SIZE_PX**2).astype(np.int64)
    different = int((counts != np.asarray(peer)).sum())
    if different:
        raise harness.DisagreementError(f"{different} of {counts.size} bins hold another number of pixels; allowed 0")
    return f"all {counts.size} bins hold the same number of pixels"


if __name__ == "__main__":
    main()
