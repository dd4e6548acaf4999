from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.parallel import silent
from sightline.search.collecting import reading
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.collect import Collected, collect
from sightline.search.collecting.journal import Journal
from sightline.task import Conditions, Task
from tests.pictures import mat

PATIENT = r"patient(\d+)_"


def part(folder: Path, patients: range, first: int) -> sl.Catalog:
    """Four pictures of each patient, two of each class."""
    paths, labels = [], []
    for number, patient in enumerate(np.repeat(patients, 4)):
        path = folder / f"patient{patient}_{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(first + number))
        paths.append(str(path))
        labels.append(("ok", "bad")[number % 2])
    return sl.read(paths, labels=labels)


def png(seed: int) -> bytes:
    import cv2

    return cv2.imencode(".png", mat(24, seed, broken=bool(seed % 2)))[1].tobytes()


def collected(
    catalog: sl.Catalog, task: Task | None = None, test: sl.Catalog | None = None, read: int | None = None
) -> Collected:
    return collect(
        catalog, task or Task(), test, store=None, preparation=sl.Preparation(), allow_leaks=False, seed=0,
        progress=silent, workers=2, budget=Budget(10), journal=Journal(None, None), read=read,
    )  # fmt: skip


def kinds(found: Collected) -> list[str]:
    return [finding.kind for finding in found.findings]


def test_a_patient_in_a_test_part_of_its_own_is_found_by_the_groups_of_the_task(tmp_path: Path) -> None:
    training, test = part(tmp_path / "a", range(6), 0), part(tmp_path / "b", range(5, 9), 100)
    found = collected(training, Task(group_pattern=PATIENT), test)
    (finding,) = [one for one in found.findings if one.kind == "divided-group"]
    assert finding.evidence["groups"] == ["5"]
    assert found.test is not None and found.test.groups == [str(patient) for patient in np.repeat(range(5, 9), 4)]


def test_the_column_of_the_task_groups_a_test_part_of_its_own(tmp_path: Path) -> None:
    training, test = (
        dataclasses.replace(one, metadata={"patient": [Path(str(item)).name.split("_")[0] for item in one.items]})
        for one in (part(tmp_path / "a", range(6), 0), part(tmp_path / "b", range(4, 8), 100))
    )
    found = collected(training, Task(group="patient"), test)
    (finding,) = [one for one in found.findings if one.kind == "divided-group"]
    assert finding.evidence["groups"] == ["patient4", "patient5"]


def test_a_test_part_that_knows_no_groups_is_told_and_used(tmp_path: Path) -> None:
    training = part(tmp_path / "a", range(6), 0)
    test = sl.read([mat(24, seed) for seed in range(100, 110)], labels=["ok", "bad"] * 5)
    found = collected(training, Task(group_pattern=PATIENT), test)
    (finding,) = [one for one in found.findings if one.kind == "test-without-groups"]
    assert "is in no path of 10 pictures" in finding.message
    assert found.test is not None and len(np.unique(found.test.group_codes())) == 10
    assert found.grouped and "test-without-groups" not in kinds(collected(training, Task(), test))


def test_what_was_read_can_be_read_again_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = sl.read([mat(24, seed) for seed in range(120)], labels=["ok", "bad"] * 60)
    assert collected(catalog).rows_read == 120
    monkeypatch.setattr(reading, "_limit", lambda *anything: 50)
    first = collected(catalog)
    assert first.rows_read == 50 == len(first.training)
    monkeypatch.setattr(reading, "_limit", lambda *anything: 110)  # a faster machine, without the journal
    again = collected(catalog, read=first.rows_read)
    assert again.rows_read == 50 and again.seen.digests == first.seen.digests
    assert collected(catalog, read=120).rows_read == 120


def test_pictures_without_a_label_are_kept_but_for_copies_of_labelled_ones_and_what_cannot_be_read() -> None:
    labelled = [png(seed) for seed in range(12)]
    catalog = sl.read([*labelled, png(50), png(51), labelled[3], b"broken"], labels=["ok", "bad"] * 6 + [""] * 4)
    found = collected(catalog)
    assert len(found.training) == 12 and list(found.unlabelled) == [png(50), png(51)]
    pictures = found.unlabelled_pictures(sl.Preparation())
    np.testing.assert_array_equal(pictures[0], mat(24, 50)[..., ::-1])  # as OpenCV wrote it
    assert len(found.unlabelled_digests) == 2


def test_a_blur_is_said_in_pixels_of_the_pictures_that_are_learned_from() -> None:
    """8 pixels of a photograph of 1024 are 2 of the 256 that are left of it."""
    pictures = [np.full((1024, 768, 3), 10 * number, np.uint8) for number in range(12)]
    catalog, task = sl.read(pictures, labels=["a", "b"] * 6), Task(conditions=Conditions(rotation_deg=5, blur_px=8))
    found = collected(catalog, task)
    assert found.conditions == Conditions(rotation_deg=5, blur_px=2)
    assert found.task.conditions == task.conditions
