"""Who looks on at the trainings of a search."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sightline.deep.distilled import Distilled
from sightline.deep.self_trained import SelfTrained
from sightline.deep.trained import Trained
from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.watch import Watch
from sightline.errors import ArtifactError
from sightline.parallel import nothing, silent
from sightline.search.trying import trainings
from sightline.search.trying.trainings import attended, watch
from tests.deep.toys import red_and_blue


class TimeOverError(Exception):
    pass


def after(batches: int) -> Callable[[], None]:
    left = iter(range(batches))

    def check() -> None:
        if next(left, None) is None:
            raise TimeOverError

    return check


def test_without_a_folder_nothing_is_kept() -> None:
    assert watch(None, "key", silent, nothing).checkpoints is None


def test_what_it_is_given_is_taken_away_whatever_happens() -> None:
    learners = Trained(), SelfTrained(), Distilled(teacher="HOG() > LinearSVM()")
    pictures: list[Any] = red_and_blue(3)[0]
    for node in learners:
        with pytest.raises(TimeOverError), attended(node, pictures, Watch()):
            assert node.watch is not None
            assert len(getattr(node, "unlabelled", pictures)) == 3 and getattr(node, "school", 1) is not None
            raise TimeOverError
        assert node.watch is None
        assert not len(getattr(node, "unlabelled", ())) and getattr(node, "school", None) is None


@pytest.mark.parametrize(
    ("limit", "left"),
    [({"KEPT": 2}, "23"), ({"MOST_BYTES": 25}, "23"), ({"MOST_BYTES": 5}, "3"), ({}, "0123")],
)
def test_the_oldest_are_forgotten(
    limit: dict[str, int], left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(trainings, name, value)
    for number in range(4):
        folder = tmp_path / trainings.FOLDER / str(number)
        folder.mkdir(parents=True)
        (folder / "step-00000001.safetensors").write_bytes(b"0123456789")
        os.utime(folder, (number, number))
    watch(tmp_path, "new", silent, nothing)
    assert sorted(one.name for one in (tmp_path / trainings.FOLDER).iterdir()) == list(left)


def test_a_full_disk_gets_no_checkpoint_and_that_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainings.shutil, "disk_usage", lambda folder: SimpleNamespace(free=150_000_000))
    kept = watch(tmp_path, "key", silent, nothing).checkpoints
    assert kept is not None
    kept.every_s = 1e6
    large: Any = {"one": SimpleNamespace(nbytes=30_000_000), "other": SimpleNamespace(nbytes=30_000_000)}
    with pytest.raises(ArtifactError, match=r"takes 60 MB and the disk has 150 MB free, of which 100 are for"):
        kept.write(1, large, {})
    kept.write(2, large, {})
    assert not kept.due() and list(tmp_path.iterdir()) == []


def test_where_there_is_room_checkpoints_are_kept(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
    kept = watch(tmp_path / "cache", "key", silent, nothing).checkpoints
    assert kept is not None
    kept.write(1, {"one": torch.zeros(3)}, {"seen": 4})
    found = kept.found()
    assert found is not None and found[1] == {"seen": 4}


def test_what_was_cut_off_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    pictures, y = red_and_blue(40)
    whole = Trained(px=28, epochs=2).fit(pictures, y)
    cut, told = Trained(px=28, epochs=2), []
    cut.watch = Watch(check=after(4), checkpoints=Checkpoints(tmp_path / "key", "key", 0.0))
    with pytest.raises(TimeOverError):
        cut.fit(pictures, y)
    assert list((tmp_path / "key").iterdir())
    cut.watch = Watch(lambda *said: told.append(said[0]), checkpoints=Checkpoints(tmp_path / "key", "key", 0.0))
    cut.fit(pictures, y)
    assert np.array_equal(cut.onnx_, whole.onnx_) and cut.remarks[0].startswith("went on after step 4")
    assert told[-1].startswith("epoch 2 of 2, loss") and not (tmp_path / "key").exists()


def test_a_teacher_that_learns_hears_the_clock_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Watch | None] = []

    def fit(self: Trained, pictures: Any, y: Any = None) -> Trained:
        heard.append(self.watch)
        raise TimeOverError

    monkeypatch.setattr(Trained, "fit", fit)
    student, (pictures, y) = Distilled(teacher="Trained(px=28) > LinearSVM()"), red_and_blue(3)
    watched = Watch(check=after(9), checkpoints=Checkpoints(Path("nowhere"), "key", 0.0))
    with attended(student, [], watched), pytest.raises(TimeOverError):
        student.fit(pictures, y)
    assert heard[0] is not None and heard[0].check is watched.check and heard[0].checkpoints is None
