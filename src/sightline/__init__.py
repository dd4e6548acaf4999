"""Sightline: from a folder of labelled pictures to a classifier that can be trusted.

Importing this loads nothing heavy; each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sightline.auditing.audit import audit
    from sightline.data.catalog import Catalog
    from sightline.data.read import read
    from sightline.errors import SightlineError
    from sightline.evaluation.evaluate import evaluate
    from sightline.evaluation.result import Evaluation
    from sightline.findings import Finding
    from sightline.pipeline.explaining.explanation import Explanation
    from sightline.pipeline.model import Model, load
    from sightline.pipeline.neighbors import Neighbor
    from sightline.pipeline.prediction import Prediction
    from sightline.preparation.preparation import Preparation
    from sightline.search.delivering.run import Run
    from sightline.search.fit import fit
    from sightline.task import Task

from sightline.version import __version__

_HOME = {
    "Catalog": "data.catalog",
    "Evaluation": "evaluation.result",
    "Explanation": "pipeline.explaining.explanation",
    "Finding": "findings",
    "Model": "pipeline.model",
    "Neighbor": "pipeline.neighbors",
    "Prediction": "pipeline.prediction",
    "Preparation": "preparation.preparation",
    "Run": "search.delivering.run",
    "SightlineError": "errors",
    "Task": "task",
    "audit": "auditing.audit",
    "evaluate": "evaluation.evaluate",
    "fit": "search.fit",
    "load": "pipeline.model",
    "read": "data.read",
}

__all__ = [
    "Catalog",
    "Evaluation",
    "Explanation",
    "Finding",
    "Model",
    "Neighbor",
    "Prediction",
    "Preparation",
    "Run",
    "SightlineError",
    "Task",
    "__version__",
    "audit",
    "evaluate",
    "fit",
    "load",
    "read",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sightline' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"sightline.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
