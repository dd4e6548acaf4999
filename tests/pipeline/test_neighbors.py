from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from sightline.data.read import read
from sightline.errors import ArtifactError, CatalogError, InputError, UnreadableError
from sightline.pipeline.model import Model, load
from sightline.pipeline.neighbors import Neighbor
from sightline.pipeline.reference import build_reference
from tests.pipeline.test_artifact import parts_of, refused, relisted, write

LABELS = np.arange(16, dtype=np.int64) % 2
PART = "reference.safetensors"


@pytest.fixture(scope="session")
def knowing(model: Model, mats: list[str]) -> Model:
    """The model, with its 16 training pictures."""
    return dataclasses.replace(model, reference=build_reference(model.embed(mats), LABELS, mats))


def test_a_training_picture_is_most_like_itself(knowing: Model, mats: list[str]) -> None:
    for number, path in enumerate(mats):
        found = knowing.similar(path, 3)
        assert found[0] == Neighbor(path, knowing.classes[number % 2], pytest.approx(1, abs=1e-5))
        assert [one.similarity for one in found] == sorted((one.similarity for one in found), reverse=True)
        assert found[1].similarity < 0.999
    assert found[0].to_dict() == {"path": mats[-1], "label": "broken", "similarity": 1.0}
    assert len(knowing.similar(mats[0])) == 5 and len(knowing.similar(mats[0], 99)) == 16


def test_same_for_path_bytes_any_workers_and_saved(knowing: Model, mats: list[str], tmp_path: Path) -> None:
    whole = [one.neighbors for one in knowing.neighborhoods(mats)]
    assert whole == [tuple(knowing.similar(path)) for path in mats]
    assert whole == [one.neighbors for one in knowing.neighborhoods([Path(path).read_bytes() for path in mats])]
    assert whole == [one.neighbors for one in knowing.neighborhoods(read(mats), workers=1)]
    knowing.save(tmp_path / "m.sight")
    again = load(tmp_path / "m.sight")
    assert whole == [one.neighbors for one in again.neighborhoods(mats)]
    again.save(tmp_path / "n.sight")
    assert (tmp_path / "m.sight").read_bytes() == (tmp_path / "n.sight").read_bytes()


def test_what_is_kept_to_compare_with_does_not_change_the_answers(knowing: Model, model: Model) -> None:
    assert knowing.digest == model.digest


def test_without_training_pictures_it_says_so(model: Model, model_file: Path, mats: list[str]) -> None:
    assert PART not in parts_of(model_file)
    for one in (model, load(model_file)):
        with pytest.raises(InputError, match="fit it again"):
            one.similar(mats[0])


def test_bad_questions_are_told(knowing: Model, mats: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="k is 0; allowed: 1 or more"):
        knowing.similar(mats[0], 0)
    with pytest.raises(UnreadableError, match=r"gone\.jpg: no such file"):
        knowing.similar(tmp_path / "gone.jpg")
    bad, good = knowing.neighborhoods([b"no picture", mats[0]], 2)
    assert bad.source == "bytes 0" and bad.reason and bad.neighbors == ()
    assert len(good.neighbors) == 2 and good.to_dict()["neighbors"][0]["path"] == mats[0]
    json.dumps([bad.to_dict(), good.to_dict()])
    other = build_reference(np.eye(16, dtype=np.float32), LABELS, mats)
    with pytest.raises(ArtifactError, match="fit it again"):
        dataclasses.replace(knowing, reference=other).similar(mats[0])


def test_paths_need_not_be_stored(knowing: Model, mats: list[str], tmp_path: Path) -> None:
    assert knowing.reference is not None
    dataclasses.replace(knowing, reference=knowing.reference.without_sources()).save(tmp_path / "m.sight")
    assert Path(mats[0]).parent.name.encode() not in (tmp_path / "m.sight").read_bytes()
    found = load(tmp_path / "m.sight").similar(mats[0], 1)[0]
    assert found.source is None and found.label == "normal"


