from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.evaluation.report_data import ReportData
from sightline.evaluation.verdict import ONE_THIRD, VALIDATION_PART, judged_on
from sightline.inputs.source import Item
from sightline.search.collecting import collect
from sightline.search.delivering import write
from sightline.search.delivering.deliver import Delivered
from sightline.search.delivering.run import Run
from tests.pictures import mat

ONLY = "HOG(size_px=32) > LinearSVM()"


@pytest.mark.parametrize(("held", "note"), [("validation", VALIDATION_PART), ("third", ONE_THIRD), ("folds", "")])
def test_how_pictures_were_held_out_is_noted(held: str, note: str, mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = sl.read(mats)
    if held == "validation":
        splits = (np.arange(len(catalog)) % 3 == 0).astype(np.int8)
        catalog = sl.Catalog(catalog.items, catalog.classes, catalog.labels, splits=splits)
    if held == "third":
        monkeypatch.setattr(collect, "MANY", 1)
    found = sl.fit(catalog, time_s=8, only=ONLY).evaluation
    assert {VALIDATION_PART, ONE_THIRD} & set(found.notes) == ({note} if note else set())
    assert ("cross-validation" in judged_on(found)) == (held == "folds")


def test_mistakes_in_memory_bear_the_numbers_of_their_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pictures: list[Item] = [mat(48, seed, broken=bool(seed % 2)) for seed in range(40)]
    labels = ["ok", "bad"] * 20
    labels[30:34] = ["bad", "ok", "bad", "ok"]  # wrong, so that some answers are
    seen: list[Delivered] = []
    reported = write.report_data

    def report_data(run: Run, data: collect.Collected, delivered: Delivered, *rest: bool) -> ReportData:
        seen.append(delivered)
        return reported(run, data, delivered, *rest)

    monkeypatch.setattr(write, "report_data", report_data)
    catalog = sl.read([b"x", b"y", *pictures], labels=["ok", "bad", *labels])
    sl.fit(catalog, time_s=8, only=ONLY, out=tmp_path / "run")
    (delivered,) = seen
    assert delivered.wrong
    for one in delivered.wrong:
        row = int(one.source.split()[1])
        assert one.item is catalog.items[row] and one.truth == catalog.classes[catalog.labels[row]]


def test_the_seed_of_a_fit_is_none_of_its_test(split_mats: Path) -> None:
    catalog = sl.read(split_mats)
    run = sl.fit(catalog, time_s=8, only="HOG(size_px=32) > LinearSVM()", seed=1)
    assert run.evaluation.accuracy == sl.evaluate(run.model, catalog.part("test")).accuracy
