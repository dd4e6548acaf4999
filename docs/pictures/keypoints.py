"""What the local descriptors see."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from docs.pictures import scenes
from docs.pictures.panels import GAP, SIDE, Panel, image, photo, strokes
from sightline.arrays import Array
from sightline.classical.descriptors.dense_sift import DenseSIFT
from sightline.classical.descriptors.orb import ORB
from sightline.classical.descriptors.patches import Patches
from sightline.classical.descriptors.sift import SIFT
from sightline.classical.projections.pca import PCA
from sightline.contracts import LocalFeatures
from sightline.evaluation import svg

LARGE = 230


def sift() -> list[Panel]:
    """Keypoints of a picture and of its turned, smaller copy, joined where their vectors agree."""
    pictures = scenes.board(160), scenes.turned(scenes.board(160), 35, 0.75)
    found = [SIFT(max_keypoints=120).describe(picture) for picture in pictures]
    return [_matched(pictures, found, 0.7, "the same places, found again after a turn and at another size")]


def orb() -> list[Panel]:
    """The same with corners and bits."""
    pictures = scenes.board(160), scenes.turned(scenes.board(160), 20, 0.9)
    found = [ORB(max_keypoints=300, threshold=10).describe(picture) for picture in pictures]
    bits = _bits(found, _pairs(found[0].vectors, found[1].vectors, 0.8))
    return [_matched(pictures, found, 0.8, "corners, found again after a turn"), bits]


def _matched(pictures: tuple[Array, Array], found: list[LocalFeatures], ratio: float, caption: str) -> Panel:
    pairs = _pairs(found[0].vectors, found[1].vectors, ratio)
    shift = LARGE + GAP
    ends = [one.positions * LARGE + np.array([x, 0]) for one, x in zip(found, (0, shift), strict=True)]
    dots = [svg.circle(x, y, 1.8, "c4") for points in ends for x, y in points.tolist()]
    lines = strokes(ends[0][pairs[:, 0]], ends[1][pairs[:, 1]], "thin c0")
    photos = [image(pictures[0], 0, 0, LARGE, LARGE), image(pictures[1], shift, 0, LARGE, LARGE)]
    said = f"{caption}: {len(found[0])} and {len(found[1])} keypoints, {len(pairs)} pairs (orange)"
    return Panel([*photos, *dots, lines], said, shift + LARGE, LARGE)


def _pairs(first: Array, second: Array, ratio: float) -> Array:
    """(m, 2): which vectors are much nearer to one of the others than to all the rest (Lowe's test)."""
    distances = np.linalg.norm(first[:, None] - second[None], axis=2)
    order = np.argsort(distances, axis=1)
    rows = np.arange(len(first))
    near, next_ = distances[rows, order[:, 0]], distances[rows, order[:, 1]]
    return np.asarray(np.stack([rows, order[:, 0]], axis=1)[near < ratio * next_])


def _bits(found: list[LocalFeatures], pairs: Array) -> Panel:
    """The bits of one corner in both pictures, and where they differ."""
    gaps = [np.abs(found[0].vectors[a] - found[1].vectors[b]).sum() for a, b in pairs]
    a, b = pairs[int(np.argsort(gaps, kind="stable")[len(gaps) // 2])]
    one, other = (found[0].vectors[a].reshape(16, 16), found[1].vectors[b].reshape(16, 16))
    side = 106
    shown = [image((bits * 255).astype(np.uint8), 0, y, side, side) for bits, y in ((one, 0), (other, side + 12))]
    frames = [svg.line(0, side + 6, side, side + 6, "faint")]
    same = int((one == other).sum())
    return Panel([*shown, *frames], f"256 bits of one pair: {same} are the same", side, LARGE)


def dense_sift() -> list[Panel]:
    """The grid of patches, and what one of them says: 4 x 4 bins of 8 directions."""
    picture = scenes.board()
    features = DenseSIFT(step_px=8, bin_px=4).describe(picture)
    centers = features.positions * LARGE
    chosen = int(np.argmin(np.linalg.norm(features.positions - [0.66, 0.28], axis=1)))
    side = 16 * LARGE / 128
    x, y = centers[chosen] - side / 2
    dots = [svg.circle(x, y, 1.6, "c4") for x, y in centers.tolist()]
    corners = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
    box = strokes(corners, np.roll(corners, -1, axis=0), "line c0")
    pixels = (features.positions[chosen] * 128).astype(int) - 8
    patch = picture[pixels[1] : pixels[1] + 16, pixels[0] : pixels[0] + 16]
    return [
        Panel([image(picture, width=LARGE, height=LARGE), *dots, box], "225 patches, every 8 px", LARGE, LARGE),
        photo(patch, "one of them, 16 px"),
        _directions(features.vectors[chosen].reshape(4, 4, 8)),
    ]


def _directions(cells: Array) -> Panel:
    """An arrow for each direction of each bin, from dark to bright."""
    row, column, direction = np.indices(cells.shape).reshape(3, -1)
    side = SIDE / 4
    centers = np.stack([column + 0.5, row + 0.5], axis=1) * side
    angle = direction * np.pi / 4
    ends = (
        centers + np.stack([np.cos(angle), np.sin(angle)], axis=1) * (cells.ravel() / cells.max() * side / 2)[:, None]
    )
    frame = [svg.line(0, k * side, SIDE, k * side, "faint") for k in range(5)]
    frame += [svg.line(k * side, 0, k * side, SIDE, "faint") for k in range(5)]
    return Panel([*frame, strokes(centers, ends, "line c0")], "its 128 values: 4 x 4 bins, 8 directions")


def patches() -> list[Panel]:
    """Raw patches, after normalization, and whitened."""
    picture = scenes.board()
    positions = Patches(patch_px=8, step_px=4).describe(picture).positions
    raw = Patches(patch_px=8, step_px=4, normalize=False).describe(picture).vectors
    level = Patches(patch_px=8, step_px=4).describe(picture).vectors
    white = PCA(components=None, whiten="zca").fit_transform(level)
    some = np.random.default_rng(2).permutation(np.flatnonzero(raw.std(axis=1) > 0.15))[:25]
    boxes = [_box(positions[number] * SIDE, 8 * SIDE / 128) for number in some]
    return [
        Panel([image(picture), *boxes], "25 of the patches of 8 px"),
        photo(sheet(raw[some], 0, 1), "as they are"),
        photo(sheet(level[some], -2, 2), "one brightness and contrast"),
        photo(sheet(white[some], -2, 2), "whitened: edges and spots stand out"),
    ]


def _box(center: Array, side: float) -> Markup:
    corners = center + side / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return strokes(corners, np.roll(corners, -1, axis=0), "thin c4")


def sheet(vectors: Array, black: float, white: float, columns: int = 5, channels: int = 3) -> Array:
    """Patches (m, side^2 channels) as one picture, `columns` a row, a pixel apart; uint8."""
    side = round((vectors.shape[1] / channels) ** 0.5)
    shown = np.clip((vectors - black) / (white - black), 0, 1).reshape(-1, columns, side, side, channels)
    framed = np.full((*shown.shape[:2], side + 1, side + 1, channels), 0.5)
    framed[:, :, :side, :side] = shown
    rows = framed.transpose(0, 2, 1, 3, 4).reshape(len(shown) * (side + 1), columns * (side + 1), channels)
    return (rows[:-1, :-1] * 255).round().astype(np.uint8)
