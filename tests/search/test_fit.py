from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sightline as sl
from sightline.errors import BudgetError, CatalogError, InputError, LeakError, SightlineError
from sightline.resources import available_cores
from sightline.search.collecting import reading
from sightline.search.collecting.budget import Budget
from sightline.search.delivering.freeze import Freezer
from sightline.search.delivering.write import run_folder
from sightline.search.trying import race as race_module
from sightline.search.trying.trial import Trial
from sightline.task import Costs, Target, Task
from tests.pictures import mat, noise, write_folders, write_picture

ONLY = "HOG(size_px=32) > LinearSVM()"
WRITTEN = {
    "model.sight",
    "answers.csv",
    "report.html",
    "leaderboard.csv",
    "evaluation.json",
    "findings.json",
    "plan.json",
}


def test_everything_is_written_and_what_ships_is_what_was_measured(split_mats: Path, tmp_path: Path) -> None:
    run = sl.fit(sl.read(split_mats), time_s=8, out=tmp_path / "run", only=ONLY)
    assert {path.name for path in (tmp_path / "run").iterdir()} == WRITTEN
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["source"] == "test"
    assert evaluation["n"] == 20
    for key in ("accuracy", "balanced_accuracy", "macro_f1", "mcc"):
        assert evaluation[key]["low"] <= evaluation[key]["value"] <= evaluation[key]["high"]
    assert evaluation["latency_ms"]["p50"] <= evaluation["latency_ms"]["p99"]
    assert evaluation["model_bytes"] == (tmp_path / "run" / "model.sight").stat().st_size
    loaded = sl.load(tmp_path / "run" / "model.sight")
    again = sl.evaluate(loaded, sl.read(split_mats).part("test"))
    assert again.confusion == run.evaluation.confusion
    assert again.log_loss == run.evaluation.log_loss
    assert loaded.evaluation["accuracy"] == evaluation["accuracy"]
    rows = list(csv.DictReader((tmp_path / "run" / "leaderboard.csv").read_text().splitlines()))
    assert [row["status"] for row in rows] == ["winner"]
    assert json.loads((tmp_path / "run" / "plan.json").read_text())["data"]["training"] == 48
    assert evaluation["balanced_accuracy"]["value"] > 0.6


def test_a_report_without_pictures_names_files_and_embeds_none(split_mats: Path, tmp_path: Path) -> None:
    catalog = sl.read(split_mats)
    sl.fit(catalog, time_s=8, out=tmp_path / "run", only=ONLY, pictures=False)
    html = (tmp_path / "run" / "report.html").read_text()
    assert "data:image" not in html and "without any picture of the data" in html


def test_without_a_test_part_figures_are_out_of_fold_and_say_so(mats: Path) -> None:
    run = sl.fit(sl.read(mats), time_s=8, only="HOG")
    assert run.evaluation.source == "out-of-fold"
    assert run.folder is None
    tried = [trial for trial in run.leaderboard if trial.record is not None]
    assert len(tried) > 1
    record = run.winner.record
    assert record is not None
    raw = float((record.probabilities.argmax(axis=1) == record.truth).mean())
    assert run.evaluation.accuracy.value <= raw + 1e-9  # corrected for having chosen, never upwards
    assert any("chos" in note for note in run.evaluation.notes)


