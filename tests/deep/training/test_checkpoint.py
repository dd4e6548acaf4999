from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.deep.training import checkpoint
from sightline.deep.training.checkpoint import Checkpoints
from sightline.deep.training.loop import Trainer
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, of_classes
from sightline.deep.training.watch import Watch
from sightline.errors import ArtifactError, InputError
from sightline.transforms.augmentation import Augmentation

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def batches(n: int = 24) -> Batches:
    random = np.random.default_rng(0)
    pictures = list(random.integers(0, 200, (n, 10, 10, 3), np.uint8))
    for number in range(0, n, 2):
        pictures[number][..., 0] //= 2
    return Batches(pictures, of_classes(np.arange(n) % 2), 8, Augmentation(), workers=1)


def trainer(folder: Path | None, optimizer: Any = "adamw", said: Any = None, check: Any = lambda: None) -> Trainer:
    torch.manual_seed(5)
    network = torch.nn.Sequential(Swap(), torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten())
    network.append(torch.nn.Dropout(0.2))
    network.append(torch.nn.Linear(4 * 6 * 6, 2))
    groups = [
        {"params": [one for one in network.parameters() if (one.ndim > 1) == many], "share": 1.0, "weight_decay": 0.01}
        for many in (True, False)
    ]
    regime = Regime(epochs=3, batch=7, rate=0.02, optimizer=optimizer, average=0.9)
    kept = None if folder is None else Checkpoints(folder, "this one", every_s=0.0)
    watch = Watch(said=said or (lambda line: None), check=check, checkpoints=kept)
    made = Trainer(network, batches(), regime, groups, watch)
    made.held = batches(9)
    return made


class Swap(torch.nn.Module):  # type: ignore[misc]
    def forward(self, pictures: Any) -> Any:
        return pictures.permute(0, 3, 1, 2).float() / 255


def same(first: Trainer, second: Trainer) -> bool:
    one, other = first.network.state_dict(), second.network.state_dict()
    return all(torch.equal(one[name], other[name]) for name in one) and (first.losses, first.scores) == (
        second.losses,
        second.scores,
    )


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "muon"])
@pytest.mark.parametrize("steps", [1, 4, 5, 11])
def test_cut_off_after_any_step_it_ends_as_if_it_had_not_been(tmp_path: Path, optimizer: Any, steps: int) -> None:
    whole = trainer(None, optimizer)
    whole.run()
    left = iter(range(steps))

    def check() -> None:
        if next(left, None) is None:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        trainer(tmp_path / "kept", optimizer, check=check).run()
    said: list[str] = []
    rest = trainer(tmp_path / "kept", optimizer, said.append)
    rest.run()
    assert said[0].startswith("went on after step ")
    assert same(whole, rest)


