"""A Gabor bank of 4 scales and 6 orientations, ours against OpenCV's filter2D with the same kernels.

Data: 1,000 drawn mats of 128 px in gray, in memory; OpenCV, of which a run of all takes 20 seconds, is given the first
100, so are we. OpenCV filters with the kernels out to 4 standard deviations, every pixel. Agreement first, of each
response in the inner half of each side: to 1e-3 of the greatest value at the pixels that ours are sampled at, so that
kernels and filters are the same. Then means and deviations over the picture are compared and reported. One thread each.
"""
# claim: the Gabor bank gives the responses of OpenCV's filter2D to 1e-3, at 5 times its speed

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks import drawn, harness
from sightline.classical.descriptors.gabor import GaborBank, Wave, responses

PICTURES, SIZE_PX, RUNS = 100, 128, 5
COMPARED, ALLOWED, DEVIATIONS = 20, 1e-3, 4
Map = npt.NDArray[np.float32]


def main() -> None:
    """Describe the same pictures with both."""
    pictures = [np.ascontiguousarray(drawn.mat(i, i % 2 == 1, SIZE_PX, SIZE_PX)[..., 1:2]) for i in range(PICTURES)]
    ours = GaborBank()
    waves = ours.waves()
    kernels = [parts(wave) for wave in waves]

    def theirs() -> list[list[float]]:
        return [[figure for kernel in kernels for figure in moments(filtered(one, kernel))] for one in pictures]

    def agree(ours: Any, peer: Any) -> str:
        worst = max(
            difference(magnitudes, filtered(picture, kernel), wave.step_px)
            for picture in pictures[:COMPARED]
            for wave, kernel, magnitudes in zip(waves, kernels, responses(picture[..., 0], waves), strict=True)
        )
        if not worst <= ALLOWED:
            raise harness.DisagreementError(f"largest difference of a response {worst:.2e}; allowed {ALLOWED:.0e}")
        a, b = np.asarray(ours, np.float64), np.asarray(peer, np.float64)
        apart = np.abs(a - b).mean(axis=0) / b.mean(axis=0)
        return (
            f"largest difference of a response {worst:.1e} of the greatest, allowed {ALLOWED:.0e}; means and "
            f"deviations of scales 1 to 4 are {', '.join(f'{scale.mean():.1e}' for scale in np.split(apart, 4))} apart"
        )

    harness.report(
        harness.compare(
            "gabor",
            "Are the responses of GaborBank those of OpenCV's filter2D, and how fast?",
            ours=lambda: ours.transform(pictures),
            peer=theirs,
            agree=agree,
            data=f"{PICTURES} drawn gray mats of {SIZE_PX} px in memory, 4 scales, 6 orientations",
            peer_name="OpenCV filter2D",
            runs=RUNS,
            limit=5,
            threads=harness.one_thread(),
        )
    )


def parts(wave: Wave) -> tuple[Map, Map]:
    """The real and the imaginary part of a filter's kernel."""
    kernel = wave.kernel(math.ceil(DEVIATIONS / (2 * math.pi * min(wave.along, wave.across))))
    return np.ascontiguousarray(kernel.real), np.ascontiguousarray(kernel.imag)


def filtered(picture: npt.NDArray[np.uint8], kernel: tuple[Map, Map]) -> Map:
    """The magnitude of the response at every pixel."""
    values = picture[..., 0] - picture.mean(dtype=np.float32)
    real, imaginary = (cv2.filter2D(values, cv2.CV_32F, part, borderType=cv2.BORDER_REFLECT_101) for part in kernel)
    return np.asarray(cv2.magnitude(real, imaginary), np.float32)


def moments(magnitudes: Map) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean, deviation = cv2.meanStdDev(magnitudes)
    return float(mean[0, 0]), float(deviation[0, 0])


def difference(ours: Map, peer: Map, step_px: int) -> float:
    """The largest difference of responses in the inner half of each side, relative to the greatest response."""
    sampled = peer[step_px // 2 :: step_px, step_px // 2 :: step_px]
    inner = tuple(slice(length // 4, length - length // 4) for length in sampled.shape)
    return float(np.abs(ours[inner] - sampled[inner]).max() / peer.max())


if __name__ == "__main__":
    main()
