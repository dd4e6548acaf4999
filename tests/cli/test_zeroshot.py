"""`sightline zeroshot` as a person runs it, with drawn towers saved as open_clip saves its own."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sightline as sl
from tests.cli.called import Call
from tests.search.test_zero_shot import folders, picture

TEXTS = "blue=a blue thing, red=a red thing"


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("SIGHTLINE_BACKBONE", raising=False)


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """Options that name the towers and where their export is kept."""
    pytest.importorskip("open_clip", reason="the extra [deep] is not installed")
    from tests.deep.zeroshot import toy_towers

    root = tmp_path_factory.mktemp("towers")
    return "--backbone", toy_towers.write(root / "clip"), "--cache", root / "kept"


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders(tmp_path_factory.mktemp("things"), 12)


def test_a_model_from_the_names_of_its_classes_that_answers_without_torch(
    sightline: Call, towers: tuple[object, ...], things: Path
) -> None:
    done = sightline("zeroshot", "--classes", "an intact mat, a broken mat", *towers)
    assert done.code == 0 and done.out == ""
    assert done.err.splitlines()[-2].startswith("nothing was measured") and done.err.endswith("wrote model.sight\n")
    assert sl.load("model.sight").classes == ("an intact mat", "a broken mat")
    alone = (
        "import sys\n"
        "for name in ('torch', 'open_clip', 'timm', 'sklearn', 'scipy'): sys.modules[name] = None\n"
        "import sightline as sl\n"
        f"print(sl.load('model.sight').predict([{str(things / 'red' / '1.png')!r}])[0].confidence)"
    )
    said = subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True, check=True)
    (here,) = sl.load("model.sight").predict([str(things / "red" / "1.png")])
    assert float(said.stdout) == here.confidence


def test_pictures_get_the_rows_of_predict(sightline: Call, towers: tuple[object, ...], things: Path) -> None:
    done = sightline("zeroshot", things / "red", things / "blue" / "0.png", "--classes", TEXTS, *towers)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert done.code == 0 and len(rows) == 13 and not Path("model.sight").exists()
    assert set(rows[0]) == {"path", "label", "confidence", "reason", "p_blue", "p_red"}
    again = sightline("zeroshot", things / "red", "--classes", TEXTS, "--json", "--out", "m.sight", *towers)
    assert len(again.document) == 12
    assert sightline("predict", "m.sight", things / "red", "--json").document == again.document


def test_a_table_without_labels_is_pictures_alone_and_that_is_said(
    sightline: Call, towers: tuple[object, ...], things: Path
) -> None:
    Path("t.csv").write_text(f"path,group\n{things / 'red' / '0.png'},x\n{things / 'blue' / '0.png'},y\n")
    done = sightline("zeroshot", "t.csv", "--classes", TEXTS, *towers)
    assert done.code == 0 and len(list(csv.DictReader(io.StringIO(done.out)))) == 2
    assert 't.csv has no column "label": its pictures are answered, and nothing is learned or measured' in done.err


def test_labels_measure_and_improve(sightline: Call, towers: tuple[object, ...], things: Path) -> None:
    done = sightline("zeroshot", things, "--classes", TEXTS, "--prompts", "photo", *towers)
    before, after, wrote = done.err.splitlines()[-3:]
    assert before.startswith("texts alone") and after.startswith("24 labels") and wrote == "wrote model.sight"
    assert all("% (" in line and line.endswith("out-of-fold") for line in (before, after))
    document: Any = sightline(
        "zeroshot", things, "--classes", TEXTS, "--prompts", "photo", "--out", "m.sight", "--json", *towers
    ).document
    assert document["after"]["log_loss"] < document["before"]["log_loss"] and len(document["templates"]) > 3
    assert document["texts"] == {"blue": "a blue thing", "red": "a red thing"}
    assert sl.load("m.sight").digest == sl.load("model.sight").digest
    assert sl.load("m.sight").evaluation["accuracy"] == document["after"]["accuracy"]


def test_folders_and_tasks_name_classes_too(sightline: Call, towers: tuple[object, ...], things: Path) -> None:
    assert sightline("zeroshot", things, "--json", *towers).document["texts"] == {"blue": "blue", "red": "red"}
    Path("task.toml").write_text("classes = ['red', 'blue']\n[texts]\nred = 'a rose'\n")
    found = sightline("zeroshot", things, "--task", "task.toml", "--out", "t.sight", "--json", *towers).document
    assert list(found["texts"].items()) == [("red", "a rose"), ("blue", "blue")]
    Path("only.toml").write_text("[texts]\na = 'a rose'\nb = 'a tulip'\n")
    found = sightline("zeroshot", "--task", "only.toml", "--out", "o.sight", "--json", *towers).document
    assert found["texts"] == {"a": "a rose", "b": "a tulip"}


def test_own_prompts(sightline: Call, towers: tuple[object, ...]) -> None:
    Path("p.txt").write_text("a drawing of a {}\n{} on paper\n")
    for prompts, templates in (("p.txt", ["a drawing of a {}", "{} on paper"]), ("a {} here", ["a {} here"])):
        asked = ("--classes", "a, b", "--prompts", prompts, "--out", "m.sight", "--json")
        assert sightline("zeroshot", *asked, *towers).document["templates"] == templates


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "no classes were given; allowed: --classes"),
        (("--classes", ""), "--classes '' was given"),
        (("--classes", "a mat"), "one class was given; allowed: 2 to 1,000"),
        (("--classes", "a, A"), 'the text "a" was given twice'),
        (("--classes", "a,,b"), 'the text "" was given'),
        (("--classes", "a, b", "--prompts", "a photo"), "a template with {} for the class"),
        (("--classes", "a, b", "--out", "model.onnx"), "allowed: a name that ends in .sight"),
        (("--classes", "a, b", "--out", "no/model.sight"), "there is no such folder"),
        (("--classes", "a, b", "--backbone", "empty"), "open_clip_config.json"),
        (("--classes", "a, b", "--backbone", "pickled"), "which is pickled"),
        (("--classes", "a, b", "--backbone", ""), '"" is no image-text network'),
        (("--classes", "a, b", "--backbone", "nowhere"), "is no image-text network: there is no such folder"),
        (("--classes", "a, b", "--backbone", "hf-hub:a/b"), "HF_HUB_OFFLINE forbids"),
        (("--classes", "a, b"), "no network that knows texts is in the hub's cache; give --backbone"),
        (("empty", "--classes", "a, b"), "empty holds no pictures"),
        (("Label.csv", "--classes", "a, b"), 'has no column "label" (columns: path, Label)'),
        (("split.csv", "--classes", "a, b"), 'the split "later" is unknown'),
        (("rows.csv", "--classes", "a, b"), "line 2: 1 fields, the header has 2"),
        (("bare.csv", "--classes", "a, b"), 'bare.csv has no column "path"'),
        (("things", "--classes", "a, b"), '--classes "blue=..., red=..."'),
        (("things", "--task", "task.toml", "--classes", "x, y"), "the task has the classes blue, red"),
    ],
)
def test_what_cannot_be_used_ends_with_two(sightline: Call, things: Path, args: tuple[str, ...], words: str) -> None:
    for name in ("empty", "pickled"):
        Path(name).mkdir()
    Path("Label.csv").write_text("path,Label\na.png,a\n")
    Path("split.csv").write_text("path,label,split\na.png,a,later\n")
    Path("rows.csv").write_text("path,label\na.png\n")
    Path("bare.csv").write_text("file,class\na.png,a\n")
    Path("things").symlink_to(things)
    Path("task.toml").write_text("classes = ['blue', 'red']")
    plain = '{"model_cfg": {"embed_dim": 8, "vision_cfg": {}, "text_cfg": {}}}'
    Path("pickled/open_clip_config.json").write_text(plain)
    Path("pickled/open_clip_pytorch_model.bin").write_bytes(b"\x80")
    done = sightline("zeroshot", *args)
    assert done.code == 2 and words in done.error
    assert not Path("model.sight").exists()


def test_a_model_that_is_there_is_not_replaced_unasked(sightline: Call) -> None:
    Path("model.sight").write_text("mine")
    done = sightline("zeroshot", "--classes", "a, b", "--backbone", "nowhere")
    assert done.code == 2 and "model.sight is there already; give --out" in done.error
    assert Path("model.sight").read_text() == "mine"


def test_what_the_environment_or_the_cache_names_is_taken(
    sightline: Call, towers: tuple[object, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, folder, *cache = towers
    monkeypatch.setenv("SIGHTLINE_BACKBONE", str(folder))
    assert sightline("zeroshot", "--classes", "a, b", "--out", "m.sight", *cache).code == 0
    monkeypatch.setenv("SIGHTLINE_BACKBONE", "weights.safetensors")  # knows no texts
    place = tmp_path / "hub" / "models--somebody--clip"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("0123abcd")
    (place / "snapshots").mkdir()
    (place / "snapshots" / "0123abcd").symlink_to(str(folder))
    assert sightline("zeroshot", "--classes", "a, b", "--out", "c.sight", *cache).code == 0
    assert sl.load("c.sight").predict_proba([picture(True, 1)]).tolist() == (
        sl.load("m.sight").predict_proba([picture(True, 1)]).tolist()
    )
