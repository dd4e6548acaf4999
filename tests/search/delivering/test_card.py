from __future__ import annotations

import dataclasses
from pathlib import Path

import sightline as sl
from sightline.task import Task

ONLY = "HOG(size_px=32) > LinearSVM()"


def test_the_file_that_ships_holds_a_card_of_what_was_measured(split_mats: Path, tmp_path: Path) -> None:
    catalog = sl.read(split_mats)
    run = sl.fit(catalog, Task(question="Torn?"), time_s=8, out=tmp_path / "run", only=ONLY)
    card = sl.load(tmp_path / "run" / "model.sight").card
    accuracy = run.evaluation.accuracy
    assert card.startswith("# Model card: Torn?\n")
    assert f"| Accuracy | {100 * accuracy.value:.1f} % (" in card
    assert f"on {run.evaluation.n} test pictures that it had not seen" in card
    assert not [item for item in catalog.items if Path(str(item)).name in card or str(item) in card]
    assert dataclasses.replace(run.model, card="").digest == run.model.digest
