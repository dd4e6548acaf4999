"""What the summaries make of local features; two dimensions where that can be drawn as it is."""

from __future__ import annotations

import functools

import numpy as np
from markupsafe import Markup

from docs.pictures import scenes
from docs.pictures.keypoints import sheet
from docs.pictures.panels import SIDE, Panel, heat_colors, image, path, photo, rgb, strokes
from sightline.arrays import Array
from sightline.classical.descriptors.dense_sift import DenseSIFT
from sightline.classical.descriptors.patches import Patches
from sightline.classical.projections.pca import PCA
from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.classical.summaries.fisher import FisherVector
from sightline.classical.summaries.local_moments import LocalMoments
from sightline.classical.summaries.patch_dictionary import PatchDictionary
from sightline.classical.summaries.pyramid import SpatialPyramid
from sightline.classical.summaries.vlad import VLAD
from sightline.contracts import LocalFeatures
from sightline.evaluation import svg

WORDS = 8
PLANE = 210
"""Side of a panel in which vectors of two values are shown."""


def bag_of_visual_words() -> list[Panel]:
    """The word of each patch as a color, and how often each occurs, in a whole and in a torn mat."""
    shown = [scenes.mat(broken, seed=4) for broken in (False, True)]
    features = [DenseSIFT(step_px=8).describe(picture) for picture in shown]
    summary = BagOfVisualWords(words=WORDS).fit(features)
    panels = [photo(shown[0], "a whole mat", 108), _words(features[0], summary, "its patches' words", 108)]
    panels += [photo(shown[1], "a torn one", 108), _words(features[1], summary, "its patches' words", 108)]
    found = [summary.encode(one) for one in features]
    return [*panels, _word_bars(found, "how often: roots of shares; upper row whole, lower row torn")]


def _words(features: LocalFeatures, summary: BagOfVisualWords, caption: str, side: float) -> Panel:
    """The word of each patch of a regular grid, as a square of its color."""
    count = round(len(features) ** 0.5)
    words = summary.codebook().nearest(features.vectors).reshape(count, count)
    return photo(rgb()[words], caption, side)


def _word_bars(rows: list[Array], caption: str, width: float = SIDE) -> Panel:
    """One row of bars below the other, each bar in the color of its word."""
    tall, step, parts = 50, width / WORDS, []
    most = max(float(row.max()) for row in rows)
    for number, row in enumerate(rows):
        low = (number + 1) * (tall + 4)
        parts.append(svg.line(0, low, width, low, "axis"))
        for word, share in enumerate(row.tolist()):
            high = share / most * tall
            parts.append(svg.rectangle(word * step + 1, low - high, step - 2, high, f"c{word}"))
    return Panel(parts, caption, width, len(rows) * (tall + 4))


@functools.cache
def plane() -> tuple[list[LocalFeatures], Array]:
    """Dense SIFT on its first two principal axes, and a scale that shows most of it.

    Of a board and of a mat, which are shown, and of four more pictures, from which is learned too.
    """
    shown = [scenes.board(), scenes.mat(broken=True, seed=4)]
    shown += [scenes.turned(scenes.board(), angle, 1.2) for angle in (40, 250)]
    shown += [scenes.mat(broken=True, seed=seed) for seed in (1, 2)]
    features = [DenseSIFT(step_px=8).describe(picture) for picture in shown]
    projected = list(PCA(components=2).fit_transform(features))
    reach = np.quantile(np.abs(np.concatenate([one.vectors for one in projected])), 0.99) * 1.15
    return projected, np.array(reach)


def _at(vectors: Array) -> Array:
    """Where vectors of two values stand in the panel."""
    return np.asarray((vectors / plane()[1] * np.array([1, -1]) + 1) * PLANE / 2)


def _cloud(features: LocalFeatures, kind: str = "c1") -> list[Markup]:
    inside = np.clip(_at(features.vectors), 0, PLANE).tolist()
    return [svg.circle(x, y, 1.5, kind) for x, y in inside]


def _frame() -> Markup:
    return path(np.array([[0, 0], [PLANE, 0], [PLANE, PLANE], [0, PLANE]]), "faint", closed=True)


def local_moments() -> list[Panel]:
    """Mean, deviation and covariance of the vectors of two pictures."""
    features, _ = plane()
    panels = []
    for one, name in zip(features, ("a circuit board", "a torn mat"), strict=False):
        mean_x, mean_y, *deviations = LocalMoments().encode(one).tolist()
        covariance = LocalMoments("covariance").encode(one)[2:]
        full = np.array([[covariance[0], covariance[1]], [covariance[1], covariance[2]]])
        center = np.array([mean_x, mean_y])
        low, high = center - deviations, center + deviations
        box = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
        x, y = _at(center).tolist()
        drawn = [
            path(_at(box), "line c4 dashed", closed=True),
            path(_at(ellipse(center, full)), "line c0", closed=True),
        ]
        panels.append(Panel([_frame(), *_cloud(one), *drawn, svg.circle(x, y, 4, "c0")], name, PLANE, PLANE))
    key = [
        svg.text(0, 30, "blue: the vectors (here of two values)", "c1"),
        svg.text(0, 55, "dot: mean", "c0"),
        svg.text(0, 80, 'dashed: "deviation"', "c4"),
        svg.text(0, 105, 'ellipse: "covariance"', "c0"),
    ]
    return [*panels, Panel(key, "", 210, PLANE)]


