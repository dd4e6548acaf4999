import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import InputError, UnreadableError
from sightline.inputs.raster import RasterRead, decode
from sightline.preparation import preparation as module
from sightline.preparation.geometry import FITS, fit_into, limit_side
from sightline.preparation.preparation import Preparation
from tests.broken import saved
from tests.pictures import mat, noise, write_picture

side = st.integers(1, 1000)
preparations = st.builds(
    Preparation,
    read=st.builds(
        RasterRead,
        max_pixels=st.integers(1, 10**9),
        background=st.tuples(*[st.integers(0, 255)] * 3),
        frame=st.integers(0, 9),
    ),
    decode=st.sampled_from([1, 2, 4, 8]),
    max_side_px=st.none() | side,
    size_px=st.none() | st.tuples(side, side),
    fit=st.sampled_from(FITS),
)


@given(preparations)
def test_survives_json(preparation: Preparation) -> None:
    again = Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())))
    assert again == preparation
    assert again.key() == preparation.key()
    assert preparation.to_dict()["modality"] == "raster"


@given(preparations, preparations)
def test_keys_are_equal_as_preparations_are(one: Preparation, other: Preparation) -> None:
    assert (one.key() == other.key()) == (one == other)


def test_key_is_the_same_for_ever() -> None:
    """Caches and models outlive a release; a change of pixels has to raise PREPARATION_VERSION."""
    assert Preparation().key() == "2c15214afcfe51ef"


def test_key_follows_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Preparation().key()
    monkeypatch.setattr(module, "PREPARATION_VERSION", 99)
    assert Preparation().key() != before


def test_path_bytes_and_memory_are_one_picture(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "Matte Süd.jpg", mat(300, 0)[:200])
    data = path.read_bytes()
    for preparation in (Preparation(), Preparation(decode=2), Preparation(size_px=(64, 48), fit="crop")):
        seen = preparation.apply(path)
        for item in (str(path), data, bytearray(data), memoryview(data)):
            assert np.array_equal(preparation.apply(item), seen)  # type: ignore[arg-type]
        assert np.array_equal(preparation.apply_bytes(data), seen)


def test_an_array_is_its_lossless_file() -> None:
    picture = noise(300, 0)[:200]
    for preparation in (Preparation(), Preparation(size_px=(64, 48), fit="pad"), Preparation(max_side_px=None)):
        assert np.array_equal(preparation.apply(picture), preparation.apply(saved(picture, "PNG")))
    assert Preparation().apply(picture[..., 0]).shape == (171, 256, 3)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_an_array_is_refused_by_a_reduced_model(scale: int) -> None:
    with pytest.raises(InputError, match=f"reads JPEG at 1/{scale} scale.*give the path or the bytes"):
        Preparation(decode=scale).apply(noise(8, 0))


def test_steps_are_decode_then_size() -> None:
    data = saved(mat(300, 1)[:200], "JPEG")
    assert np.array_equal(Preparation().apply(data), limit_side(decode(data), 256))
    assert np.array_equal(Preparation(decode=2).apply(data), decode(data, reduce=2))
    wide = Preparation(max_side_px=32, size_px=(64, 48), fit="pad")
    assert np.array_equal(wide.apply(data), fit_into(decode(data), (64, 48), "pad"))


@pytest.mark.parametrize(
    "preparation",
    [
        Preparation(),
        Preparation(max_side_px=None),
        Preparation(max_side_px=None, decode=4),
        Preparation(max_side_px=100, decode=8),
        Preparation(size_px=(60, 80), fit="pad"),
        Preparation(size_px=(60, 80), fit="crop"),
        Preparation(size_px=(150, 200)),
    ],
)
@pytest.mark.parametrize("size", [(600, 800), (240, 320)])
def test_the_share_of_a_side_is_that_of_the_pixels(
    preparation: Preparation, size: tuple[int, int], tmp_path: Path
) -> None:
    write_picture(tmp_path / "a.jpg", np.zeros((*size, 3), np.uint8))
    prepared = preparation.apply(tmp_path / "a.jpg")
    assert preparation.share(*size) == pytest.approx(prepared.shape[0] / size[0], abs=0.01)


