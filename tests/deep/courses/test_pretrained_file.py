"""A folder of pictures to a file of weights, killed and stopped on the way; and the file where a fit takes it."""

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

from sightline.deep.courses import pretrained_file
from sightline.deep.courses.pretrained_file import LENGTH, Wish, pretrain_file
from sightline.deep.nets.backbones import OWN
from sightline.deep.nets.small import small_net
from sightline.deep.training import contrast
from sightline.deep.training.stopping import Stopping
from sightline.deep.wanted import network_of
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ArtifactError, CatalogError, InputError
from tests.pictures import noise, write_folders, write_picture

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("timm", reason="the extra [deep] is not installed")

QUICK = Wish("small", 16, epochs=3, workers=1)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OWN, "small", lambda **how: small_net((8, 12, 16)))  # type: ignore[index]


@pytest.fixture(scope="module")
def mats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("mats"), per_class=12, size=24, seed=1)


def test_weights_of_a_folder_are_what_backbone_takes(mats: Path, tmp_path: Path) -> None:
    told: list[str] = []
    out = tmp_path / "w.safetensors"
    made = pretrain_file(str(mats), out, QUICK, lambda what, done, total: told.append(what))
    assert (made.arch, made.px, made.pictures, made.epochs, made.unreadable) == ("small", 16, 24, 3, {})
    assert made.to_dict()["out"] == str(out) and np.isfinite(made.loss)
    assert any(line.startswith("epoch 3 of 3") for line in told)
    assert list(tmp_path.iterdir()) == [out]
    network = network_of(str(out))
    assert network.embed(noise(16, 0)).shape == (16,)
    again = tmp_path / "again.safetensors"
    pretrain_file(str(mats), again, QUICK)
    assert again.read_bytes() == out.read_bytes()


def test_pictures_of_a_test_part_are_left_out_and_counted(tmp_path: Path) -> None:
    write_folders(tmp_path / "parts" / "train", per_class=9, size=24, seed=1)
    write_folders(tmp_path / "parts" / "test", per_class=2, size=24, seed=2)
    said: list[str] = []
    made = pretrain_file(str(tmp_path / "parts"), tmp_path / "w.safetensors", Wish("small", 16, 1), said=said.append)
    assert made.pictures == 18 and said[0].startswith("4 pictures of the test part are left out")


