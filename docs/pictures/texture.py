"""What the descriptors of texture and of brightness see."""

from __future__ import annotations

import numpy as np

from docs.pictures import scenes
from docs.pictures.panels import SIDE, Panel, bars, curves, heat, heat_colors, image, photo, strokes
from sightline.arrays import Array
from sightline.classical.descriptors.cooccurrence import Cooccurrence, quantize
from sightline.classical.descriptors.gabor import GaborBank
from sightline.classical.descriptors.grey import grey
from sightline.classical.descriptors.hog import cell_histograms
from sightline.classical.descriptors.lbp import LocalBinaryPattern, patterns, uniform_numbers
from sightline.classical.descriptors.phase import LocalPhaseQuantization, phase_codes
from sightline.classical.descriptors.phog import cell_sums, window_sums
from sightline.classical.descriptors.statistical import NAMES, IntensityStatistics
from sightline.evaluation import svg

SMALL = 80
"""Side of the pictures whose pixels are the point."""


def hog() -> list[Panel]:
    """A star in each cell: an edge in that direction, the longer the more of it."""
    picture = scenes.wrench(angle=-30)
    cells = [cell_histograms(grey(picture, 64), 9, cell_px, signed=False) for cell_px in (8, 16)]
    stars = [
        _stars(one, f"cells of {cell_px} px: which edges, how strong")
        for one, cell_px in zip(cells, (8, 16), strict=True)
    ]
    return [photo(picture, "a picture, brought to 64 px"), *stars]


def phog() -> list[Panel]:
    """A star in each window: the levels of the pyramid, each with windows twice as wide."""
    picture = scenes.wrench(angle=-30)
    cells = cell_sums(grey(picture, 32), 9, 8, signed=False)
    says = ("level 1: 8 x 8 cells", "level 2: windows of 2 x 2 cells", "level 3: windows of 4 x 4 cells")
    stars = [_stars(window_sums(cells, level), text) for level, text in enumerate(says)]
    return [photo(picture, "a picture, brought to 32 px"), *stars]


def _stars(cells: Array, text: str) -> Panel:
    """(n, n, 9) amounts of unsigned directions, a star for each place."""
    side = SIDE / len(cells)
    row, column, direction = np.indices(cells.shape).reshape(3, -1)
    centers = np.stack([column + 0.5, row + 0.5], axis=1) * side
    along = np.deg2rad((direction + 0.5) * 20 + 90)  # an edge lies across its gradient
    reach = np.sqrt(cells.ravel() / cells.max())[:, None] * side / 2
    ends = np.stack([np.cos(along), np.sin(along)], axis=1) * reach
    some = reach[:, 0] > 0.08 * side
    lines = strokes((centers - ends)[some], (centers + ends)[some], "line c0")
    frame = [svg.line(0, k * side, SIDE, k * side, "faint") for k in range(len(cells) + 1)]
    frame += [svg.line(k * side, 0, k * side, SIDE, "faint") for k in range(len(cells) + 1)]
    return Panel([*frame, lines], text)


def local_binary_pattern() -> list[Panel]:
    """The pattern of each pixel, in strong and in weak light, and how often each occurs, beside another texture."""
    bright, dark, other = (
        scenes.mat(size=SMALL),
        scenes.in_light(scenes.mat(size=SMALL), 0.5),
        scenes.stripes(SMALL, angle=45),
    )
    codes = [uniform_numbers(patterns(grey(picture), 8, 1), 8, True) for picture in (bright, dark)]
    found = [LocalBinaryPattern().describe(picture) for picture in (bright, dark, other)]
    labels = [*(f"{ones} ones" for ones in range(9)), "other"]
    side = 104
    return [
        photo(bright, "a torn mat", side),
        photo(dark, "in half the light", side),
        heat(codes[0], "neighbors at least as bright: 0 to 8, or no uniform pattern", side, 9),
        heat(codes[1], "in half the light: nearly the same", side, 9),
        bars(found, "how often: mat, mat in half the light, stripes", 196, 150, labels),
    ]


