from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import sightline as sl
from sightline.errors import ArtifactError, BudgetError, InputError
from sightline.evaluation.measured_run import load_run
from sightline.files import write_whole
from sightline.search.delivering import write as module
from sightline.search.delivering.write import check_allowed, run_folder, write_findings, write_leaderboard

ONLY = "HOG(size_px=32) > LinearSVM()"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_of_two_fits_that_begin_together_one_is_told_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with run_folder(tmp_path / "run") as out:

        def gone(path: Path, *given: Any) -> int:
            raise FileNotFoundError(2, "No such file or directory")  # the other fit has just removed it

        monkeypatch.setattr(Path, "write_bytes", gone)
        with pytest.raises(InputError, match="another fit is writing to"), run_folder(out):
            pass


def test_where_locks_do_not_exist_both_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_bytes", lambda *given: 0)  # the other fit has just removed it
    with run_folder(tmp_path / "run") as out:
        assert out.is_dir()


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(InputError, match=r"cannot write to --out .*: File exists; give a folder"),
        run_folder(tmp_path / "file"),
    ):
        pass

    def refused(path: Path, *given: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refused)
    with pytest.raises(InputError, match=r"cannot write to --out .*: Permission denied"), run_folder(tmp_path / "run"):
        pass


def test_a_place_where_nobody_may_write_is_told_before_anything_is_made(
    tmp_path: Path, mats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_allowed(tmp_path / "new" / "run")
    asked = []
    monkeypatch.setattr("os.access", lambda place, how: asked.append(place))
    monkeypatch.setattr("sightline.search.fit._network", lambda *_: pytest.fail("a network was exported first"))
    with pytest.raises(InputError, match=r"cannot write to --out .*run: .* is read-only, or another's; give a folder"):
        sl.fit(sl.read(mats), time_s=8, out=tmp_path / "new" / "run")
    assert asked == [tmp_path] and not (tmp_path / "new").exists()


def test_answers_of_an_earlier_run_do_not_stay_beside_another_model(split_mats: Path, tmp_path: Path) -> None:
    catalog, out = sl.read(split_mats), tmp_path / "run"
    sl.fit(catalog, time_s=8, only=ONLY, out=out)
    assert load_run(out).answers is not None
    sl.fit(catalog.part("train"), time_s=8, only=ONLY, out=out)
    assert load_run(out).answers is None and not (out / "answers.csv").exists()


def test_a_run_without_a_model_leaves_an_earlier_one_whole(mats: Path, tmp_path: Path) -> None:
    catalog, out = sl.read(mats), tmp_path / "run"
    sl.fit(catalog, time_s=8, only=ONLY, out=out)
    before = contents(out)
    with pytest.raises(BudgetError):
        sl.fit(catalog, time_s=8, only=ONLY, out=out, max_size_mb=0.0001)
    after = contents(out)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"unfinished-leaderboard.csv", "unfinished-findings.json"}
    (row,) = csv.DictReader((out / "unfinished-leaderboard.csv").read_text().splitlines())
    assert row["status"] == "over budget"
    sl.fit(catalog, time_s=8, only=ONLY, out=out)
    assert contents(out).keys() == before.keys()


def test_without_an_earlier_model_tables_have_their_own_names(tmp_path: Path) -> None:
    for _ in range(2):  # what the first left is no model
        assert write_leaderboard(tmp_path, []) == tmp_path / "leaderboard.csv"
        assert write_findings(tmp_path, ()) == tmp_path / "findings.json"
    (tmp_path / "model.sight").touch()
    assert write_leaderboard(tmp_path, []) == tmp_path / "unfinished-leaderboard.csv"
    assert json.loads((tmp_path / "findings.json").read_text()) == []


def test_what_is_found_with_an_evaluation_is_of_one_run(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, out = sl.read(mats), tmp_path / "run"
    sl.fit(catalog, time_s=8, only=ONLY, out=out)

    def cut_off(path: Path, data: bytes) -> None:
        if path.name == "report.html":
            raise OSError("as a power cut")
        write_whole(path, data)

    monkeypatch.setattr(module, "write_whole", cut_off)
    with pytest.raises(OSError, match="power cut"):
        sl.fit(catalog, time_s=8, only=ONLY, out=out, seed=1)
    with pytest.raises(InputError, match=r"holds no evaluation\.json, so no run that came to its end"):
        load_run(out)


def test_what_cannot_be_told_costs_no_earlier_run(mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, out = sl.read(mats), tmp_path / "run"
    sl.fit(catalog, time_s=8, only=ONLY, out=out)
    before = contents(out)

    def broken(data: Any) -> str:
        raise ValueError("no words for this")

    monkeypatch.setattr(module, "render", broken)
    with pytest.raises(ValueError, match="no words"):
        sl.fit(catalog, time_s=8, only="HOG(size_px=32) > Ridge()", out=out)
    after = contents(out)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"unfinished-leaderboard.csv", "unfinished-findings.json"}


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "unlink", held)
    with pytest.raises(ArtifactError, match=r"cannot remove .*answers\.csv, which is of an earlier run: The process"):
        module._take_away(tmp_path, "answers.csv")
