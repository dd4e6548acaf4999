from __future__ import annotations

from pathlib import Path

import pytest

from sightline.data.store import FeatureStore
from sightline.deep import wanted
from sightline.deep.recipe import Recipe
from sightline.errors import InputError
from sightline.networks.library import find
from sightline.networks.network import Network
from tests.deep import weights
from tests.networks import tiny


def test_an_onnx_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "my net.onnx"
    path.write_bytes(tiny.foreign())
    found = wanted.network_of(str(path))
    assert found.name == "my-net" and find(found.key) is found


def test_an_export_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def exported(recipe: Recipe, name: str) -> Network:
        made.append(name)
        return tiny.network(seed=21, name=name)

    monkeypatch.setattr("sightline.deep.export.exported", exported)
    path = weights.write(tmp_path / "w.safetensors", weights.HEADER)
    store = FeatureStore(tmp_path / "kept")

    def kept() -> FeatureStore:
        return store

    first = wanted.network_of(str(path), kept)
    assert wanted.network_of(str(path), kept).key == first.key
    assert made == ["w"]
    weights.write(path, {**weights.HEADER, "mean": "0.1,0.1,0.1"})
    wanted.network_of(str(path), kept)
    assert made == ["w", "w"]


@pytest.mark.parametrize(
    ("name", "words"), [("none.onnx", "cannot read"), ("none.safetensors", "cannot read"), ("x.pth", "no network")]
)
def test_files_that_are_none(tmp_path: Path, name: str, words: str) -> None:
    if name == "x.pth":
        (tmp_path / name).write_bytes(b"\x80\x02")
    with pytest.raises(InputError, match=words):
        wanted.network_of(str(tmp_path / name))


def test_a_broken_onnx_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"\xff\xff")
    with pytest.raises(InputError, match=r"a\.onnx: the bytes are no ONNX network"):
        wanted.network_of(str(tmp_path / "a.onnx"))
