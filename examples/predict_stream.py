"""Pictures that never end, a bounded number of them in memory: python examples/predict_stream.py

`Model.stream` takes any iterable and answers in order while the iterable goes on. Here a camera is drawn: discs and
squares that drift over a conveyor belt.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

import sightline as sl

SIZE_PX = 64


def main() -> None:
    """Learn from the first 80 frames, then watch 200 more."""
    first = list(itertools.islice(camera(seed=0), 80))
    catalog = sl.read([frame for frame, _ in first], labels=[shape for _, shape in first])
    model = sl.fit(catalog, time_s=10, only="HOG() > LinearSVM()").model

    seen = itertools.islice(camera(seed=1), 200)
    counted = Counter(answer.label for answer in model.stream(frame for frame, _ in seen))
    print(f"{sum(counted.values())} frames: {dict(sorted(counted.items(), key=str))}")


def camera(seed: int) -> Iterator[tuple[npt.NDArray[np.uint8], str]]:
    """Frames without end, (64, 64, 3) uint8 RGB, each with the shape that is on it."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIZE_PX, 0:SIZE_PX]
    for number in itertools.count():
        shape = ("disc", "square")[number % 2]
        down, right = np.abs(y - random.uniform(24, 40)), np.abs(x - random.uniform(24, 40))
        inside = down**2 + right**2 < 18**2 if shape == "disc" else np.maximum(down, right) < 16
        gray = 60 + 120 * inside + random.normal(0, 8, inside.shape)
        yield np.repeat(gray.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), shape


if __name__ == "__main__":
    main()
