from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.classical.classifiers.forest import RandomForest
from sightline.errors import ArtifactError
from sightline.pipeline import archive, artifact
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain
from sightline.pipeline.model import Model, load


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED, of: str = ".json") -> Path:
    """A zip in which the parts whose names end in `of` are compressed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data, compression if name.endswith(of) else zipfile.ZIP_STORED)
    return path


def relisted(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The parts with a manifest that fits them, as an attacker would write it."""
    manifest = json.loads(parts["manifest.json"])
    rest = {name: data for name, data in parts.items() if name != "manifest.json"}
    manifest["parts"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in rest.items()
    }
    return {"manifest.json": json.dumps(manifest).encode(), **rest}


def refused(path: Path) -> str:
    with pytest.raises(ArtifactError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_same_model_same_bytes(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "a.sight")
    load(tmp_path / "a.sight").save(tmp_path / "b.sight")
    assert (tmp_path / "a.sight").read_bytes() == (tmp_path / "b.sight").read_bytes()


def test_who_trained_it_is_in_the_manifest_and_comes_back(model: Model, tmp_path: Path) -> None:
    graph = tree.clone(model.graph)
    forest = RandomForest(trees=2).fit(np.eye(4, dtype=np.float32), np.arange(4) % 2)
    assert tree.trained_with(graph) == {} and tree.trained_with(Chain((graph, forest))) == forest.trained_with != {}
    trained = dataclasses.replace(model, trained_with=forest.trained_with)
    trained.save(tmp_path / "m.sight")
    assert json.loads(parts_of(tmp_path / "m.sight")["manifest.json"])["trained_with"] == forest.trained_with
    assert load(tmp_path / "m.sight").trained_with == forest.trained_with
    parts = relisted(parts_of(tmp_path / "m.sight"))
    manifest = json.loads(parts["manifest.json"])
    del manifest["trained_with"]  # as it was before this was recorded
    parts["manifest.json"] = json.dumps(manifest).encode()
    assert load(write(tmp_path / "old.sight", parts)).trained_with == {}


def test_a_card_is_kept_as_text_and_decides_nothing(model: Model, tmp_path: Path) -> None:
    told = dataclasses.replace(model, card="# Model card: é\n")
    told.save(tmp_path / "m.sight")
    assert parts_of(tmp_path / "m.sight")["card.md"] == "# Model card: é\n".encode()
    again = load(tmp_path / "m.sight")
    assert again.card == told.card and again.digest == told.digest == model.digest
    model.save(tmp_path / "without.sight")
    assert "card.md" not in parts_of(tmp_path / "without.sight") and load(tmp_path / "without.sight").card == ""


@pytest.mark.parametrize(
    ("card", "words"),
    [(b"\xff\xfe", "UnicodeDecodeError"), (b"x" * 500_001, "card.md has 500,001 bytes; allowed: 500,000")],
)
def test_a_card_that_is_no_text_or_too_long_is_refused(model: Model, tmp_path: Path, card: bytes, words: str) -> None:
    model.save(tmp_path / "m.sight")
    parts = relisted({**parts_of(tmp_path / "m.sight"), "card.md": card})
    assert words in refused(write(tmp_path / "bad.sight", parts))


def test_everything_comes_back(model: Model, tmp_path: Path) -> None:
    import dataclasses

    full = dataclasses.replace(model, fingerprints=np.arange(3, dtype=np.uint64), evaluation={"n": 3})
    full.save(tmp_path / "m.sight")
    again = load(tmp_path / "m.sight")
    assert again.task == full.task
    assert again.preparation == full.preparation
    assert again.calibration == full.calibration
    assert again.evaluation == {"n": 3}
    assert np.array_equal(again.fingerprints, full.fingerprints)
    names = set(parts_of(tmp_path / "m.sight"))
    assert names == {
        "manifest.json", "task.json", "preparation.json", "graph.json", "arrays.safetensors", "calibration.json",
        "fingerprints.safetensors", "evaluation.json",
    }  # fmt: skip


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_truncated(model_file: Path, share: float) -> None:
    data = model_file.read_bytes()
    model_file.write_bytes(data[: int(len(data) * share)])
    assert "truncated" in refused(model_file)


def test_tampered(model_file: Path) -> None:
    parts = parts_of(model_file)
    parts["task.json"] = parts["task.json"].replace(b"normal", b"broken")
    assert "task.json does not match its sha256" in refused(write(model_file, parts))


def test_future_format(model_file: Path) -> None:
    parts = parts_of(model_file)
    parts["manifest.json"] = parts["manifest.json"].replace(b'"format": 1', b'"format": 2')
    assert "has format 2" in refused(write(model_file, parts))


@pytest.mark.parametrize("name", ["task.json", "preparation.json", "graph.json", "arrays.safetensors"])
def test_missing_part(model_file: Path, name: str) -> None:
    parts = parts_of(model_file)
    del parts[name]
    refused(write(model_file, parts))
    assert f"{name} is missing" in refused(write(model_file, relisted(parts)))


def test_extra_part(model_file: Path) -> None:
    assert "does not list" in refused(write(model_file, {**parts_of(model_file), "x.json": b"{}"}))


def test_an_entry_that_unpacks_to_gigabytes(model_file: Path) -> None:
    parts = parts_of(model_file)
    parts["evaluation.json"] = b" " * 50_000_000
    write(model_file, parts, zipfile.ZIP_DEFLATED)
    assert model_file.stat().st_size < 1_000_000
    assert "times its packed size" in refused(model_file)
    parts["evaluation.json"] = b" " * 65_000_000
    assert "unpacks to 65,000,000 bytes; allowed: 64,000,000" in refused(write(model_file, parts, zipfile.ZIP_DEFLATED))


def test_texts_that_are_small_enough_each_and_too_large_together(
    model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert archive.MAX_TABLES_BYTES < 3 * archive.MAX_TABLE_BYTES
    monkeypatch.setattr(archive, "MAX_TABLES_BYTES", 200_000)
    load(model_file)
    parts = {**parts_of(model_file), **{f"{n}.json": b" " * 90_000 for n in range(3)}}
    words = refused(write(model_file, relisted(parts), zipfile.ZIP_DEFLATED))
    assert "holds texts that unpack to 27" in words and "allowed: 200,000" in words


@pytest.mark.parametrize("name", ["arrays.safetensors", "network-0.onnx"])
def test_arrays_are_stored_as_they_are(model_file: Path, name: str) -> None:
    parts = relisted({**parts_of(model_file), name: bytes(1000)})
    words = f"{name} is packed otherwise than stored; give the file as fit wrote it"
    assert words in refused(write(model_file, parts, zipfile.ZIP_DEFLATED, of=name))
    words = "task.json is packed otherwise than stored or deflated"  # what unpacks it may take gigabytes for itself
    assert words in refused(write(model_file, parts, zipfile.ZIP_LZMA, of="task.json"))


def test_parts_that_lie_over_each_other(model_file: Path) -> None:
    with zipfile.ZipFile(model_file, "a") as file:
        for n in range(100):
            again = copy.copy(file.getinfo("arrays.safetensors"))
            again.filename = f"{n}.safetensors"
            file.filelist.append(again)
        file.comment = b"so that the list is written anew"
    assert "lie over each other" in refused(model_file)


@pytest.mark.parametrize("flaw", ["unlisted", "future"])
def test_nothing_but_the_manifest_is_unpacked_of_a_file_that_it_does_not_fit(
    model_file: Path, flaw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = parts_of(model_file)
    if flaw == "unlisted":
        parts["x.onnx"] = bytes(1000)
    else:
        parts["manifest.json"] = parts["manifest.json"].replace(b'"format": 1', b'"format": 2')
    write(model_file, parts)
    opened: list[str] = []
    found = zipfile.ZipFile.open

    def opening(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
        opened.append(entry.filename)
        return found(archive, entry)

    monkeypatch.setattr(zipfile.ZipFile, "open", opening)
    refused(model_file)
    assert opened == ["manifest.json"]


def test_an_entry_that_lies_about_its_size(model_file: Path) -> None:
    write(model_file, parts_of(model_file))
    data = bytearray(model_file.read_bytes())
    directory = data.rindex(b"PK\x01\x02")  # the last entry of the central directory
    data[directory + 24 : directory + 28] = (5).to_bytes(4, "little")
    model_file.write_bytes(data)
    refused(model_file)


def test_one_part_twice(model_file: Path) -> None:
    with zipfile.ZipFile(model_file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("task.json", b"{}")
    assert "twice" in refused(model_file)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("graph.json", b"[]"),
        ("graph.json", b"{}"),
        ("graph.json", b'{"node": "Chain", "parts": []}'),
        ("graph.json", b'{"name": "os.system", "parameters": {}}'),
        ("graph.json", b"[" * 100_000),
        ("graph.json", b'{"node": "Blend", "parts": [], "weights": "x"}'),
        ("task.json", b"{}"),
        ("task.json", b'{"classes": 3}'),
        ("preparation.json", b'{"modality": "sound"}'),
        ("preparation.json", b'{"decode": "x"}'),
        ("arrays.safetensors", b"nothing"),
        ("arrays.safetensors", b"\xff" * 64),
        ("calibration.json", b"{}"),
        ("calibration.json", b'{"temperature": -1, "bias": null}'),
        ("fingerprints.safetensors", b""),
        ("evaluation.json", b"\xff\xfe"),
    ],
)
def test_well_signed_nonsense(model_file: Path, name: str, data: bytes) -> None:
    refused(write(model_file, relisted({**parts_of(model_file), name: data})))


def test_no_such_file(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "no.sight")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (None, "NoneType was given as a model file; allowed: a path"),
        (3, "int was given"),
        (b"a.sight", "bytes was given"),
        ("a\0", r"cannot read 'a\\x00': embedded null byte; give the path of the model.sight"),
        ("\ud800\n", r"cannot read '\\ud800\\n': "),
    ],
)
def test_what_is_no_path(path: Any, words: str) -> None:
    with pytest.raises(ArtifactError, match=words) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_names_cannot_be_stored(model: Model) -> None:
    import dataclasses

    from sightline.components import build

    svm = build("LinearSVM()").fit(np.asarray([[0.0], [1.0]], np.float32), ["a", "b"])
    with pytest.raises(ArtifactError, match="class numbers, not names"):
        artifact.to_bytes(dataclasses.replace(model, graph=svm))


@settings(max_examples=60)
@given(position=st.integers(0, 10**9), value=st.integers(1, 255))
def test_no_changed_byte_goes_unseen(saved: Path, position: int, value: int) -> None:
    data = bytearray(saved.read_bytes())
    data[position % len(data)] ^= value
    try:
        again = artifact.from_bytes(bytes(data))
    except ArtifactError:
        return
    # What zip does not check (dates, flags that do not matter) may change; the contents may not.
    assert artifact.to_bytes(again) == saved.read_bytes()


@pytest.fixture(scope="session")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "model.sight"
    model.save(path)
    return path


@pytest.mark.parametrize(
    "parameters", [{"size_px": 0}, {"bins": 10**9}, {"size_px": 10**6}, {"bins": 360, "cell_px": 1, "block_cells": 16}]
)
def test_a_graph_that_asks_for_gigabytes_is_refused(parameters: dict[str, int], model_file: Path) -> None:
    parts = parts_of(model_file)
    hog = {"name": "HOG", "parameters": parameters}
    graph = json.loads(parts["graph.json"])
    graph["parts"][0]["parts"][0]["parts"][0] = hog
    assert "HOG" in refused(write(model_file, relisted({**parts, "graph.json": json.dumps(graph).encode()})))


@pytest.mark.parametrize("change", ["short", "nan"])
def test_arrays_that_fit_nothing_are_found_at_load(change: str, model: Model, tmp_path: Path) -> None:
    arrays = {name: value.copy() for name, value in tree.state(model.graph).items()}
    name = next(name for name in arrays if name.endswith("intercepts_"))
    arrays[name] = np.zeros(7) if change == "short" else np.full_like(arrays[name], np.nan)
    graph = tree.restore(tree.clone(model.graph), arrays)
    path = tmp_path / "altered.sight"
    dataclasses.replace(model, graph=graph).save(path)
    assert ("do not fit" if change == "short" else "no probabilities") in refused(path)


def test_a_format_that_is_no_number_and_a_file_that_is_no_file(model_file: Path) -> None:
    parts = parts_of(model_file)
    manifest = {**json.loads(parts["manifest.json"]), "format": [1]}
    assert "format [1]" in refused(write(model_file, {**parts, "manifest.json": json.dumps(manifest).encode()}))
    assert "no regular file" in refused(Path("/dev/zero"))
