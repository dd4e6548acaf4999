"""Format 1 of `model.sight`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from sightline.arrays import Array
from sightline.decision.calibrate import Calibration
from sightline.errors import ArtifactError, InputError
from sightline.pipeline import graph as tree
from sightline.pipeline.archive import json_bytes, table
from sightline.pipeline.contents import Contents
from sightline.pipeline.reference import Reference
from sightline.preparation.preparation import Preparation
from sightline.task import Task

REFERENCE = "reference.safetensors"


def write(contents: Contents) -> dict[str, bytes]:
    """The parts of a model, without the manifest."""
    parts = {
        "task.json": json_bytes(contents.task.to_dict()),
        "preparation.json": json_bytes(contents.preparation.to_dict()),
        "graph.json": json_bytes(tree.to_dict(contents.graph)),
        "arrays.safetensors": save_arrays({name: _plain(value) for name, value in tree.state(contents.graph).items()}),
    }
    if contents.calibration is not None:
        parts["calibration.json"] = json_bytes(contents.calibration.to_dict())
    if len(contents.fingerprints):
        parts["fingerprints.safetensors"] = save_arrays({"pictures": contents.fingerprints})
    if contents.reference is not None:
        parts[REFERENCE] = save_arrays({name: _plain(value) for name, value in contents.reference.state().items()})
    if contents.evaluation:
        parts["evaluation.json"] = json_bytes(dict(contents.evaluation))
    if contents.card:
        parts["card.md"] = contents.card.encode()
    return parts


def read(parts: Mapping[str, bytes]) -> Contents:
    """The model in the parts of a file whose hashes were checked."""
    graph = tree.from_dict(table(parts, "graph.json"))
    tree.restore(graph, _arrays(parts, "arrays.safetensors"))
    calibration = Calibration.from_dict(table(parts, "calibration.json")) if "calibration.json" in parts else None
    prints = _arrays(parts, "fingerprints.safetensors")["pictures"] if "fingerprints.safetensors" in parts else None
    return Contents(
        task=Task.from_dict(table(parts, "task.json")),
        preparation=Preparation.from_dict(table(parts, "preparation.json")),
        graph=graph,
        calibration=calibration,
        fingerprints=np.zeros(0, np.uint64) if prints is None else prints,
        evaluation=table(parts, "evaluation.json") if "evaluation.json" in parts else {},
        card=parts.get("card.md", b"").decode(),
        trained_with={str(name): str(at) for name, at in table(parts, "manifest.json").get("trained_with", {}).items()},
        reference=_reference(parts) if REFERENCE in parts else None,
    )


def _reference(parts: Mapping[str, bytes]) -> Reference:
    try:
        return Reference.from_state(_arrays(parts, REFERENCE))
    except InputError as error:
        raise ArtifactError(f"{REFERENCE}: {error}; fit the model again") from None


def _arrays(parts: Mapping[str, bytes], name: str) -> dict[str, Array]:
    try:
        arrays: dict[str, Array] = load_arrays(parts[name])
    except SafetensorError as error:
        raise ArtifactError(f"{name} is no safetensors file ({error})") from None
    return arrays


def _plain(value: Array) -> Array:
    if value.dtype.kind not in "fiub":
        raise ArtifactError(f"a learned array of {value.dtype} cannot be stored; fit with class numbers, not names")
    return np.ascontiguousarray(value)