def test_same_seed_same_model(mats: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        sl.fit(
            sl.read(mats),
            time_s=8,
            only="DenseSIFT() > BagOfVisualWords(words=8) > LinearSVM()",
            seed=4,
            out=tmp_path / name,
        )
    one, other = (sl.load(tmp_path / name / "model.sight") for name in ("a", "b"))
    items = sl.read(mats).items
    assert np.array_equal(one.predict_proba(items), other.predict_proba(items))


def test_the_seed_reaches_every_component(mats: Path) -> None:
    only = "DenseSIFT() > SpatialPyramid(summary=BagOfVisualWords(words=8)) > RandomForest(trees=5)"
    one = sl.fit(sl.read(mats), time_s=8, only=only, seed=3)
    assert repr(one.model.graph).count("seed=3") == 2
    own = sl.fit(sl.read(mats), time_s=8, only="HOG(size_px=32) > RandomForest(trees=5, seed=7)", seed=3)
    assert "seed=7" in repr(own.model.graph)


def test_arrays_and_bytes_can_be_learned_from() -> None:
    pictures = [mat(48, seed, broken=bool(seed % 2)) for seed in range(24)]
    run = sl.fit(sl.read(pictures, labels=["ok", "bad"] * 12), time_s=8, only=ONLY)
    assert run.model.classes == ("bad", "ok")
    assert run.model.predict(pictures[:2])[0].label in ("ok", "bad")


def test_groups_stay_together_and_copies_become_groups(mats: Path, tmp_path: Path) -> None:
    catalog = sl.read(mats)
    doubled = sl.read([*catalog.items, *catalog.items], labels=[catalog.classes[i] for i in [*catalog.labels] * 2])
    run = sl.fit(doubled, time_s=8, only=ONLY)
    record = run.winner.record
    assert record is not None
    n = len(catalog)
    fold = record.fold[np.argsort(record.index)]
    assert (fold[:n] == fold[n:]).all()
    assert "duplicate" in {finding.kind for finding in run.findings}


def test_a_validation_part_chooses(split_mats: Path) -> None:
    catalog = sl.read(split_mats)
    assert catalog.splits is not None
    marked = catalog.splits.copy()
    marked[marked == 2] = 1
    run = sl.fit(sl.Catalog(catalog.items, catalog.classes, catalog.labels, splits=marked), time_s=8, only=ONLY)
    record = run.winner.record
    assert record is not None
    assert sorted(record.index.tolist()) == np.flatnonzero(marked == 1).tolist()


def test_a_leak_stops_unless_allowed(split_mats: Path, tmp_path: Path) -> None:
    catalog = sl.read(split_mats)
    copy = write_picture(tmp_path / "normal" / "copy.png", sl.Preparation().apply(catalog.part("test").items[-1]))
    leaked = sl.read([*catalog.items, str(copy)], labels=[*(catalog.classes[i] for i in catalog.labels), "normal"])
    assert catalog.splits is not None
    leaked = sl.Catalog(leaked.items, leaked.classes, leaked.labels, splits=np.append(catalog.splits, np.int8(0)))
    with pytest.raises(LeakError, match=r"1 picture stands in two parts \(train and test\)"):
        sl.fit(leaked, time_s=8, only=ONLY)
    run = sl.fit(leaked, time_s=8, only=ONLY, allow_leaks=True)
    assert "leak" in {finding.kind for finding in run.findings}


def test_a_test_part_of_its_own_and_classes_that_differ(split_mats: Path) -> None:
    train, test = sl.read(split_mats / "train"), sl.read(split_mats / "test")
    run = sl.fit(train, test=test, time_s=8, only=ONLY)
    assert run.evaluation.source == "test"
    strange = sl.read(test.items, labels=["odd"] * len(test))
    with pytest.raises(CatalogError, match='holds the class "odd"'):
        sl.fit(train, test=strange, time_s=8)
    half = test.subset(test.labels == 0)
    run = sl.fit(train, test=half, time_s=8, only=ONLY)
    assert "missing-class" in {finding.kind for finding in run.findings}


def test_folders_are_read_as_the_command_reads_them(split_mats: Path) -> None:
    run = sl.fit(str(split_mats / "train"), time_s=8, test=split_mats / "test", only=ONLY)
    assert (run.evaluation.source, run.evaluation.n) == ("test", 20)
    assert sl.evaluate(run.model, split_mats / "test").confusion == run.evaluation.confusion
    with pytest.raises(CatalogError, match="the data is a list; allowed: a folder"):
        sl.fit([split_mats])  # type: ignore[arg-type]
    with pytest.raises(CatalogError, match="nowhere does not exist"):
        sl.fit(split_mats / "train", test="nowhere")


def test_trained_on_pictures_are_told(split_mats: Path) -> None:
    run = sl.fit(sl.read(split_mats), time_s=8, only=ONLY)
    found = sl.evaluate(run.model, sl.read(split_mats).part("train"))
    assert any("48 of 48 pictures were trained on" in note for note in found.notes)
    assert not any("trained on" in note for note in run.evaluation.notes)


def test_one_class_and_nothing_readable(tmp_path: Path) -> None:
    write_picture(tmp_path / "a" / "1.png", noise(8, 0))
    with pytest.raises(CatalogError, match="holds one class"):
        sl.fit(sl.read(tmp_path), time_s=8)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.png").write_bytes(b"")
    with pytest.raises(CatalogError, match='no picture of the class "b" can be read'):
        sl.fit(sl.read(tmp_path), time_s=8)


def test_a_class_with_one_picture_is_a_finding_not_an_end(mats: Path, tmp_path: Path) -> None:
    catalog = sl.read(mats)
    single = str(write_picture(tmp_path / "1.png", noise(48, 1)))
    labels = [*(catalog.classes[i] for i in catalog.labels), "rare"]
    run = sl.fit(sl.read([*catalog.items, single], labels=labels), time_s=8, only=ONLY)
    kinds = {finding.kind for finding in run.findings}
    assert {"few-pictures", "class-missing-in-fold"} <= kinds
    assert run.evaluation.per_class["rare"].recall == 0


def test_broken_files_are_left_out_and_told(mats: Path, tmp_path: Path) -> None:
    catalog = sl.read(mats)
    (tmp_path / "x.jpg").write_text("no picture")
    items = [*catalog.items, str(tmp_path / "x.jpg"), str(tmp_path / "missing.jpg")]
    labels = [*(catalog.classes[i] for i in catalog.labels), "normal", "broken"]
    run = sl.fit(sl.read(items, labels=labels), time_s=8, only=ONLY)
    assert [finding.kind for finding in run.findings].count("broken-file") == 2
    assert run.evaluation.n == len(catalog)


def test_a_budget_that_nothing_meets_names_the_limit_and_the_nearest(mats: Path, tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match=r"the nearest, .*HOG.*, latency .* ms is over the limit of 0\.001 ms"):
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_latency_ms=0.001, out=tmp_path / "run")
    assert (tmp_path / "run" / "leaderboard.csv").exists()
    with pytest.raises(BudgetError, match="size"):
        sl.fit(sl.read(mats), Task(target=Target(size_mb=0.0001)), time_s=8, only=ONLY)
    with pytest.raises(BudgetError, match="peak memory"):
        sl.fit(sl.read(mats), Task(target=Target(memory_mb=1)), time_s=8, only=ONLY)
    with pytest.raises(InputError, match="--max-size is -1"):
        sl.fit(sl.read(mats), time_s=8, max_size_mb=-1)
    with pytest.raises(InputError, match="a time of 0 s"):
        sl.fit(sl.read(mats), time_s=0)
    with pytest.raises(InputError, match="workers=-1 was given"):
        sl.fit(sl.read(mats), time_s=8, workers=-1)