def ellipse(center: Array, covariance: Array) -> Array:
    """(48, 2) points one standard deviation around a center."""
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    values, axes = np.linalg.eigh(covariance)
    circle = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return np.asarray(center + circle * np.sqrt(np.maximum(values, 0)) @ axes.T)


def vlad() -> list[Panel]:
    """Words, the residuals of the vectors nearest to each, and their sums, which are the answer."""
    features, reach = plane()
    summary = VLAD(words=5).fit(features)
    panels = []
    for one, name in zip(features, ("a circuit board", "a torn mat"), strict=False):
        nearest = summary.codebook().nearest(one.vectors)
        ends = np.clip(_at(one.vectors), 0, PLANE)
        rays = [
            strokes(_at(summary.words_)[nearest[nearest == word]], ends[nearest == word], f"thin c{word}")
            for word in range(5)
        ]
        sums = summary.encode(one).reshape(5, 2) * 5**0.5
        panels.append(Panel([_frame(), *rays, *_arrows(summary.words_, sums * float(reach) * 0.3)], name, PLANE, PLANE))
    rays_are = "rays: from each of 5 words, learned from six pictures, to the vectors nearest to it"
    bold_is = "bold: the sum of the rays, scaled to one length for each word; these 5 arrows are the 10 values"
    return [*panels, _key(rays_are, bold_is)]


def _arrows(starts: Array, steps: Array) -> list[Markup]:
    ends = _at(starts + steps)
    drawn = [strokes(_at(starts), ends, "arrow")]
    return drawn + [svg.circle(x, y, 4, "ink") for x, y in _at(starts).tolist()]


def _key(*words: str, width: float = 210) -> Panel:
    """Explanations as a panel of their own."""
    return Panel([], "\n".join(words), width, 0)


def fisher_vector() -> list[Panel]:
    """The Gaussians of the mixture, and where the vectors of two pictures would pull their means."""
    features, reach = plane()
    summary = FisherVector(components=4).fit(features)
    panels = []
    for one, name in zip(features, ("a circuit board", "a torn mat"), strict=False):
        pulls = summary.encode(one)[4:12].reshape(4, 2)
        rings = [
            path(np.clip(_at(ellipse(mean, np.diag(variances))), 0, PLANE), f"line c{number + 2}", closed=True)
            for number, (mean, variances) in enumerate(zip(summary.means_, summary.variances_, strict=True))
        ]
        arrows = _arrows(summary.means_, pulls * float(reach))
        panels.append(Panel([_frame(), *_cloud(one), *rings, *arrows], name, PLANE, PLANE))
    ellipses_are = "ellipses: 4 Gaussians, learned from six pictures"
    bold_is = "bold: where the vectors of the picture would move their means; widths and weights have such values too"
    return [*panels, _key(ellipses_are, bold_is)]


def patch_dictionary() -> list[Panel]:
    """Words learned from whitened patches, and how strongly each answers in each quarter of a picture."""
    shown = [scenes.board(), *(scenes.turned(scenes.board(), angle, 1.3) for angle in (45, 90, 200))]
    white = PCA(components=None, whiten="zca", sample=4000)
    features = white.fit_transform(Patches(patch_px=8, step_px=2).transform(shown))
    summary = PatchDictionary(words=36, sample=8000).fit(features)
    spread = 2.5 * float(summary.words_.std())
    answers = summary.encode(features[0]).reshape(2, 2, 6, 6)
    tiles, side = [], (SIDE - 10) / 2
    for row in range(2):
        for column in range(2):
            pixels = heat_colors(answers[row, column], float(answers.max()))
            tiles.append(image(pixels, column * (side + 10), row * (side + 10), side, side))
    lines = [svg.line(SIDE / 2, 0, SIDE / 2, SIDE, "line c4"), svg.line(0, SIDE / 2, SIDE, SIDE / 2, "line c4")]
    return [
        photo(sheet(summary.words_, -spread, spread, 6), "36 words, learned from whitened patches"),
        Panel([image(shown[0]), *lines], "a picture, grid=2"),
        Panel(tiles, "how strongly each word answers in each quarter: 4 x 36 values"),
    ]


def spatial_pyramid() -> list[Panel]:
    """The words of the whole, and of the four quarters."""
    picture = scenes.board()
    features = DenseSIFT(step_px=8).describe(picture)
    bag = BagOfVisualWords(words=WORDS)
    found = SpatialPyramid(bag, levels=3).fit([features]).encode(features).reshape(21, WORDS)
    lines = [svg.line(0, SIDE / 2, SIDE, SIDE / 2, "line c4"), svg.line(SIDE / 2, 0, SIDE / 2, SIDE, "line c4")]
    panels = [
        Panel([image(picture), *lines], "a picture, levels=2"),
        _words(features, bag, "its patches' words", SIDE),
        _cells(found[:1], 1, "the whole"),
        _cells(found[1:5], 2, "and its quarters, which count for more"),
    ]
    return panels


def _cells(rows: Array, side: int, caption: str) -> Panel:
    """A small bar chart in each of side x side cells."""
    wide = (SIDE - 8 * (side - 1)) / side
    parts = []
    for number, row in enumerate(rows):
        x, low = number % side * (wide + 8), (number // side) * (wide + 8) + wide
        step = wide / WORDS
        parts.append(svg.line(x, low, x + wide, low, "axis"))
        for word, share in enumerate((row / rows.max() * wide).tolist()):
            parts.append(svg.rectangle(x + word * step + 0.5, low - share, step - 1, share, f"c{word}"))
    return Panel(parts, caption)
