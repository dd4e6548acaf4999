from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.called import Call


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_profile_that_cannot_be_written_is_told_before_the_work(
    sightline: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def never(progress: object) -> None:
        raise RuntimeError("ten seconds of work")

    monkeypatch.setattr("sightline.evaluation.profiling.profile_machine", never)
    done = sightline("bench", "--profile", name)
    assert done.code == 2 and "it is a folder; name a file in it" in done.error


def test_pictures_that_cannot_be_read_are_one_line_in_words(sightline: Call, small: Path, tmp_path: Path) -> None:
    done = sightline("bench", small, tmp_path / "nowhere.png")
    assert done.code == 2 and "nowhere.png: no such file" in done.error and "sightline.errors" not in done.err