def cooccurrence() -> list[Panel]:
    """How often a level lies right of (and below) a level, for stripes and for a mat."""
    panels = []
    for picture, name in (
        (scenes.stripes(SMALL, 16, 90), "lying stripes"),
        (scenes.mat(size=SMALL), "a torn mat"),
    ):
        contrast = Cooccurrence("properties", pooling="each").describe(picture).reshape(4, 6)[:, 0]
        levels = quantize(grey(picture), 32)
        panels += [
            photo(picture, name, 100),
            heat(_pairs(levels[:, :-1], levels[:, 1:]), f"pairs side by side: contrast {contrast[0]:.0f}", 100),
            heat(_pairs(levels[:-1], levels[1:]), f"one above the other: {contrast[2]:.0f}", 100),
        ]
    return panels


def _pairs(first: Array, second: Array, levels: int = 32) -> Array:
    """(levels, levels) counts of pairs, both ways, as roots so that rare ones show."""
    counts = np.bincount(first.ravel().astype(np.int64) * levels + second.ravel(), minlength=levels**2)
    matrix = counts.reshape(levels, levels).astype(np.float64)
    return np.sqrt(matrix + matrix.T)


def gabor_bank() -> list[Panel]:
    """The kernels, and how strongly each answers to a mat and to stripes."""
    waves = GaborBank().waves()
    tiles = [[_kernel(wave.kernel(15).real) for wave in waves[6 * scale : 6 * scale + 6]] for scale in range(4)]
    kernels = np.concatenate([np.concatenate(row, axis=1) for row in tiles])
    panels = [Panel([image(kernels, width=168, height=112)], "24 waves: 4 widths, 6 directions", 168, 112)]
    for picture, name in ((scenes.mat(), "a torn mat"), (scenes.stripes(), "stripes")):
        means = GaborBank().describe(picture).reshape(4, 6, 2)[..., 0]
        panels.append(photo(picture, name, 92))
        panels.append(Panel([image(heat_colors(means), width=112, height=75)], "mean answer of each wave", 112, 92))
    return panels


def _kernel(weights: Array) -> Array:
    """Weights as greys, 0 in the middle."""
    return np.asarray(np.clip(128 + 120 * weights / np.abs(weights).max(), 0, 255), np.uint8)


def local_phase_quantization() -> list[Panel]:
    """The codes of a sharp and of a blurred picture, and how often they occur, against the patterns of `LBP`."""
    sharp = scenes.mat(broken=False, size=SMALL)
    soft = scenes.blurred(sharp, 1.2)
    codes = [phase_codes(grey(picture), 7, True) for picture in (sharp, soft)]
    found = [LocalPhaseQuantization().describe(picture) for picture in (sharp, soft)]
    kept = np.mean(np.unpackbits(codes[0] ^ codes[1]) == 0)
    side = 104
    return [
        photo(sharp, "a mat", side),
        photo(soft, "out of focus", side),
        photo(codes[0], "its codes, 8 signs each", side),
        photo(codes[1], f"{kept:.0%} of the signs are the same", side),
        curves(np.arange(256.0), found, "how often each code occurs", ("sharp", "blurred"), 196),
    ]


def intensity_statistics() -> list[Panel]:
    """A grid over the picture, and four of the statistics in its regions."""
    picture = scenes.mat(seed=3)
    values = IntensityStatistics(grid=4).describe(grey(picture)[..., None]).reshape(4, 4, len(NAMES))
    side = 112
    lines = [svg.line(0, k * side / 4, side, k * side / 4, "line c4") for k in range(5)]
    lines += [svg.line(k * side / 4, 0, k * side / 4, side, "line c4") for k in range(5)]
    maps = [_map(values[..., NAMES.index(name)], name, side) for name in ("mean", "deviation", "entropy", "edges")]
    return [Panel([image(picture, width=side, height=side), *lines], "a torn mat, grid=4", side, side), *maps]


def _map(values: Array, name: str, side: float) -> Panel:
    """One statistic of each region, from its least value (dark) to its largest."""
    least = float(values.min())
    return heat(values - least, f"{name}: {least:.2f} to {values.max():.2f}", side)
