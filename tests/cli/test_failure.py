from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from sightline import errors
from sightline.cli import doctor, fit, main
from sightline.cli.failure import json_asked, kind_of
from tests.cli.called import Call
from tests.pictures import write_folders


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        (("audit", "nowhere"), "catalog"),
        (("fit", "nowhere", "--time", "soon"), "input"),
        (("fit", "nowhere", "--task", "gone.toml"), "task"),
        (("evaluate", "gone.sight", "nowhere"), "artifact"),
        (("predict", "gone.sight", "x.jpg"), "artifact"),
        (("similar", "gone.sight", "x.jpg"), "artifact"),
        (("compare", "gone", "gone"), "input"),
        (("bench",), "input"),
    ],
)
def test_with_json_an_error_is_the_document(
    sightline: Call, args: tuple[str, ...], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = sightline(*args)
    assert plain.out == "" and plain.code == 2
    done = sightline(*args, "--json")
    assert (done.code, done.error) == (2, plain.error)
    message = done.error.removeprefix("error: ")
    assert done.document == {"error": {"kind": kind, "message": message, "exit_code": 2}}


def test_a_command_line_that_cannot_be_understood_is_one_too(sightline: Call) -> None:
    for args, words in (
        (("predict", "--json"), "missing argument 'model'"),
        (("fit", "d", "--tme", "3", "--json"), "--tme"),
    ):
        done = sightline(*args)
        assert done.code == 2 and done.err  # Typer's own words
        assert done.document["error"]["kind"] == "usage"
        assert words in done.document["error"]["message"].lower()
    assert sightline("predict").out == ""


def test_a_gate_keeps_its_exit_code(sightline: Call, tmp_path: Path) -> None:
    write_folders(tmp_path / "train", per_class=3, size=16, seed=1)
    copy = next((tmp_path / "train" / "normal").iterdir())
    (tmp_path / "test" / "normal").mkdir(parents=True)
    (tmp_path / "test" / "normal" / "copy.jpg").write_bytes(copy.read_bytes())
    done = sightline("fit", tmp_path, "--out", tmp_path / "r", "--json")
    assert done.code == done.document["error"]["exit_code"] == 1
    assert done.document["error"]["kind"] == "leak"
    found = sightline("audit", tmp_path, "--json")  # its findings are the document, and there is no second one
    assert found.code == 1 and "leak" in [one["kind"] for one in found.document]


def test_doctor_that_misses_something_prints_one_document(sightline: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "BASE", ("numpy", "no-such-library"))
    done = sightline("doctor", "--json")
    assert done.code == 2 and done.document["missing"] == ["no-such-library"]
    assert "missing: no-such-library; run in a checkout of Sightline: pip install --force-reinstall ." in done.error


def test_ctrl_c_is_told_to_programs(sightline: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stopped(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sightline.data.read.read", stopped)
    done = sightline("audit", tmp_path, "--json")
    assert done.code == done.document["error"]["exit_code"] == 130
    assert done.document["error"]["kind"] == "interrupted" and done.err.splitlines()[-1].startswith("stopped; ")


def test_a_fit_that_was_stopped_and_gave_its_result_prints_no_second_document(
    sightline: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_folders(tmp_path / "d", per_class=1, size=8, seed=1)
    run = SimpleNamespace(to_dict=lambda: {"a": 1}, interrupted=True)
    monkeypatch.setattr("sightline.search.fit.fit", lambda *args, **more: run)
    done = sightline("fit", tmp_path / "d", "--out", tmp_path / "r", "--json")
    assert done.code == fit.INTERRUPTED == main.INTERRUPTED and done.document == {"a": 1}
    assert "stopped" not in done.err


def test_json_is_asked_for_by_an_option_and_by_no_file_name() -> None:
    assert json_asked(["audit", "d", "--json"]) and json_asked(["--json", "--", "x"])
    assert not json_asked(["predict", "m", "--", "--json"]) and not json_asked([])


def test_every_error_has_a_kind_that_programs_can_rely_on() -> None:
    def below(one: type[errors.SightlineError]) -> set[str]:
        return {kind_of(one("x"))}.union(*map(below, one.__subclasses__()))

    assert below(errors.SightlineError) >= {
        "input", "unreadable", "catalog", "task", "component", "artifact", "missing-extra", "gate", "leak", "budget",
    }  # fmt: skip
