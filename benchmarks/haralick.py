"""Haralick's 13 statistics at 256 levels in four directions, ours against mahotas', on the same pictures.

Data: 1,000 drawn mats of 128 px in gray, in memory. Mean and range over the directions to 1e-5 of each statistic's
greatest value first; mahotas with use_x_minus_y_variance=True, which is the variance of |i - j| and not that of its
shares. One thread each.
"""
# claim: Haralick's 13 statistics are those of mahotas, at least 5 times as fast
# peers: mahotas

from __future__ import annotations

from typing import Any

import mahotas
import numpy as np
import numpy.typing as npt

from benchmarks import drawn, harness
from sightline.classical.descriptors.cooccurrence import Cooccurrence

PICTURES, SIZE_PX, RUNS = 1000, 128, 5
LIMIT, ALLOWED = 5.0, 1e-5


def main() -> None:
    """Describe the same pictures with both."""
    pictures = [np.ascontiguousarray(drawn.mat(i, i % 2 == 1, SIZE_PX, SIZE_PX)[..., 1:2]) for i in range(PICTURES)]
    ours = Cooccurrence("haralick", pooling="mean+range")

    def theirs() -> npt.NDArray[np.float64]:
        rows = [
            mahotas.features.haralick(picture[..., 0], return_mean_ptp=True, use_x_minus_y_variance=True)
            for picture in pictures
        ]
        return np.array(rows)

    harness.report(
        harness.compare(
            "haralick",
            "Are Haralick's 13 statistics those of mahotas, and how fast?",
            ours=lambda: ours.transform(pictures),
            peer=theirs,
            agree=agree,
            data=f"{PICTURES} drawn gray mats of {SIZE_PX} px in memory",
            peer_name="mahotas",
            runs=RUNS,
            limit=LIMIT,
            threads=harness.one_thread(),
        )
    )


def agree(ours: Any, peer: Any) -> str:
    """Each statistic is within `ALLOWED` of the peer's, relative to its greatest value over all pictures."""
    a, b = np.asarray(ours, np.float64), np.asarray(peer, np.float64)
    if a.shape != b.shape:
        raise harness.DisagreementError(f"ours has shape {a.shape}, the peer {b.shape}")
    worst = float((np.abs(a - b) / np.abs(b).max(axis=0)).max())
    if not worst <= ALLOWED:
        raise harness.DisagreementError(f"largest difference {worst:.2e} of a statistic; allowed {ALLOWED:.0e}")
    return f"largest difference {worst:.1e} of a statistic's greatest value, {a.size} values, allowed {ALLOWED:.0e}"


if __name__ == "__main__":
    main()
