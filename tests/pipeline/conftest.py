from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.components import build
from sightline.decision.calibrate import Calibration
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Blend, Chain, Node, Union
from sightline.pipeline.model import Model
from sightline.preparation.preparation import Preparation
from sightline.task import Task
from tests.pictures import mat, write_picture

CLASSES = ("normal", "broken")


@pytest.fixture(scope="session")
def mats(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """16 pictures, even ones normal, odd ones broken, of two sizes and kinds."""
    root = tmp_path_factory.mktemp("mats")
    return [
        str(write_picture(root / f"{i}.{'jpg' if i % 3 else 'png'}", mat(64 + i % 2, i, broken=bool(i % 2))))
        for i in range(16)
    ]


def a_graph() -> Node:
    """Every kind of node and contract: a union of global descriptors, a chain over local ones, a blend."""
    first = Chain((Union((build("HOG(size_px=32)"), build("ColorHistogram(bins=4)"))), build("LinearSVM()")))
    words = build("SpatialPyramid(summary=BagOfVisualWords(words=8), levels=2)")
    second = Chain((build("DenseSIFT()"), words, build("KNearestNeighbors()")))
    return Blend((first, second), (0.5, 0.5))


@pytest.fixture(scope="session")
def model(mats: list[str]) -> Model:
    preparation = Preparation()
    pictures = [preparation.apply(path) for path in mats]
    graph = tree.fit(a_graph(), pictures, np.arange(16, dtype=np.int64) % 2)
    return Model(Task(classes=CLASSES), preparation, graph, Calibration(1.5, (0.1, -0.1)))


@pytest.fixture
def model_file(model: Model, tmp_path: Path) -> Path:
    model.save(tmp_path / "model.sight")
    return tmp_path / "model.sight"
