"""What the projections do to vectors."""

from __future__ import annotations

import numpy as np

from docs.pictures import scenes
from docs.pictures.keypoints import sheet
from docs.pictures.panels import SIDE, Panel, bars, curves, image, photo
from sightline.arrays import Array
from sightline.classical.projections.homogeneous import HomogeneousMap
from sightline.classical.projections.pca import PCA
from sightline.classical.projections.power import PowerNormalization


def pca() -> list[Panel]:
    """The first axes of the digits, and digits made of few of them."""
    digits, _ = scenes.digits()
    rows = digits.reshape(len(digits), -1).astype(np.float32)
    projection = PCA(components=None).fit(rows)
    axes, shares = projection.projection_, projection.variances_ / projection.variances_.sum()
    made = [_made(rows[:5], projection, count) for count in (4, 16)]
    pixels = sheet(np.concatenate([rows[:5], *made]), 0, 255, 5, 1)[..., 0]
    return [
        photo(sheet(axes[:, :16].T, -0.3, 0.3, 4, 1)[..., 0], "the first 16 axes of the digits"),
        Panel([image(pixels, width=250, height=SIDE)], "five digits; made of 4 numbers each; of 16", 250),
        curves(np.arange(1.0, 41), [np.cumsum(shares)[:40]], "share of the variance in 1 to 40 axes", width=200, top=1),
    ]


def _made(rows: Array, projection: PCA, count: int) -> Array:
    axes = projection.projection_[:, :count]
    return np.asarray((rows - projection.mean_) @ axes @ axes.T + projection.mean_)


def homogeneous_map() -> list[Panel]:
    """Kernels of x and 0.5, and the products of the maps that stand for them."""
    x = np.linspace(0, 1, 101)
    rows = x[:, None].astype(np.float32)
    exact = {"chi2": 2 * x * 0.5 / (x + 0.5), "intersection": np.minimum(x, 0.5)}
    panels = []
    for kernel, values in exact.items():
        nearly = []
        for order in (1, 3):
            mapped = HomogeneousMap(kernel, order=order).fit_transform(rows)
            nearly.append(mapped @ mapped[50])
        names = ("order=1", "order=3", "the kernel")
        panels.append(curves(x, [*nearly, values], f'"{kernel}" of x and 0.5, x from 0 to 1', names, 320, dashed=2))
    return panels


def power_normalization() -> list[Panel]:
    """A vector with two bursts, before and after."""
    random = np.random.default_rng(3)
    values = (random.gamma(0.6, 1.0, 24) * np.where(random.random(24) < 0.3, -1, 1)).astype(np.float32)
    values[[5, 16]] = 14, -9
    after = PowerNormalization().fit_transform(values[None])[0]
    before = values / np.linalg.norm(values)
    return [
        bars([before], "two bursts make up nearly all of a vector of length 1", 320),
        bars([after], "after signed roots they are two among many", 320),
    ]
