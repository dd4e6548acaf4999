"""What the classifiers make of the same points in the plane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from docs.pictures.panels import Panel, image, rgb
from sightline.arrays import Array, Matrix
from sightline.components import build, names_of
from sightline.contracts import Classifier
from sightline.evaluation import svg

SIDE = 158
PIXELS = 79
CLASSES = 3
SHOWN: Mapping[str, str] = {"LinearSVM": "LinearSVM(C=1.0)", "KernelRidge": "KernelRidge(gamma=4.0)"}
"""With other parameters than the defaults, which are for vectors of hundreds of values."""


def decision_regions() -> list[Panel]:
    """The probabilities that each classifier gives over the plane, as blended colors, with the points it learned."""
    X, y = points()
    line = (np.arange(PIXELS) + 0.5) / PIXELS * 2 - 1
    grid = np.stack(np.meshgrid(line, -line), axis=-1).reshape(-1, 2).astype(np.float32)
    panels: list[Panel] = []
    for name in names_of(Classifier):
        spec = SHOWN.get(name, f"{name}()")
        classifier = build(spec)
        if not isinstance(classifier, Classifier):
            raise TypeError(name)
        shares = classifier.fit(X, y).predict_proba(grid)
        learned = Markup('<use href="#points"/>') if panels else _dots(X, y)
        panels.append(Panel([image(blend(shares), width=SIDE, height=SIDE), learned], spec, SIDE, SIDE))
    return panels


def points() -> tuple[Matrix, Array]:
    """Two moons in each other, and a ball beside them: (150, 2) float32 in (-1, 1), and their classes."""
    random = np.random.default_rng(4)
    turn = random.uniform(0, np.pi, (2, 50))
    upper = np.stack([np.cos(turn[0]) - 0.5, np.sin(turn[0]) - 0.2], axis=1)
    lower = np.stack([0.5 - np.cos(turn[1]), 0.2 - np.sin(turn[1])], axis=1)
    ball = random.normal((1.1, 1.0), 0.25, (50, 2))
    X = np.concatenate([upper, lower, ball]) + random.normal(0, 0.12, (150, 2))
    return ((X - [0.1, 0.15]) / 1.75).astype(np.float32), np.repeat(np.arange(CLASSES), 50)


def blend(shares: Array) -> Array:
    """(n, k) probabilities to a square picture of the classes' colors, lighter where they are unsure; uint8."""
    steps = np.round(shares * 50) / 50  # fewer colors: a smaller file
    mixed = 255 - (255 - steps @ rgb()[:CLASSES]) * 0.62
    return np.clip(mixed.round(), 0, 255).astype(np.uint8).reshape(PIXELS, PIXELS, 3)


def _dots(X: Matrix, y: Array) -> Markup:
    """The points, with a name by which the panels that follow show them again."""
    places = ((X * [1, -1] + 1) * SIDE / 2).tolist()
    dots = [svg.circle(a, b, 2.4, f"dot c{label}") for (a, b), label in zip(places, y.tolist(), strict=True)]
    return Markup('<g id="points">{}</g>').format(Markup("").join(dots))
