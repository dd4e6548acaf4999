"""`sightline pretrain`: a file of weights, JSON, and one line for what cannot be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sightline.cli import pretrain
from sightline.deep.courses import pretrained_file
from sightline.deep.courses.pretrained_file import Pretrained, Wish
from tests.cli.called import Call
from tests.pictures import noise, write_folders, write_picture


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the command asks for; nothing is trained."""
    found: list[Any] = []

    def pretrained(source: str, out: Path, wish: Wish, progress: Any, said: Any) -> Pretrained:
        found.extend([source, out, wish])
        said("1 picture cannot be read and is left out (a.jpg: is empty)")
        return Pretrained(out, wish.arch, 32, 1200, {"a.jpg": "is empty"}, 7, 0.25, 12.0)

    monkeypatch.setattr(pretrained_file, "pretrain_file", pretrained)
    return found


def test_for_a_person(sightline: Call, asked: list[Any]) -> None:
    done = sightline("pretrain", "pictures")
    assert done.code == 0 and done.out == ""
    assert asked == ["pictures", Path("weights.safetensors"), Wish("small", 0, None, 1200.0)]
    assert "1 picture cannot be read" in done.err
    assert "learned 7 times from 1,200 pictures in 12 s, loss 0.25" in done.err
    assert "sightline fit DATA --backbone weights.safetensors" in done.err


def test_for_a_program(sightline: Call, asked: list[Any]) -> None:
    options = ("--arch", "resnet18", "--px", 64, "--epochs", 3, "--out", "w.safetensors", "--seed", 5, "--workers", 1)
    found = sightline("pretrain", "pictures", *options, "--json").document
    assert asked == ["pictures", Path("w.safetensors"), Wish("resnet18", 64, 3, 1200.0, 5, 1)]
    assert (found["out"], found["pictures"], found["unreadable"]) == ("w.safetensors", 1200, {"a.jpg": "is empty"})
    assert sightline("pretrain", "pictures", "--time", "90s").code == 0 and asked[-1].time_s == 90


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("nowhere",), "nowhere does not exist"),
        (("empty",), "holds no pictures"),
        (("one",), "holds 1 picture that can be read; allowed: 16 or more"),
        (("one", "--out", "w.onnx"), "a name that ends in .safetensors"),
        (("one", "--out", "no/such/w.safetensors"), "no such folder"),
        (("one", "--arch", "resnet_of_nobody"), "cannot make resnet_of_nobody"),
        (("one", "--epochs", "1", "--time", "5m"), "allowed: one of them"),
        (("one", "--time", "soon"), '"soon" is no time'),
        (("one", "--time", "9" * 400), "is too large for a time"),
        (("mats", "--px", "16", "--time", "0.0001s"), "give more time"),
    ],
)
def test_what_cannot_be_is_one_line(sightline: Call, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    (tmp_path / "empty").mkdir()
    write_picture(tmp_path / "one" / "1.png", noise(8, 0))
    if options[0] == "mats":
        write_folders(tmp_path / "mats", per_class=10, size=16, seed=0)
    done = sightline("pretrain", *options)
    assert done.code == 2 and words in done.error


@pytest.mark.parametrize(("option", "value"), [("--epochs", "9" * 400), ("--epochs", 0), ("--seed", "9" * 20)])
def test_a_number_that_is_out_of_range_is_named(sightline: Call, asked: list[Any], option: str, value: object) -> None:
    done = sightline("pretrain", "pictures", option, value)
    assert done.code == 2 and f"Invalid value for '{option}'" in done.err and not asked


def test_a_log_gets_a_line_of_learning_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    clock = iter([100.0, 100.0, 103.0, 110.0, 110.0, 111.0])
    monkeypatch.setattr(pretrain, "monotonic", lambda: next(clock))
    tell = pretrain.now_and_then(lambda what, done, total: told.append(what))
    for done, what in enumerate(["reading", "epoch 1", "epoch 2", "reading", "epoch 3", "epoch 4"], 1):
        tell(what, done, 6)
    assert told == ["reading", "epoch 1", "reading", "epoch 3", "epoch 4"]


def test_without_the_extra_it_says_what_to_install(sightline: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    done = sightline("pretrain", ".", "--epochs", 1)
    assert done.code == 2 and "[deep]" in done.error


def test_weights_go_into_a_fit(sightline: Call, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    write_folders(tmp_path / "mats", per_class=16, size=24, seed=1)
    made = sightline("pretrain", "mats", "--px", 16, "--epochs", 1, "--json").document
    assert made["px"] == 16 and Path(made["out"]).is_file()
    only = "Embedding() > LogisticRegression()"
    run = sightline("fit", "mats", "--backbone", made["out"], "--only", only, "--time", "60s", "--out", "r", "--json")
    assert run.code == 0 and run.document["evaluation"]["n"] == 32


def test_ctrl_c_stops_it_and_the_same_command_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    write_folders(tmp_path / "mats", per_class=16, size=24, seed=1)
    command = [sys.executable, "-m", "sightline", "pretrain", "mats", "--px", "16", "--epochs", "12"]
    command += ["--workers", "1"]
    lines = []
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        for line in started.stderr:
            lines.append(line)
            if line.startswith("epoch"):
                started.send_signal(signal.SIGINT)
                break
        rest = started.stderr.read()
    assert started.returncode == 130, "".join(lines) + rest
    assert "Traceback" not in rest and "the same command goes on from here" in rest
    assert os.listdir(tmp_path / "weights.safetensors.training")
    done = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["epochs"] == 12
    assert sorted(os.listdir(tmp_path)) == ["mats", "weights.safetensors"]