def test_costs_are_obeyed_from_search_to_prediction(split_mats: Path) -> None:
    task = Task(positive="broken", costs=Costs({"broken": {"normal": 100.0}}))
    run = sl.fit(sl.read(split_mats), task, time_s=8, only=ONLY)
    assert "expected_cost" in run.evaluation.intervals
    assert "positive_recall" in run.evaluation.intervals
    assert run.evaluation.per_class["broken"].recall >= 0.9
    assert run.model.task.costs.mistakes == {"broken": {"normal": 100.0}}


def test_class_order_is_the_tasks(split_mats: Path) -> None:
    task = Task(classes=("normal", "broken"))
    one = sl.fit(sl.read(split_mats), task, time_s=8, only=ONLY)
    other = sl.fit(sl.read(split_mats), time_s=8, only=ONLY)
    assert one.model.classes == ("normal", "broken")
    assert other.model.classes == ("broken", "normal")
    assert np.allclose(
        one.model.predict_proba(sl.read(split_mats).items)[:, ::-1],
        other.model.predict_proba(sl.read(split_mats).items),
        atol=0.02,
    )
    with pytest.raises(CatalogError, match='the class "odd" has no picture to learn from'):
        sl.fit(sl.read(split_mats), Task(classes=("normal", "broken", "odd")), time_s=8)


