from __future__ import annotations

import itertools

import numpy as np

from sightline.classical.descriptors.regions import regions


def test_regions_cover_the_picture_once() -> None:
    for height, width, grid in itertools.product((1, 7, 16), (2, 9), (1, 3, 4)):
        parts = regions(np.arange(height * width).reshape(height, width), grid)
        assert len(parts) == grid * grid
        assert sorted(np.concatenate([part.ravel() for part in parts])) == list(range(height * width))
