"""A model whose networks run faster on this machine, if it answers alike: tried, measured, and refused otherwise."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sightline.arrays import Picture
from sightline.data.catalog import Catalog
from sightline.errors import ExportError, InputError
from sightline.evaluation.speed import machine, measure
from sightline.exporting.gate import ENOUGH, FASTER, FEWER_BITS_AGREEMENT, verdict
from sightline.exporting.held import Held
from sightline.exporting.turns import in_turns
from sightline.exporting.ways import AUTO, FP32, INT8, Tried, Way, ways
from sightline.inputs.source import Item
from sightline.networks.network import NAME, Network
from sightline.parallel import Progress, silent
from sightline.pipeline.engines import networks, on_engine
from sightline.pipeline.model import Model
from sightline.runtime.engine import REFERENCE
from sightline.runtime.onnx_file import with_metadata
from sightline.runtime.quantize import quantized
from sightline.version import __version__

GATE = "gate"
"""The key of a model's evaluation that holds the verdict."""


def unheard(tried: Tried) -> None:
    """Hears of what was tried and does nothing."""


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
    told: Callable[[Tried], None] = unheard,
) -> Exported:
    """The model with its networks computed by the fastest allowed way that answers alike, both measured here and now.

    Args:
        model: as fit wrote it.
        catalog: labelled pictures; the test part first, others fill it up to 500.
        precision: "fp32", "bf16", "int8", or "auto" for all of them.
        runtime: "onnxruntime" or "openvino"; None for both, as far as they are installed.
        workers: threads while answering; default the cores available.
        progress: told what is under way.
        told: hears of every way when it was tried, of refused ones too.

    Raises:
        ExportError: nothing passes; why, or where several ways were tried, how many, and what to do.
        InputError: no such precision or runtime, a model without networks, or one that is an export already.
        CatalogError: no labelled picture that can be read, or a class that the model does not know.
        MissingExtraError: what was asked for needs the extra [fast].
    """
    found = networks(model.graph)
    if not found:
        raise InputError(f"the model has no network, and only networks are computed otherwise; it is {model.graph!r}")
    if GATE in model.evaluation:
        raise InputError("the model is an export already; give the one that fit wrote, which it was held against")
    chosen_from = ways(precision, runtime)
    reference = on_engine(model, REFERENCE)
    trial = _Trial(reference, found, Held.of(reference, catalog, workers, progress), workers)
    tried: list[tuple[Tried, Model | None]] = []
    for number, way in enumerate(chosen_from):
        progress(f"trying {way}", number, len(chosen_from))
        tried.append(trial.of(way, must_gain=precision == AUTO))
        told(tried[-1][0])
    return _fastest(model, trial.held, tried)


class _Trial:
    """Builds models that compute otherwise, and holds them against the reference."""

    def __init__(self, reference: Model, found: Mapping[str, Network], held: Held, workers: int | None) -> None:
        self.held = held
        self._reference = reference
        self._networks = found
        self._workers = workers
        self._pictures = held.timed(reference)
        self._quantized: dict[str, bytes] | None = None

    def of(self, way: Way, must_gain: bool) -> tuple[Tried, Model | None]:
        """What the gate says of one way, and the model that computes so; None where that cannot be.

        `must_gain`: fp32 is refused too where it is not faster.
        """
        held = self.held
        try:
            model = on_engine(self._reference, way.engine, self._int8() if way.precision == INT8 else None)
            answers = model.predict_proba(held.items, self._workers)
        except InputError as error:  # the reference has answered to every one of them
            return Tried(way, refused=str(error)), None
        before, after = in_turns([self._reference, model], self._pictures)
        found = verdict(held.answers, answers, held.truth, way.precision, before.ms, after.ms, held.groups)
        refused = "; ".join(found.reasons)
        if not refused and must_gain and after.ms > FASTER * before.ms:
            refused = f"it takes {after.ms:.2f} ms for a picture, the reference {before.ms:.2f} ms"
        return Tried(way, found, after.per_s, refused), model

    def _int8(self) -> dict[str, bytes]:
        """Each network in eight bits, ranges seen on what it is fed of the pictures."""
        if self._quantized is None:
            prepared = list(_readable(self._reference, self.held.others))
            self._quantized = {
                key: with_metadata(
                    quantized(network.onnx, [network.feed.of_picture(one) for one in prepared]),
                    {NAME: f"{network.name}-{INT8}"},
                )
                for key, network in self._networks.items()
            }
        return self._quantized


def _readable(model: Model, items: Sequence[Item]) -> Iterator[Picture]:
    """The items as the model prepares them, without those that cannot be read."""
    for item in items:
        with contextlib.suppress(InputError):
            yield model.preparation.apply(item)


def _fastest(model: Model, held: Held, tried: Sequence[tuple[Tried, Model | None]]) -> Exported:
    everything = tuple(one for one, _ in tried)
    passed = [(one, made) for one, made in tried if made is not None and not one.refused]
    if not passed:
        raise ExportError(_nothing_passes(everything, len(held.items)))
    chosen, made = max(passed, key=lambda pair: pair[0].times)
    gate: dict[str, Any] = {
        **chosen.to_dict(),
        "held_out": held.held_out,
        "machine": machine(),
        "sightline": __version__,
        "reference": model.digest,
        "tried": [one.to_dict() for one in everything],
    }
    evaluation = {**_noted(model.evaluation, chosen), GATE: gate}
    made = dataclasses.replace(made, evaluation=evaluation, card=_card(model.card, chosen))
    return Exported(made, chosen, everything)


def _nothing_passes(tried: Sequence[Tried], n: int) -> str:
    """One line: why, and what to do; `told` has heard the rest."""
    alike = [one for one in tried if one.verdict is not None and one.verdict.agreement >= FEWER_BITS_AGREEMENT]
    if n < ENOUGH and any(one.way.precision != FP32 for one in alike):
        return f"nothing passes: {n:,} pictures cannot show that no point is lost, about {ENOUGH} can; give more"
    reason = tried[0].line() if len(tried) == 1 else f"each of {len(tried)} ways was refused"
    return f"nothing passes: {reason}; use the model as it is"


def _noted(evaluation: Mapping[str, Any], chosen: Tried) -> dict[str, Any]:
    """The evaluation with a note that its figures of quality are of the model as it was fitted; none stays none."""
    if "notes" not in evaluation or chosen.verdict is None:
        return dict(evaluation)
    note = f"quality was measured before the networks were computed by {chosen.way}: {chosen.verdict.line()}"
    return {**evaluation, "notes": [*evaluation["notes"], note]}


def _card(card: str, chosen: Tried) -> str:
    """The model card with what was done; a model without one stays so."""
    if not card or chosen.verdict is None:
        return card
    said = (
        f"Its networks are computed by {chosen.way}. Held against the model as it was fitted: {chosen.verdict.line()}."
    )
    return f"{card.rstrip()}\n\n## Export\n\n{said} The figures above are of the model as it was fitted.\n"


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