def test_other_pictures_can_be_searched(knowing: Model, model: Model, mats: list[str]) -> None:
    unlabeled = knowing.with_reference(read(mats[4:]))
    assert unlabeled.similar(mats[5], 1) == [Neighbor(mats[5], None, pytest.approx(1, abs=1e-5))]
    labels = ["normal", "broken"] * 8
    for one in (model.with_reference(read(mats, labels=labels)), model.with_reference(read(mats, labels=labels), 8)):
        assert one.reference is not None and one.reference.pictures == 16
        assert sorted(np.bincount(one.reference.labels)) == [len(one.reference) // 2] * 2
        for source, label in zip(one.reference.sources or (), one.reference.labels, strict=True):
            assert one.similar(source, 1)[0].label == one.classes[label] == labels[mats.index(source)]
    assert knowing.indexed().similar(mats[0]) == knowing.similar(mats[0])
    with pytest.raises(CatalogError, match='the class "odd"'):
        model.with_reference(read(mats, labels=["odd", "normal"] * 8))
    with pytest.raises(InputError, match="no pictures"):
        model.with_reference(read(mats).subset(np.zeros(16, bool)))


def hostile(arrays: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Arrays that no model has, by what is wrong with them."""
    vectors, labels = arrays["vectors"], arrays["labels"]
    wrong: dict[str, dict[str, np.ndarray]] = {
        "vectors too narrow": {"vectors": np.ascontiguousarray(vectors[:, 1:])},
        "vectors of another type": {"vectors": vectors.astype(np.float32)},
        "flat vectors": {"vectors": vectors.ravel()},
        "one number": {"vectors": np.zeros((), np.float16)},
        "no pictures": {"vectors": vectors[:0], "labels": labels[:0]},
        "NaN": {"vectors": np.full_like(vectors, np.nan)},
        "infinite scale": {"0/scale": np.full_like(arrays["0/scale"], np.inf)},
        "no scale": {"0/scale": np.zeros_like(arrays["0/scale"])},
        "short center": {"0/center": arrays["0/center"][1:]},
        "flat axes": {"0/axes": arrays["0/axes"].ravel()},
        "fewer labels": {"labels": labels[1:]},
        "a label too high": {"labels": labels + 2},
        "a label too low": {"labels": labels - 2},
        "labels that are no numbers": {"labels": labels.astype(np.float32)},
        "fewer sources": {"sources": np.frombuffer(b"a\0b", np.uint8)},
        "sources that are no text": {"sources": np.full(40, 255, np.uint8)},
        "a negative number of pictures": {"pictures": np.asarray([-1])},
        "two numbers of pictures": {"pictures": np.asarray([16, 16])},
    }
    return {name: {**arrays, **changed} for name, changed in wrong.items()}


@pytest.mark.parametrize("name", [*hostile(build_reference(np.eye(4, dtype=np.float32), LABELS[:4], None).state())])
def test_a_hostile_reference_is_refused(name: str, knowing: Model, tmp_path: Path) -> None:
    knowing.save(tmp_path / "m.sight")
    parts = parts_of(tmp_path / "m.sight")
    data = save_arrays(hostile(load_arrays(parts[PART]))[name])
    refused(write(tmp_path / "hostile.sight", relisted({**parts, PART: data})))


@pytest.mark.parametrize("missing", ["vectors", "labels", "pictures", "0/center", "0/scale", "0/axes"])
def test_a_part_of_a_reference_that_is_missing_is_named(missing: str, knowing: Model, tmp_path: Path) -> None:
    knowing.save(tmp_path / "m.sight")
    parts = parts_of(tmp_path / "m.sight")
    arrays = load_arrays(parts[PART])
    del arrays[missing]
    said = refused(write(tmp_path / "hostile.sight", relisted({**parts, PART: save_arrays(arrays)})))
    assert PART in said and ("is missing" in said)


@pytest.mark.parametrize("data", [b"", b"nothing", b"\xff" * 64])
def test_a_reference_that_is_no_safetensors_file_is_refused(data: bytes, knowing: Model, tmp_path: Path) -> None:
    knowing.save(tmp_path / "m.sight")
    parts = {**parts_of(tmp_path / "m.sight"), PART: data}
    assert PART in refused(write(tmp_path / "hostile.sight", relisted(parts)))
    assert "sha256" in refused(write(tmp_path / "altered.sight", {**parts_of(tmp_path / "m.sight"), PART: data}))
