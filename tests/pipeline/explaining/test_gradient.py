from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.networks.library import remember
from sightline.pipeline import graph as tree
from sightline.pipeline.explaining.evidence import evidence
from sightline.pipeline.explaining.gradient import gradient, slope
from sightline.pipeline.explaining.sources import Sources
from sightline.pipeline.model import Model
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task
from tests.networks import tiny


class Fake:
    """Weights that embed as a network does, and look at one corner."""

    def __init__(self, network: Any, off: float = 0.0) -> None:
        self.network, self.off = network, off
        self.recipe = SimpleNamespace(weights="w.safetensors")
        self.asked: list[np.ndarray] = []

    def embed(self, picture: np.ndarray) -> np.ndarray:
        made: np.ndarray = self.network.embed(picture) + self.off
        return made

    def look(self, picture: np.ndarray, direction: np.ndarray) -> np.ndarray:
        self.asked.append(direction)
        found = np.zeros((4, 4), np.float32)
        found[0, 0] = 1
        return found


@pytest.fixture
def model() -> Model:
    network = remember(tiny.network())
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 100 + 150 * (i % 2), (40, 40, 3), np.uint8) for i in range(12)]
    node = parse(f"Embedding(network='{network.key}') > PowerNormalization() > LogisticRegression()")
    tree.fit(node, pictures, np.arange(12) % 2)
    return Model(Task().with_classes(("dark", "light")), Preparation(), node)


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)


def test_the_slope_is_that_of_the_evidence(model: Model) -> None:
    sources = Sources.of(model.graph, picture(), 2)
    (source,) = sources.found
    found = slope(sources, source, 1)
    step = np.random.default_rng(0).normal(0, 1e-3, source.vector.shape).astype(np.float32)
    moved, before = (sources.answer({source.place: source.vector + one}) for one in (step, 0 * step))
    change = float(evidence(moved, 1)[0] - evidence(before, 1)[0])
    assert change == pytest.approx(float(step[0] @ found), rel=0.1, abs=1e-4)


def test_heat_lies_where_the_weights_look(model: Model) -> None:
    fake = Fake(remember(tiny.network()))
    explained = model.explain(picture(), "light", "gradient", fake)  # type: ignore[arg-type]
    assert explained.method == "gradient" and explained.heat.max() == pytest.approx(1)
    assert explained.hottest is not None and max(explained.hottest) < 0.3
    (direction,) = fake.asked
    assert direction.shape == (8,)


def test_other_weights_are_refused(model: Model) -> None:
    fake = Fake(remember(tiny.network()), off=0.5)
    with pytest.raises(InputError, match="are not the weights"):
        model.explain(picture(), None, "gradient", fake)  # type: ignore[arg-type]


def test_without_weights_or_networks_it_is_said_what_to_do(model: Model) -> None:
    with pytest.raises(InputError, match="give --backbone FILE"):
        model.explain(picture(), None, "gradient")
    node = parse("HOG(size_px=32) > LogisticRegression()")
    tree.fit(node, [picture(), 255 - picture()], np.arange(2))
    classical = Model(model.task, model.preparation, node)
    fake = Fake(remember(tiny.network()))
    with pytest.raises(InputError, match=r"has no network .*; use"):
        classical.explain(picture(), None, "gradient", fake)  # type: ignore[arg-type]


def test_what_is_no_embedding_is_left_out(model: Model) -> None:
    sources = Sources.of(model.graph, picture(), 2)
    assert not gradient(sources, picture(), 0, [], Fake(None)).any()  # type: ignore[arg-type]
