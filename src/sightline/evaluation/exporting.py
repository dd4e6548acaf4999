"""A model whose networks run faster on this machine, if it answers alike: tried, measured, and refused otherwise."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sightline.data.catalog import Catalog
from sightline.errors import ExportError, InputError, MissingExtraError, UnreadableError
from sightline.evaluation.gate import FASTER, Verdict, verdict
from sightline.evaluation.held import Held
from sightline.evaluation.speed import machine, measure
from sightline.evaluation.turns import in_turns
from sightline.networks.network import NAME, Network
from sightline.parallel import Progress, silent
from sightline.pipeline.engines import networks, on_engine
from sightline.pipeline.model import Model
from sightline.runtime.engine import PRECISIONS, REFERENCE, Engine
from sightline.runtime.onnx_file import with_metadata
from sightline.runtime.quantize import quantized
from sightline.version import __version__

AUTO, INT8 = "auto", "int8"
CHOICES = (AUTO, "fp32", "bf16", INT8)
GATE = "gate"
"""The key of `evaluation.json` that holds the verdict."""


@dataclasses.dataclass(frozen=True)
class Tried:
    """One way to compute the networks of a model, and what the gate said of it.

    Attributes:
        engine: what computed them.
        precision: "fp32", "bf16" or "int8".
        verdict: what was measured; None where it could not be made.
        per_s: pictures each second on all cores, prepared ones.
        refused: why it is no choice; "" where it is.
    """

    engine: Engine
    precision: str
    verdict: Verdict | None
    per_s: float
    refused: str

    @property
    def name(self) -> str:
        """Library and precision."""
        return f"{self.engine.runtime} {self.precision}"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        return {
            "runtime": self.engine.runtime,
            "precision": self.precision,
            "throughput_per_s": round(self.per_s, 2),
            "refused": self.refused,
            "verdict": None if self.verdict is None else self.verdict.to_dict(),
        }


@dataclasses.dataclass(frozen=True)
class Exported:
    """The fastest way that passed.

    Attributes:
        model: answers in that way; its evaluation holds the verdict under "gate".
        chosen: how.
        tried: everything that was tried, the chosen one among it.
    """

    model: Model
    chosen: Tried
    tried: tuple[Tried, ...]


def export(
    model: Model,
    catalog: Catalog,
    precision: str = AUTO,
    runtime: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Exported:
    """The model with its networks computed by the fastest allowed way that answers alike, both measured here and now.

    Args:
        model: as fit wrote it.
        catalog: labelled pictures; the test part first, others fill it up to 500.
        precision: "fp32", "bf16", "int8", or "auto" for all of them.
        runtime: "onnxruntime" or "openvino"; None for both, as far as they are installed.
        workers: threads while answering; default the cores available.
        progress: told what is under way.

    Raises:
        ExportError: nothing passes; with the numbers.
        InputError: no such precision or runtime, a model without networks, or one that is an export already.
        CatalogError: no labelled picture that can be read, or a class that the model does not know.
        MissingExtraError: what was asked for needs the extra [fast].
    """
    found = networks(model.graph)
    if not found:
        raise InputError(f"the model has no network, and only networks can be exported; it is {model.graph!r:.200}")
    if GATE in model.evaluation:
        raise InputError("the model is an export already; give the one that fit wrote, which it was held against")
    ways = _ways(precision, runtime)
    reference = on_engine(model, REFERENCE)
    held = Held.of(reference, catalog, workers, progress)
    trial = _Trial(reference, found, held, workers)
    tried: list[tuple[Tried, Model | None]] = []
    for number, (engine, bits) in enumerate(ways):
        progress(f"trying {engine.runtime} {bits}", number, len(ways))
        tried.append(trial.of(engine, bits, must_gain=precision == AUTO or bits != "fp32"))
    return _fastest(model, held, tried)


def _ways(precision: str, runtime: str | None) -> list[tuple[Engine, str]]:
    """What is tried: library and precision."""
    if precision not in CHOICES:
        raise InputError(f'precision "{precision}" was given; allowed: {", ".join(CHOICES)}')
    if runtime is not None and runtime not in PRECISIONS:
        raise InputError(f'runtime "{runtime}" was given; allowed: {", ".join(PRECISIONS)}')
    known = [Engine(name, bits) for name, all_bits in PRECISIONS.items() for bits in all_bits]
    ways = [(engine, engine.precision) for engine in known] + [(Engine(name), INT8) for name in PRECISIONS]
    wanted = [
        (engine, bits)
        for engine, bits in ways
        if runtime in (None, engine.runtime)
        and precision in (AUTO, bits)
        and ((engine, bits) != (REFERENCE, "fp32") or runtime == REFERENCE.runtime and precision == "fp32")
    ]
    if not wanted:
        raise InputError(f"{runtime} does not compute with {precision}; allowed: {', '.join(PRECISIONS[str(runtime)])}")
    at_hand = [(engine, bits) for engine, bits in wanted if engine.at_hand() == engine]
    return at_hand or wanted  # what is missing is told by who needs it


class _Trial:
    """Builds a model that computes otherwise, and holds it against the reference."""

    def __init__(
        self, reference: Model, found: dict[str, Network], held: Held, workers: int | None
    ) -> None:
        self._reference = reference
        self._networks = found
        self._held = held
        self._workers = workers
        self._pictures = held.timed(reference)
        self._quantized: dict[str, bytes] | None = None

    def of(self, engine: Engine, precision: str, must_gain: bool) -> tuple[Tried, Model | None]:
        """What the gate says of one way, and the model that computes so; None where it cannot be made."""
        try:
            model = on_engine(self._reference, engine, self._int8() if precision == INT8 else None)
            answers = model.predict_proba(self._held.items, self._workers)
        except MissingExtraError:
            raise
        except UnreadableError as error:  # every picture was read before: it is the network that fails
            return Tried(engine, precision, None, 0.0, str(error)), None
        except InputError as error:
            return Tried(engine, precision, None, 0.0, str(error)), None
        before, after = in_turns([self._reference, model], self._pictures)
        held = self._held
        found = verdict(held.answers, answers, held.truth, precision, before.ms, after.ms, held.groups)
        refused = "; ".join(found.reasons)
        if not refused and must_gain and after.ms > FASTER * before.ms:
            refused = f"it takes {after.ms:.2f} ms for a picture, the reference {before.ms:.2f} ms"
        return Tried(engine, precision, found, after.per_s, refused), model

    def _int8(self) -> dict[str, bytes]:
        """Each network in eight bits, ranges seen on what it is fed of the pictures."""
        if self._quantized is None:
            prepared = [self._reference.preparation.apply(item) for item in self._held.others]
            self._quantized = {
                key: with_metadata(
                    quantized(network.onnx, [network.feed.of_picture(one) for one in prepared]),
                    {NAME: f"{network.name}-{INT8}"},
                )
                for key, network in self._networks.items()
            }
        return self._quantized


def _fastest(model: Model, held: Held, tried: Sequence[tuple[Tried, Model | None]]) -> Exported:
    passed = [(one, made) for one, made in tried if made is not None and not one.refused]
    everything = tuple(one for one, _ in tried)
    if not passed:
        raise ExportError(f"nothing passes: {' | '.join(map(_said, everything))}; the model stays as it is")
    chosen, made = max(passed, key=lambda pair: _times(pair[0]))
    gate = {
        **chosen.to_dict(),
        **({} if chosen.verdict is None else chosen.verdict.to_dict()),
        "held_out": held.held_out,
        "machine": machine(),
        "sightline": __version__,
        "reference": model.digest,
        "tried": [one.to_dict() for one in everything],
    }
    gate.pop("verdict")
    return Exported(dataclasses.replace(made, evaluation={**model.evaluation, GATE: gate}), chosen, everything)


def _times(one: Tried) -> float:
    return (one.verdict.times if one.verdict is not None else None) or 0.0


def _said(one: Tried) -> str:
    measured = f" ({one.verdict.line()})" if one.verdict is not None else ""
    return f"{one.name}: {one.refused}{measured}"


def with_own_speed(model: Model, catalog: Catalog) -> Model:
    """The model with the figures of its own file's speed, where its evaluation has those of another.

    Raises:
        InputError: no readable picture, or the process that measures failed.
    """
    if "latency_ms" not in model.evaluation:
        return model
    with tempfile.TemporaryDirectory(prefix="sightline-export-") as folder:
        path = Path(folder) / "model.sight"
        model.save(path)
        figures = measure(path, catalog.items).figures()
    return dataclasses.replace(model, evaluation={**model.evaluation, **figures})
