"""The command as a person runs it: exit codes, one line for an error, tables, JSON and nothing else."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.broken import write_odd_files
from tests.pictures import mat, noise, write_folders, write_picture

ONLY = ("--only", "HOG(size_px=32) > LinearSVM()", "--time", "6s")


def run(*args: object, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sightline", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def error_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    assert done.stderr.splitlines()[-1] == lines[0]
    return lines[0]


@pytest.fixture(scope="module")
def mats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("mats")
    write_folders(root / "train", per_class=20, size=48, seed=1)
    write_folders(root / "test", per_class=8, size=48, seed=2)
    return root


@pytest.fixture(scope="module")
def model(mats: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "m"
    done = run("fit", mats, "--out", out, *ONLY)
    assert "balanced accuracy" in done.stderr
    assert done.stdout == ""
    return out / "model.sight"


def test_help_and_version() -> None:
    shown = run("--help").stdout
    verbs = "demo init audit fit evaluate compare predict explain similar export bench doctor"
    assert all(verb in shown for verb in verbs.split())
    assert run("--version").stdout.startswith("sightline ")
    assert run("fit", "--help").stdout


def test_predict_prints_csv_and_reports_bad_files_in_their_rows(model: Path, mats: Path, tmp_path: Path) -> None:
    good = next((mats / "test" / "normal").iterdir())
    (tmp_path / "empty.jpg").write_bytes(b"")
    done = run("predict", model, good, tmp_path / "empty.jpg", tmp_path / "gone.jpg")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["label"] for row in rows] == [rows[0]["label"], "", ""]
    assert rows[0]["label"] in ("broken", "normal")
    assert float(rows[0]["p_broken"]) + float(rows[0]["p_normal"]) == pytest.approx(1, abs=1e-5)
    assert [row["reason"] for row in rows] == ["", "is empty", "no such file"]
    assert "2 could not be read" in done.stderr


def test_predict_survives_every_odd_file(model: Path, tmp_path: Path) -> None:
    expected = write_odd_files(tmp_path / "odd")
    done = run("predict", model, tmp_path / "odd", "--out", tmp_path / "p.jsonl")
    assert done.stdout == ""
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    found = {os.path.relpath(row["path"], tmp_path / "odd"): row for row in rows}
    listed = {name: one for name, one in expected.items() if one.is_listed}
    assert len(listed) >= 40
    assert set(found) == set(listed)
    for name, one in listed.items():
        assert (found[name]["label"] is None) == (one.refused is not None), (name, found[name])


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_predict_writes_tables(model: Path, mats: Path, tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra table")
    out = tmp_path / f"p{suffix}"
    run("predict", model, mats / "test", "--out", out)
    if suffix == ".parquet":
        assert parquet.read_table(out).num_rows == 16
    else:
        assert len(out.read_text().splitlines()) == 16 + (suffix == ".csv")


def test_json_is_one_document_and_nothing_else(model: Path, mats: Path, tmp_path: Path) -> None:
    answers = json.loads(run("predict", model, mats / "test", "--json").stdout)
    assert len(answers) == 16
    assert set(answers[0]["probabilities"]) == {"broken", "normal"}
    assert json.loads(run("audit", mats, "--json").stdout)[0]["kind"]
    found = json.loads(run("evaluate", model, mats, "--json").stdout)
    assert found["n"] == 16
    assert found["source"] == "test"
    assert json.loads(run("bench", model, mats / "test", "--json").stdout)["latency_ms"]["p50"] > 0
    found = json.loads(run("doctor", "--json").stdout)
    assert found["missing"] == [] and {"numpy", "pyarrow", "scikit-learn-intelex"} <= set(found["packages"])
    result = json.loads(run("fit", mats, "--out", tmp_path / "r", "--json", *ONLY).stdout)
    assert result["evaluation"]["n"] == 16


def test_evaluate_and_bench_and_doctor_for_people(model: Path, mats: Path) -> None:
    assert "balanced accuracy" in run("evaluate", model, mats / "test").stderr
    assert "pictures/s" in run("bench", model, "--size", "64x48").stderr
    assert "numpy" in run("doctor").stderr


def test_bench_profiles_this_machine_and_fit_converts_to_a_profile(mats: Path, tmp_path: Path) -> None:
    path = tmp_path / "here.json"
    printed = json.loads(run("bench", "--profile", path, "--json").stdout)
    assert printed == json.loads(path.read_text())
    slow = {name: 50 * ms for name, ms in printed["works_ms"].items()}
    (tmp_path / "slow.json").write_text(json.dumps(printed | {"machine": "slow one", "works_ms": slow}))
    done = run("fit", mats, "--out", tmp_path / "m", "--target", tmp_path / "slow.json", *ONLY)
    assert "on slow one (converted)" in done.stderr
    found = json.loads((tmp_path / "m" / "evaluation.json").read_text())
    assert found["converted_to"] == "slow one"
    assert found["converted_latency_ms"]["p50"] > 10 * found["latency_ms"]["p50"]
    kinds = [one["kind"] for one in json.loads((tmp_path / "m" / "findings.json").read_text())]
    assert kinds.count("latency-converted") == 1


def test_init_writes_a_task_that_fit_takes(mats: Path, tmp_path: Path) -> None:
    run("init", mats, "--yes", "--out", tmp_path / "task.toml")
    run("fit", mats, "--task", tmp_path / "task.toml", "--out", tmp_path / "r", *ONLY)
    again = run("init", mats, "--yes", "--out", tmp_path / "task.toml", code=2)
    assert "exists" in error_line(again)


def test_fit_from_csv_with_missing_files_and_duplicate_rows(mats: Path, tmp_path: Path) -> None:
    paths = sorted((mats / "train").rglob("*.jpg"))
    lines = [f"{path},{path.parent.name}" for path in [*paths, paths[0]]]
    (tmp_path / "t.csv").write_text("\n".join(["path,label", *lines, "gone.jpg,normal"]) + "\n")
    run("fit", tmp_path / "t.csv", "--out", tmp_path / "r", *ONLY)
    kinds = [one["kind"] for one in json.loads((tmp_path / "r" / "findings.json").read_text())]
    assert {"broken-file", "duplicate"} <= set(kinds)


def test_fit_goes_on_over_every_odd_file(mats: Path, tmp_path: Path) -> None:
    shutil.copytree(mats / "train", tmp_path / "d")
    expected = write_odd_files(tmp_path / "d" / "normal" / "odd")
    run("fit", tmp_path / "d", "--out", tmp_path / "r", *ONLY)
    findings = json.loads((tmp_path / "r" / "findings.json").read_text())
    broken = {os.path.relpath(name, tmp_path / "d" / "normal" / "odd") for one in findings
              if one["kind"] == "broken-file" for name in one["sources"]}  # fmt: skip
    assert broken == {name for name, one in expected.items() if one.is_listed and one.refused is not None}


def test_leaks_exit_with_one(mats: Path, tmp_path: Path) -> None:
    shutil.copytree(mats, tmp_path / "d")
    source = next((tmp_path / "d" / "train" / "normal").iterdir())
    shutil.copy(source, tmp_path / "d" / "test" / "normal" / "copy.jpg")
    assert "stands in two parts" in error_line(run("fit", tmp_path / "d", "--out", tmp_path / "r", *ONLY, code=1))
    assert "leak" in run("audit", tmp_path / "d", code=1).stderr
    run("fit", tmp_path / "d", "--out", tmp_path / "r", "--allow-leaks", *ONLY)


def test_a_budget_that_nothing_meets_exits_with_one(mats: Path, tmp_path: Path) -> None:
    done = run("fit", mats, "--out", tmp_path / "r", "--max-latency", "0.001ms", *ONLY, code=1)
    assert "over the limit of 0.001 ms" in error_line(done)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("fit", "nowhere"), "does not exist"),
        (("fit", "empty"), "holds no pictures"),
        (("fit", "one"), "holds one class"),
        (("fit", "flat"), "no class folders"),
        (("fit", "broken.csv"), 'no column "label"'),
        (("fit", "mats", "--time", "soon"), '"soon" is no time; allowed: 90s, 2m, 1h'),
        (("fit", "mats", "--max-size", "10 apples"), "is no size"),
        (("fit", "mats", "--only", "HOGG"), 'did you mean "HOG"'),
        (("fit", "mats", "--task", "bad.toml"), 'unknown key "clases"; did you mean "classes"?'),
        (("fit", "mats", "--group", "piece"), 'no column "piece"'),
        (("fit", "mats/train", "--test", "other"), 'holds the class "odd"'),
        (("predict", "nothing.sight", "x.jpg"), "nothing.sight"),
        (("predict", "flat/1.png", "x.jpg"), "is no model file"),
        (("evaluate", "nothing.sight", "mats"), "nothing.sight"),
        (("bench", "nothing.sight"), "nothing.sight"),
        (("bench",), "allowed: MODEL, or --profile FILE"),
        (("bench", "nothing.sight", "--profile", "here.json"), "allowed: one of them"),
        (("bench", "--profile", "no/such/folder.json"), "no such folder"),
        (("fit", "mats", "--target", "bad.toml"), "bad.toml is no JSON"),
        (("audit", "nowhere"), "does not exist"),
        (("compare", "nowhere", "mats"), "nowhere does not exist"),
        (("compare", "mats", "mats"), "holds no evaluation.json"),
        (("init", "nowhere", "--yes"), "does not exist"),
    ],
)
def test_bad_input_is_one_line_and_exit_two(tmp_path: Path, mats: Path, args: tuple[str, ...], words: str) -> None:
    (tmp_path / "empty").mkdir()
    write_picture(tmp_path / "one" / "a" / "1.png", noise(8, 0))
    write_picture(tmp_path / "flat" / "1.png", noise(8, 0))
    write_folders(tmp_path / "other", per_class=2, size=16, seed=0, classes=("odd", "normal"))
    (tmp_path / "broken.csv").write_text("path,class\na.png,x\n")
    (tmp_path / "bad.toml").write_text("clases = ['a', 'b']")
    (tmp_path / "mats").symlink_to(mats)
    assert words in error_line(run(*args, cwd=tmp_path, code=2))


def test_compare_sets_two_runs_side_by_side(model: Path, tmp_path: Path) -> None:
    page = tmp_path / "compare.html"
    done = run("compare", model.parent, model.parent, "--out", page)
    assert done.stdout == "" and "equal" in done.stderr and "picture by picture" in done.stderr
    assert page.read_text().startswith("<!doctype html>")
    plain = json.loads(run("compare", model.parent, model, "--json").stdout)
    assert plain["paired_on"] == 0 and plain["figures"][0]["difference"] == 0
    assert any("keeps no findings" in caution for caution in plain["cautions"])


def test_unknown_options_exit_with_two() -> None:
    assert "--tme" in run("fit", "x", "--tme", "3", code=2).stderr


@pytest.mark.parametrize("suffix", ["x.txt", "no/such/folder.csv"])
def test_predict_refuses_a_bad_out_before_any_work(model: Path, mats: Path, tmp_path: Path, suffix: str) -> None:
    error_line(run("predict", model, mats / "test", "--out", tmp_path / suffix, code=2))


def test_ctrl_c_during_fit_keeps_what_was_found(tmp_path: Path) -> None:
    for label in ("normal", "broken"):
        for number in range(60):
            write_picture(tmp_path / "d" / label / f"{number}.jpg", mat(200, number, broken=label == "broken"))
    command = [sys.executable, "-m", "sightline", "fit", "d", "--out", "r", "--time", "10m"]
    lines = []
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            lines.append(line)
            if line.startswith("trying") and " 1/" in line:  # the first candidate has been tried
                started.send_signal(signal.SIGINT)
                break
        rest = started.stderr.read()
    assert started.returncode == 130, "".join(lines) + rest  # so that nothing goes on as after a whole run
    assert "Traceback" not in rest
    assert "interrupted" in rest
    assert (tmp_path / "r" / "model.sight").exists()
    assert run("predict", "r/model.sight", "d/normal/0.jpg", cwd=tmp_path).stdout.count("\n") == 2


def test_output_into_a_closed_pipe_is_no_error(model: Path, mats: Path) -> None:
    command = f'"{sys.executable}" -m sightline predict "{model}" "{mats / "test"}" | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("path,label")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_behind_standard_output_is_one_line(mats: Path) -> None:
    command = [sys.executable, "-m", "sightline", "audit", str(mats), "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: cannot write the result: No space left on device"]


def test_output_that_knows_no_letter_but_ascii_gets_json_all_the_same(tmp_path: Path) -> None:
    write_folders(tmp_path / "é", per_class=2, size=16, seed=1)
    (tmp_path / "é" / "normal" / "ü.png").write_bytes(b"")
    command = [sys.executable, "-m", "sightline", "audit", str(tmp_path / "é"), "--json"]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=ascii_only, check=False)
    assert done.returncode == 0, done.stderr
    assert any("ü.png" in finding["message"] for finding in json.loads(done.stdout))