@pytest.mark.parametrize("wait_s", [0.0, 0.05])
def test_killed_at_any_moment_the_same_command_ends_the_same(tmp_path: Path, wait_s: float) -> None:
    whole = trainer(None)
    whole.run()
    code = (
        "from pathlib import Path; from tests.deep.training.test_checkpoint import trainer\n"
        f"import time\ntrainer(Path({str(tmp_path / 'kept')!r}), check=lambda: time.sleep(0.05)).run()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3])
    while not list(tmp_path.glob("kept/*.json")) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(wait_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    rest = trainer(tmp_path / "kept")
    rest.run()
    assert same(whole, rest)


def test_two_are_kept_and_one_that_was_cut_off_counts_as_absent(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, "mine")
    for step in range(1, 5):
        kept.write(step, {"weight": torch.full((2,), float(step))}, {"seen": step})
    assert sorted(path.name for path in tmp_path.glob("*.json")) == ["step-00000003.json", "step-00000004.json"]
    (tmp_path / "step-00000004.safetensors").write_bytes(b"cut")
    found = kept.found()
    assert found is not None and found[1] == {"seen": 3} and found[0]["weight"].tolist() == [3.0, 3.0]
    (tmp_path / "step-00000003.json").write_text("{")
    assert kept.found() is None
    kept.clear()
    assert not tmp_path.exists()


def test_of_some_that_cannot_be_read_none_takes_the_place_of_a_new_one(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, "mine")
    for step in (100, 110):
        kept.write(step, {"weight": torch.zeros(1)}, {})
    for path in tmp_path.glob("*.safetensors"):
        path.write_bytes(b"")  # as after a power cut
    kept = Checkpoints(tmp_path, "mine")
    assert kept.found() is None
    for step in (10, 20):  # begun anew
        kept.write(step, {"weight": torch.zeros(1)}, {"seen": step})
        found = Checkpoints(tmp_path, "mine").found()
        assert found is not None and found[1] == {"seen": step}
    assert sorted(path.name for path in tmp_path.glob("*.json")) == ["step-00000010.json", "step-00000020.json"]


@pytest.mark.parametrize("gone", ["format", "total_loss", "average"])
def test_one_of_another_version_is_refused(tmp_path: Path, gone: str) -> None:
    trainer(tmp_path).run()
    for path in tmp_path.glob("*.json"):
        record = json.loads(path.read_text())
        del (record if gone == "format" else record["state"])[gone]
        path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"holds checkpoints of another version of Sightline; remove it, or give"):
        trainer(tmp_path).run()


def test_one_of_another_task_is_refused(tmp_path: Path) -> None:
    Checkpoints(tmp_path, "theirs").write(1, {"weight": torch.zeros(1)}, {})
    with pytest.raises(InputError, match="of another training"):
        Checkpoints(tmp_path, "mine").found()


def test_it_is_time_when_the_seconds_have_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 59.0, 60.0])
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: next(clock))
    kept = Checkpoints(tmp_path, "mine", every_s=60)
    assert [kept.due(), kept.due()] == [False, True]


def test_on_a_full_disk_the_training_goes_on_and_the_last_checkpoint_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    written = iter(range(100))

    def write(path: Path, data: bytes) -> None:
        if next(written) >= 2:
            raise ArtifactError("cannot write: No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(checkpoint, "write_whole", write)
    whole = trainer(None)
    whole.run()
    full = trainer(tmp_path / "kept", said=said.append)
    full.run()
    assert same(whole, full)
    assert "no checkpoint was written after step 2" in said[0] and "No space left" in said[0]
    assert json.loads((tmp_path / "kept" / "step-00000001.json").read_text())["identity"] == "this one"


def leave(folder: Path) -> None:
    """What processes that were killed leave: a file that was being written, and numbers without the rest."""
    for name in (".0123456789abcdef.123.tmp", ".step-00000002.json.9.tmp", "step-00000007.safetensors"):
        (folder / name).write_bytes(b"cut")


def test_what_a_kill_left_is_removed_with_the_next_checkpoint(tmp_path: Path) -> None:
    leave(tmp_path)
    (tmp_path / "length.json").write_text("{}")
    Checkpoints(tmp_path, "mine").write(1, {"weight": torch.zeros(1)}, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "length.json", "step-00000001.json", "step-00000001.safetensors",
    ]  # fmt: skip


def test_what_a_kill_left_is_removed_in_the_end(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "kept", "mine")
    kept.clear()  # there is none yet
    kept.write(1, {"weight": torch.zeros(1)}, {})
    leave(tmp_path / "kept")
    (tmp_path / "kept" / ".length.json.123.tmp").write_bytes(b"cut")
    kept.clear()
    assert not (tmp_path / "kept").exists()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    for name in ("notes.txt", "step-one.json", "my-step-00000001.json"):
        (tmp_path / name).write_text("mine")
    kept = Checkpoints(tmp_path, "mine")
    kept.write(1, {"weight": torch.zeros(1)}, {})
    kept.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my-step-00000001.json", "notes.txt", "step-one.json"]


def test_numbers_whose_rest_has_no_space_do_not_take_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Checkpoints(tmp_path, "mine")
    kept.write(1, {"weight": torch.zeros(1)}, {})

    def write(path: Path, data: bytes) -> None:
        if path.suffix == ".json":
            raise ArtifactError("cannot write: No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(checkpoint, "write_whole", write)
    with pytest.raises(ArtifactError, match="No space"):
        kept.write(2, {"weight": torch.zeros(1)}, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000001.json", "step-00000001.safetensors"]
