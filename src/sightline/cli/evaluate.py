"""`sightline evaluate`: how good a model file is on labelled pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sightline.cli.options import Data, Json, ModelFile, Workers
from sightline.cli.terminal import percent, print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from sightline.evaluation.result import Evaluation


def command(model: ModelFile, data: Data, workers: Workers = None, json: Json = False) -> None:
    """Accuracy, balanced accuracy, macro F1, calibration, speed of MODEL on DATA (its test part, where it has one)."""
    from sightline.data.read import read
    from sightline.evaluation.evaluate import evaluate
    from sightline.evaluation.speed import measure
    from sightline.pipeline.model import load

    loaded = load(model)
    catalog = read(data)
    if catalog.splits is not None and len(catalog.part("test")):
        catalog = catalog.part("test")
    with progress_bar(quiet=json) as progress:
        found = evaluate(loaded, catalog, workers=workers, progress=progress)
        progress("measuring speed", 0, None)
        found = found.with_speed(**measure(model, catalog.items).figures())
    if json:
        print_json(found.to_dict())
    else:
        show(found)


def show(found: Evaluation) -> None:
    """The headline, each class, and the notes."""
    for name, value in (
        ("accuracy", found.accuracy),
        ("balanced accuracy", found.balanced_accuracy),
        ("macro F1", found.macro_f1),
    ):
        say(f"{name:18} {percent(value.value)} ({percent(value.low)} to {percent(value.high)})")
    say(f"{'MCC':18} {found.mcc.value:.3f} ({found.mcc.low:.3f} to {found.mcc.high:.3f})")
    rows = [
        [name, percent(one.precision), percent(one.recall), percent(one.f1), str(one.support)]
        for name, one in found.per_class.items()
    ]
    print_table(f"{found.n} pictures", ["class", "precision", "recall", "F1", "pictures"], rows, right=(1, 2, 3, 4))
    say(f"log loss {found.log_loss:.4f}, Brier {found.brier:.4f}, calibration error {percent(found.ece)}")
    if found.latency_ms:
        say(f"one picture {found.latency_ms['p50']:.2f} ms (p95 {found.latency_ms['p95']:.2f} ms), {found.measured_on}")
    for note in found.notes:
        say(f"note: {note}")
