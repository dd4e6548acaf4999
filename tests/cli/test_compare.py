from __future__ import annotations

from pathlib import Path

from tests.cli.called import Call
from tests.evaluation import examples
from tests.evaluation.runs import write_run


def test_a_page_goes_into_a_device_and_never_in_its_place(sightline: Call, tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", examples.digits())
    done = sightline("compare", run, run, "--out", "/dev/null")
    assert done.code == 0 and Path("/dev/null").is_char_device()


def test_a_page_that_cannot_be_written_is_told_before_the_runs_are_read(sightline: Call, tmp_path: Path) -> None:
    for out in ("", "/", tmp_path):
        done = sightline("compare", tmp_path / "gone", tmp_path / "gone", "--out", out)
        assert done.code == 2 and "it is a folder" in done.error