def test_a_part_that_is_cut_out_has_the_share_of_the_fit() -> None:
    assert Preparation(size_px=(50, 50), fit="crop").share(100, 200) == 0.5
    assert Preparation(size_px=(50, 50), fit="pad").share(100, 200) == 0.25
    assert Preparation(size_px=(50, 50)).share(100, 200) == pytest.approx(0.125**0.5)


def test_a_size_decides_alone() -> None:
    assert Preparation(size_px=(9, 9)) == Preparation(size_px=(9, 9), max_side_px=None)
    assert Preparation(size_px=(9, 9), max_side_px=100).max_side_px is None


def test_the_read_step_is_used() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    red = Preparation(read=RasterRead(background=(255, 0, 0)))
    assert red.apply(clear)[0, 0].tolist() == [255, 0, 0]
    assert red.apply(saved(clear, "PNG"))[0, 0].tolist() == [255, 0, 0]
    with pytest.raises(UnreadableError, match="has 16 pixels"):
        Preparation(read=RasterRead(max_pixels=15)).apply(saved(clear, "PNG"))


def test_what_is_given_is_checked() -> None:
    for item in (None, 3, ["a.jpg"], 2.5):
        with pytest.raises(InputError, match="allowed: a path, the bytes of a file, or a numpy array"):
            Preparation().apply(item)  # type: ignore[arg-type]
    with pytest.raises(UnreadableError, match="no such file"):
        Preparation().apply("nowhere.jpg")
    with pytest.raises(UnreadableError, match="is empty"):
        Preparation().apply(b"")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decode", 3),
        ("decode", True),
        ("max_side_px", 0),
        ("max_side_px", 2.5),
        ("max_side_px", 1 << 16),
        ("size_px", (0, 4)),
        ("size_px", (4,)),
        ("size_px", 64),
        ("fit", "squash"),
    ],
)
def test_values_out_of_range(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"^{name} is .*allowed: "):
        Preparation(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=f"^{name} is .*allowed: "):
        Preparation.from_dict({name: list(value) if isinstance(value, tuple) else value})


def test_unknown_keys_and_versions() -> None:
    with pytest.raises(InputError, match='unknown key "max_side" in preparation; did you mean "max_side_px"'):
        Preparation.from_dict({"max_side": 3})
    with pytest.raises(InputError, match='unknown key "bands" in read'):
        Preparation.from_dict({"read": {"bands": [1]}})
    with pytest.raises(InputError, match="version is 2; this Sightline has 1; update it"):
        Preparation.from_dict({"version": 2})
    with pytest.raises(InputError, match='modality is "audio"; allowed: raster'):
        Preparation.from_dict({"modality": "audio"})
    with pytest.raises(InputError, match=r"read is 3; allowed: a table"):
        Preparation.from_dict({"read": 3})
    assert Preparation.from_dict({}) == Preparation()


def test_description_is_one_line() -> None:
    said = {
        "whole picture, longest side at most 256 px, full decode": Preparation(),
        "whole picture, its own size, decoded at 1/4 of each side": Preparation(decode=4, max_side_px=None),
        "whole picture, stretched to 64 x 48 px (h x w), full decode": Preparation(size_px=(64, 48)),
        "whole picture, padded to 64 x 48 px (h x w), full decode": Preparation(size_px=(64, 48), fit="pad"),
        "center, cut to 64 x 48 px (h x w), full decode": Preparation(size_px=(64, 48), fit="crop"),
    }
    assert {preparation.describe(): preparation for preparation in said.values()} == said


def test_is_a_value() -> None:
    assert len({Preparation(), Preparation(), Preparation(decode=2)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Preparation().decode = 2  # type: ignore[misc]
