"""`sightline evaluate`: how good a model file is on labelled pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sightline.cli.options import Data, Json, ModelFile, Workers
from sightline.cli.terminal import print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sightline.evaluation.result import Evaluation
    from sightline.findings import Finding


def command(model: ModelFile, data: Data, workers: Workers = None, json: Json = False) -> None:
    """Accuracy, balanced accuracy, macro F1, calibration, speed of MODEL on DATA (its test part, where it has one)."""
    from sightline.data.read import read
    from sightline.evaluation.evaluate import evaluate, missing_classes
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
    findings = missing_classes(found)
    if json:
        print_json({**found.to_dict(), "findings": [finding.to_dict() for finding in findings]})
    else:
        show(found, findings)


def show(found: Evaluation, findings: Sequence[Finding] = ()) -> None:
    """The headline, each class, the findings and the notes."""
    from sightline.evaluation.figures import NOTHING, many, number, number_interval, percent, percent_interval

    for name, value in (
        ("accuracy", found.accuracy),
        ("balanced accuracy", found.balanced_accuracy),
        ("macro F1", found.macro_f1),
    ):
        say(f"{name:18} {percent_interval(value)}")
    one_class = len(found.classes) - len(found.without_pictures()) < 2
    say(f"{'MCC':18} {NOTHING + ', it needs pictures of two classes' if one_class else number_interval(found.mcc)}")
    rows = [
        [name, percent(one.precision), percent(one.recall), percent(one.f1), str(one.support)]
        for name, one in found.per_class.items()
    ]
    header = ["class", "precision", "recall", "F1", "pictures"]
    print_table(many(found.n, "picture"), header, rows, right=(1, 2, 3, 4))
    losses = f"log loss {number(found.log_loss, 4)}, Brier {number(found.brier, 4)}"
    say(f"{losses}, calibration error {percent(found.ece)}")
    if found.latency_ms:
        say(f"one picture {found.latency_ms['p50']:.2f} ms (p95 {found.latency_ms['p95']:.2f} ms), {found.measured_on}")
    for finding in findings:
        say(f"{finding.severity}: {finding.message}; {finding.remedy}")
    for note in found.notes:
        if note not in [finding.message for finding in findings]:
            say(f"note: {note}")