def test_ctrl_c_keeps_what_was_found(mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt, came = race_module.attempt, threading.Event()
    done = []

    def interrupted(among, candidate, *rest, **more):
        if done and threading.current_thread() is threading.main_thread():  # where Ctrl-C arrives
            came.set()
            raise KeyboardInterrupt
        if done:
            came.wait(1)  # or a helper that is quick might leave nothing to the main thread
        trial = attempt(among, candidate, *rest, **more)
        done.append(candidate.name)
        return trial

    monkeypatch.setattr(race_module, "attempt", interrupted)
    run = sl.fit(sl.read(mats), time_s=20, only="HOG", out=tmp_path / "run")
    assert run.interrupted
    assert {path.name for path in (tmp_path / "run").iterdir()} == WRITTEN - {"answers.csv"}
    assert "interrupted" in {finding.kind for finding in run.findings}
    assert run.winner.name in done


def test_reduced_decoding_is_chosen_only_when_it_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(write_picture(tmp_path / f"{i}.jpg", mat(560, i, broken=bool(i % 2)), quality=90)) for i in range(20)]
    run = sl.fit(sl.read(paths, labels=["ok", "bad"] * 10), time_s=60, only=ONLY)
    reduced = [trial for trial in run.leaderboard if trial.preparation.decode == 2]
    assert len(reduced) == 1
    assert reduced[0].status in ("winner", "tried", "skipped")
    if reduced[0].status == "skipped":
        assert "reduced decoding loses" in reduced[0].why


def test_a_second_run_reads_descriptions_from_beside_the_runs(mats: Path, tmp_path: Path) -> None:
    first = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "runs" / "a")
    kept = list((tmp_path / "runs" / ".cache").glob("features-*.npy"))
    assert kept
    second = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "runs" / "b")
    assert first.evaluation.confusion == second.evaluation.confusion


def test_a_folder_that_cannot_be_written_is_told_before_any_work(mats: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot write to --out"):
        sl.fit(sl.read(mats), time_s=8, out=tmp_path / "file" / "run")


def test_a_file_over_a_limit_is_not_left_behind_as_the_winner(split_mats: Path, tmp_path: Path) -> None:
    tight = Task(target=Target(memory_mb=1))
    with pytest.raises(BudgetError, match="peak memory"):
        sl.fit(sl.read(split_mats), tight, time_s=8, only=ONLY, out=tmp_path / "run")
    rows = list(csv.DictReader((tmp_path / "run" / "leaderboard.csv").read_text().splitlines()))
    assert [row["status"] for row in rows] == ["over budget"]
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"leaderboard.csv", "findings.json"}


def test_the_limit_of_size_is_kept_by_the_file_that_ships(mats: Path, tmp_path: Path) -> None:
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "run")
    size = (tmp_path / "run" / "model.sight").stat().st_size
    assert run.evaluation.model_bytes == size
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "run", max_size_mb=(size - 500) / 1e6)
    assert run.model.reference is None  # the sketch of the training pictures goes first
    size = (tmp_path / "run" / "model.sight").stat().st_size
    assert run.evaluation.model_bytes == size
    run = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "run", max_size_mb=(size - 100) / 1e6)
    assert not len(run.model.fingerprints)  # then their fingerprints
    size = (tmp_path / "run" / "model.sight").stat().st_size
    with pytest.raises(BudgetError, match="size"):  # the model alone would fit, with what was measured it does not
        sl.fit(sl.read(mats), time_s=8, only=ONLY, max_size_mb=(size - 100) / 1e6)


def test_when_the_time_is_over_no_further_file_is_measured(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "left_to_search", lambda self: 10.0)
    monkeypatch.setattr(Budget, "left", lambda self: -1.0)
    with pytest.raises(BudgetError, match=r"peak memory .* \(\d+ more were not measured: the time was over\)"):
        sl.fit(sl.read(mats), Task(target=Target(memory_mb=1)), time_s=8, only="HOG")


def test_time_counts_from_where_it_began_and_used_up_it_still_delivers(mats: Path, tmp_path: Path) -> None:
    run = sl.fit(sl.read(mats), time_s=8, only="HOG", out=tmp_path / "run", started=time.perf_counter() - 20)
    assert run.seconds > 20 and run.model.predict(sl.read(mats).items[:1])[0].label is not None
    assert [trial.status for trial in run.leaderboard if trial.record is not None] == ["winner"]
    assert "over-time" in {finding.kind for finding in run.findings}
    assert "model.sight" in {path.name for path in (tmp_path / "run").iterdir()}