def test_a_name_of_timm(mats: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    pretrain_file(str(mats), out, Wish("resnet10t", 32, epochs=1, workers=1))
    assert network_of(str(out)).embed(noise(32, 0)).shape == (512,)


def of_one_size(img_size: int = 64) -> Any:
    """As most transformers of timm are."""
    import timm

    return timm.create_model("test_vit", num_classes=0, img_size=img_size, dynamic_img_size=False)


def test_a_network_of_one_size_is_made_for_the_size_that_is_asked_for(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OWN, "of_one_size", of_one_size)  # type: ignore[arg-type]
    out = tmp_path / "w.safetensors"
    made = pretrain_file(str(mats), out, Wish("of_one_size", 32, epochs=1, workers=1))
    assert made.px == 32 and Recipe.of_file(out).kwargs == {"img_size": 32}
    assert network_of(str(out)).embed(noise(32, 0)).shape == (64,)


def no_number_from(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loss be none from some step on."""
    left, usual = iter(range(step)), contrast.contrast
    nothing = lambda first, second: usual(first, second) * (1 if next(left, None) is not None else torch.nan)  # noqa: E731
    monkeypatch.setattr(contrast, "contrast", nothing)


@pytest.mark.parametrize(("step", "words"), [(0, "before anything was learned"), (1, "in epoch 1: a rate of 0.085")])
def test_no_number_in_the_first_epoch_is_refused_and_nothing_is_left(
    step: int, words: str, mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.deep.courses.pretraining.SMALL_BATCH", 8)
    no_number_from(step, monkeypatch)
    stopping = lambda folder, identity: Stopping(folder, identity, 0.0)  # noqa: E731
    monkeypatch.setattr(pretrained_file, "Stopping", stopping)
    with pytest.raises(InputError, match=rf"small learned nothing: .*{words}.*, and no file is written; give another"):
        pretrain_file(str(mats), tmp_path / "w.safetensors", QUICK)
    assert list(tmp_path.iterdir()) == []


def test_no_number_later_leaves_what_was_learned_before(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_number_from(2, monkeypatch)
    said: list[str] = []
    made = pretrain_file(str(mats), tmp_path / "w.safetensors", QUICK, said=said.append)
    assert made.epochs == 2 and "in epoch 3" in said[0] and made.out.is_file()


def test_the_length_is_removed_after_the_checkpoints(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained_file, "epochs_in", lambda *_: 1)
    there: list[bool] = []

    class Watched(Stopping):
        def clear(self) -> None:
            there.append((self.folder / LENGTH).is_file())
            super().clear()

    monkeypatch.setattr(pretrained_file, "Stopping", Watched)
    pretrain_file(str(mats), tmp_path / "w.safetensors", Wish("small", 16, time_s=60, workers=1))
    assert there == [True] and list(tmp_path.iterdir()) == [tmp_path / "w.safetensors"]


def test_pictures_that_cannot_be_read_are_left_out_and_told(mats: Path, tmp_path: Path) -> None:
    write_folders(tmp_path / "d", per_class=9, size=24, seed=1)
    (tmp_path / "d" / "normal" / "empty.jpg").write_bytes(b"")
    (tmp_path / "d" / "normal" / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    said: list[str] = []
    made = pretrain_file(str(tmp_path / "d"), tmp_path / "w.safetensors", QUICK, said=said.append)
    assert made.pictures == 18 and len(made.unreadable) == 2
    assert said[0].startswith("2 pictures cannot be read and are left out (") and "is empty" in said[0]


@pytest.mark.parametrize(
    ("wish", "out", "error", "words"),
    [
        (QUICK, "w.onnx", InputError, "a name that ends in .safetensors"),
        (QUICK, "no/such/w.safetensors", ArtifactError, "no such folder"),
        (Wish("resnet_of_nobody", epochs=1), "w.safetensors", InputError, "cannot make resnet_of_nobody"),
        (Wish("hf-hub:a/b", epochs=1), "w.safetensors", InputError, "no address or folder"),
        (Wish("small", 7, epochs=1), "w.safetensors", InputError, "px"),
        (Wish("lenet5", 24, epochs=1), "w.safetensors", InputError, "no embedding of a picture of 24 x 24"),
        (Wish("small", 16, time_s=1e-6), "w.safetensors", InputError, "give more time"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_left(
    mats: Path, tmp_path: Path, wish: Wish, out: str, error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        pretrain_file(str(mats), tmp_path / out, wish)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wish", [QUICK, Wish("small", 16, time_s=60, workers=1)])
def test_where_nothing_can_be_kept_it_is_told_before_anything_is_read(tmp_path: Path, wish: Wish) -> None:
    (tmp_path / "w.safetensors.training").write_bytes(b"mine")
    (tmp_path / "l.safetensors.training").symlink_to(tmp_path / "gone")
    for name in ("w.safetensors", "l.safetensors", "a" * 243 + ".safetensors"):  # the last as long as names can be
        with pytest.raises(ArtifactError, match=rf"{name}\.training keeps .* can be no folder: remove what"):
            pretrain_file("nowhere", tmp_path / name, wish)
    assert (tmp_path / "w.safetensors.training").read_bytes() == b"mine" and len(list(tmp_path.iterdir())) == 2


def test_one_picture_is_too_few(tmp_path: Path) -> None:
    write_picture(tmp_path / "d" / "1.png", noise(8, 0))
    with pytest.raises(CatalogError, match="holds 1 picture that can be read; allowed: 16 or more"):
        pretrain_file(str(tmp_path / "d"), tmp_path / "w.safetensors", QUICK)


def test_asked_to_stop_the_same_call_goes_on_and_ends_the_same(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, out = tmp_path / "whole.safetensors", tmp_path / "w.safetensors"
    pretrain_file(str(mats), whole, QUICK)

    def stop(what: str, done: int, total: Any) -> None:
        if what.startswith("epoch 2"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pretrain_file(str(mats), out, QUICK, stop)
    assert not out.exists()
    with pytest.raises(InputError, match="of another training"):
        pretrain_file(str(mats), out, Wish("small", 16, epochs=3, seed=1, workers=1))
    said: list[str] = []
    pretrain_file(str(mats), out, QUICK, said=said.append)
    assert said[0].startswith("went on after step ") and out.read_bytes() == whole.read_bytes()


def test_how_long_a_time_was_enough_for_is_remembered(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([4, 9])
    monkeypatch.setattr(pretrained_file, "epochs_in", lambda *_: next(found))
    wish, out = Wish("small", 16, time_s=60, workers=1), tmp_path / "w.safetensors"

    def stop(what: str, done: int, total: Any) -> None:
        if what.startswith("epoch 3 of 4"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pretrain_file(str(mats), out, wish, stop)
    assert pretrain_file(str(mats), out, wish).epochs == 4
    assert pretrain_file(str(mats), out, wish).epochs == 9  # begun anew
    assert list(tmp_path.iterdir()) == [out]


def kill_me(mats: str, out: str) -> None:
    """What the process that is killed runs."""
    OWN["small"] = lambda **how: small_net((8, 12, 16))  # type: ignore[index]
    pretrained_file.Stopping = lambda folder, identity: Stopping(folder, identity, 0.0)  # type: ignore[assignment,misc]
    slow = lambda what, done, total: time.sleep(0.3 if what.startswith("epoch") else 0.0)  # noqa: E731
    pretrain_file(mats, Path(out), QUICK, slow)


def test_killed_at_any_moment_the_same_command_ends_the_same(mats: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.safetensors", tmp_path / "w.safetensors"
    pretrain_file(str(mats), whole, QUICK)
    code = f"from tests.deep.courses.test_pretrained_file import kill_me; kill_me({str(mats)!r}, {str(out)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3])
    while not list(tmp_path.glob("w.safetensors.training/*.json")) and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists()
    said: list[str] = []
    pretrain_file(str(mats), out, QUICK, said=said.append)
    assert said and out.read_bytes() == whole.read_bytes() and json.dumps(said)
