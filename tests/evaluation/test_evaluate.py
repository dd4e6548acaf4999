from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.evaluation.evaluate import answered, judge
from sightline.evaluation.result import Evaluation
from sightline.pipeline.model import Model
from sightline.task import Task
from tests.evaluation.profiles import small_model
from tests.pictures import mat, write_picture


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> sl.Catalog:
    """Ten patients with eight pictures each."""
    folder = tmp_path_factory.mktemp("patients")
    paths = [str(write_picture(folder / f"p{i // 8}_{i}.png", mat(32, i, broken=bool(i % 2)))) for i in range(80)]
    return sl.read(paths, labels=["ok", "bad"] * 40)


def of(task: Task) -> Model:
    model = small_model()
    return dataclasses.replace(model, task=dataclasses.replace(task, classes=model.classes))


def figures(found: Evaluation) -> tuple[float, float, float]:
    return found.accuracy.low, found.accuracy.high, found.log_loss


def test_intervals_respect_the_groups_of_the_task_by_column_or_by_pattern(patients: sl.Catalog) -> None:
    given = dataclasses.replace(patients, groups=[str(i // 8) for i in range(80)])
    column = dataclasses.replace(patients, metadata={"patient": given.groups})
    grouped, single = (figures(sl.evaluate(of(Task()), one)) for one in (given, patients))
    assert grouped != single
    assert figures(sl.evaluate(of(Task(group_pattern=r"p(\d+)_")), patients)) == grouped
    assert figures(sl.evaluate(of(Task(group="patient")), column)) == grouped
    assert figures(sl.evaluate(of(Task(group="group")), given)) == grouped


def test_a_collection_that_does_not_know_the_groups_of_the_task_keeps_its_own(patients: sl.Catalog) -> None:
    given = dataclasses.replace(patients, groups=[str(i // 8) for i in range(80)])
    for task in (Task(group="patient"), Task(group_pattern="nowhere(x)")):
        for catalog in (patients, given):
            assert figures(sl.evaluate(of(task), catalog)) == figures(sl.evaluate(of(Task()), catalog))


def test_every_row_is_answered_and_only_labelled_ones_that_can_be_read_count(
    patients: sl.Catalog, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    labels = [*(patients.classes[i] for i in patients.labels[:10]), "ok", None]
    catalog = sl.read([*patients.items[:10], str(tmp_path / "broken.png"), patients.items[10]], labels=labels)
    found, answers = judge(of(Task()), catalog)
    assert (found.n, len(answers)) == (10, 12)
    assert [note for note in found.notes[-2:]] == [
        "1 picture could not be read and is left out",
        "1 row has no label and is left out",
    ]
    kept = answered(catalog.ordered_as(("bad", "ok")), answers)
    assert kept is not None and len(kept) == 10 and np.all(np.asarray(kept.group) == -1)