def test_time_cannot_begin_in_the_future(mats: Path) -> None:
    with pytest.raises(InputError, match=r"started=.* lies in the future .*; allowed: what time\.perf_counter"):
        sl.fit(sl.read(mats), time_s=8, started=time.perf_counter() + 1000)


def test_a_replay_reads_as_many_pictures_as_the_plan_did_on_any_machine(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "UNTIMED", 1)
    monkeypatch.setattr(reading, "_limit", lambda *anything: 40)
    first = sl.fit(sl.read(mats), time_s=10, only="HOG() > Ridge()", out=tmp_path / "here" / "run")
    monkeypatch.setattr(reading, "_limit", lambda *anything: 50)  # a faster machine, without the journal
    again = sl.fit(sl.read(mats), replay=tmp_path / "here" / "run" / "plan.json", out=tmp_path / "there" / "run")
    assert again.model.digest == first.model.digest


def test_pictures_of_one_group_alone_cannot_be_judged(tmp_path: Path) -> None:
    items = [str(write_picture(tmp_path / f"{i}.png", noise(16, 0))) for i in range(6)]
    with pytest.raises(CatalogError, match="all of one group"):
        sl.fit(sl.read(items, labels=["a", "b"] * 3), time_s=8, only=ONLY)


def test_one_group_for_each_class_is_told_and_ends_well(mats: Path) -> None:
    run = sl.fit(sl.read(mats, group_pattern="(normal|broken)"), time_s=8, only=ONLY)
    assert [finding.kind for finding in run.findings].count("class-missing-in-fold") == 2
    assert run.evaluation.accuracy.value == 0


def test_very_many_classes_two_by_two_are_not_tried(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_module, "memory_limit", lambda: 400)
    with pytest.raises(InputError, match="2 classes, two by two"):
        sl.fit(sl.read(mats), time_s=8, only="HOG() > KernelSVM()")


SAME_BITS = """
import sys
import sightline as sl
print(sl.fit(sl.read(sys.argv[1]), only="HOG() > Ridge()", time_s=60).model.digest)
"""


@pytest.mark.skipif(shutil.which("taskset") is None or available_cores() < 2, reason="needs taskset and two cores")
def test_the_same_model_to_the_bit_on_one_core_and_on_two(tmp_path: Path) -> None:
    pictures = write_folders(tmp_path / "mats", per_class=150, size=48, seed=0)
    cores = sorted(os.sched_getaffinity(0))[:2]
    digests = set()
    for some in (cores[:1], cores):
        command = ["taskset", "-c", ",".join(map(str, some)), sys.executable, "-c", SAME_BITS, str(pictures)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


def test_two_fits_into_one_folder_at_once(mats: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with run_folder(out), pytest.raises(InputError, match=r"another fit is writing to --out .*; wait for it"):
        sl.fit(sl.read(mats), time_s=5, out=out)
    assert list(out.iterdir()) == []
    with run_folder(out):
        pass
    (out / "kept").touch()
    with run_folder(out):  # again, and beside what is there
        assert (out / "kept").exists()


def test_a_wish_that_cannot_be_leaves_no_folder(mats: Path, tmp_path: Path) -> None:
    for wrong in ({"max_latency_ms": 0.0}, {"only": "Nothing"}, {"time_s": 0}):
        with pytest.raises(SightlineError):
            sl.fit(sl.read(mats), out=tmp_path / "run", **wrong)
    assert not (tmp_path / "run").exists()


def test_where_the_last_fit_fails_the_next_best_ships(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze, failed = Freezer.freeze, []

    def once(self: Freezer, trial: Trial) -> Any:
        if not failed:
            failed.append(trial.name)
            raise MemoryError
        return freeze(self, trial)

    monkeypatch.setattr(Freezer, "freeze", once)
    run = sl.fit(sl.read(mats), time_s=30, only="HOG")
    assert run.winner.name != failed[0]
    (fallen,) = (trial for trial in run.leaderboard if trial.name == failed[0])
    assert fallen.status == "failed" and fallen.why == "fitted on everything, it failed: MemoryError"
    failed.clear()
    with pytest.raises(InputError, match=r"HOG.*fitted on everything, it failed: MemoryError"):
        sl.fit(sl.read(mats), time_s=10, only="HOG() > Ridge()")
