import io
import json

import numpy as np
import pytest
from PIL import Image

from sightline.errors import InputError, UnreadableError
from sightline.inputs.raster import RasterRead, decode, to_picture
from tests.broken import as_stored, chunk, exif, opencv, red, rows_of_png, saved
from tests.pictures import gradient, mat, noise


def by_pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize(
    "how", [{}, {"quality": 30}, {"subsampling": 0}, {"progressive": True}, {"restart_marker_rows": 1}]
)
def test_jpeg_agrees_with_pillow(how: dict[str, int]) -> None:
    data = saved(mat(75, 0)[:, :62], "JPEG", **how)
    assert np.abs(decode(data) - by_pillow(data)).mean() < 2


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_are_exact(kind: str) -> None:
    picture = noise(40, 1)[:, :33]
    assert np.array_equal(decode(saved(picture, kind)), picture)
    assert np.array_equal(decode(saved(picture[..., 0], kind)), np.dstack([picture[..., 0]] * 3))


def test_color_profile_and_gamma_change_nothing() -> None:
    data = saved(noise(8, 0), "PNG")
    for note in (chunk(b"gAMA", (100_000).to_bytes(4, "big")), chunk(b"cICP", bytes([9, 16, 0, 1]))):
        assert np.array_equal(decode(data[:33] + note + data[33:]), noise(8, 0))


@pytest.mark.parametrize("reduce", [1, 2, 4, 8])
def test_a_reduced_jpeg_is_the_picture_made_smaller(reduce: int) -> None:
    picture = gradient(99)[:, :70]
    small = decode(saved(picture, "JPEG", quality=95), reduce=reduce)
    assert small.shape == (-(-99 // reduce), -(-70 // reduce), 3)
    exact = decode(saved(picture, "PNG"), reduce=reduce)
    assert exact.shape == small.shape
    assert np.abs(small.astype(int) - exact).mean() < 2


@pytest.mark.parametrize("reduce", [1, 2, 4, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_eight_orientations_are_one_picture(kind: str, reduce: int) -> None:
    """The size is a multiple of 16, so that JPEG's blocks lie the same in every orientation."""
    seen = gradient(64)[:, :48]
    how = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    ways = [decode(saved(as_stored(seen, o), kind, exif=exif(o), **how), reduce=reduce) for o in range(1, 9)]
    for way in ways:
        assert way.flags.c_contiguous
        assert way.shape == (64 // reduce, 48 // reduce, 3)
        assert np.abs(way.astype(int) - ways[0]).max() <= (4 if kind == "JPEG" else 1)
    if reduce == 1:
        assert np.abs(ways[0].astype(int) - seen).max() <= 4


def test_sixteen_bit_png_is_rounded_and_tiff_within_one_step() -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    eight = np.round(deep / 257).astype(int)
    assert np.array_equal(decode(opencv(".png", deep[..., ::-1])), eight)
    assert np.array_equal(decode(opencv(".png", deep[..., 0])), np.dstack([eight[..., 0]] * 3))
    assert np.array_equal(decode(saved(deep[..., 0], "TIFF")), np.dstack([eight[..., 0]] * 3))
    assert np.abs(decode(opencv(".tiff", deep[..., ::-1])) - eight).max() <= 1


def test_sixteen_bit_grey_and_alpha_png() -> None:
    row = np.array([[40_000, 65_535], [40_000, 0]], ">u2").tobytes()
    picture = decode(rows_of_png(2, 3, 16, 4, row), RasterRead(background=(1, 2, 3)))
    assert picture[0].tolist() == [[156, 156, 156], [1, 2, 3]]


def test_white_may_be_zero() -> None:
    grey = noise(10, 0)[..., 0]
    for samples in (grey, grey.astype(np.uint16) * 257):
        data = bytearray(saved(samples, "TIFF"))
        where = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00")  # tag 262, one short
        data[where + 8] = 0
        assert np.array_equal(decode(bytes(data))[..., 0], 255 - grey)


def test_planes_of_sixteen_bits_are_refused_rather_than_mixed_up() -> None:
    data = bytearray(opencv(".tiff", np.zeros((4, 4, 3), np.uint16)))
    where = data.index(b"\x1c\x01\x03\x00\x01\x00\x00\x00")  # tag 284, one short
    data[where + 8] = 2
    with pytest.raises(UnreadableError, match="separate planes"):
        decode(bytes(data))


def test_background_shows_through() -> None:
    half = np.dstack([red(), np.full((24, 24), 51, np.uint8)])
    for kind, how in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        seen = decode(saved(half, kind, **how), RasterRead(background=(0, 0, 0)))
        assert np.abs(seen - np.array([200, 40, 30]) / 5).max() <= 1
        assert np.abs(decode(saved(half, kind, **how)) - (204 + np.array([200, 40, 30]) / 5)).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF"])
def test_a_frame_is_chosen(kind: str) -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), value, np.uint8)) for value in (0, 128, 255)]
    how = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **how)
    assert [int(decode(data, RasterRead(frame=n)).mean()) for n in range(3)] == [0, 128, 255]
    assert decode(data).mean() == 0
    with pytest.raises(UnreadableError, match="has 3 frames"):
        decode(data, RasterRead(frame=3))


def test_inverted_cmyk_of_adobe() -> None:
    """Adobe stores 255 - ink; Pillow writes and reads that, a reader that does not know gives a negative."""
    data = saved(Image.fromarray(red()).convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert np.abs(decode(data).mean((0, 1)) - [200, 40, 30]).max() < 4


def test_reduce_is_checked() -> None:
    for reduce in (0, 3, 16):
        with pytest.raises(InputError, match="allowed: 1, 2, 4, 8"):
            decode(saved(red(), "JPEG"), reduce=reduce)


def test_a_picture_is_taken_as_it_is() -> None:
    picture = noise(5, 0)
    assert to_picture(picture) is picture
    turned = to_picture(picture.transpose(1, 0, 2))
    assert turned.flags.c_contiguous
    assert np.array_equal(turned, picture.transpose(1, 0, 2))


def test_arrays_of_other_kinds_come_to_rgb() -> None:
    picture = noise(5, 0)
    grey = np.dstack([picture[..., 0]] * 3)
    assert np.array_equal(to_picture(picture[..., 0]), grey)
    assert np.array_equal(to_picture(picture[..., :1]), grey)
    assert np.array_equal(to_picture(picture.astype(np.uint16) * 257), picture)
    assert np.array_equal(to_picture(picture.astype(">u2") * 257), picture)
    assert np.array_equal(to_picture(picture[..., 0] > 127), np.where(grey > 127, 255, 0))
    clear = np.dstack([picture, np.zeros((5, 5), np.uint8)])
    assert np.array_equal(to_picture(clear, RasterRead(background=(9, 8, 7)))[0, 0], [9, 8, 7])


def test_an_array_is_what_its_file_would_be() -> None:
    rgba = np.dstack([noise(9, 1), noise(9, 2)[..., 0]])
    for samples in (rgba, rgba[..., :3], rgba[..., 0]):
        assert np.array_equal(to_picture(samples), decode(saved(samples, "PNG")))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((4, 4, 3)), "float64; allowed: uint8, uint16, bool"),
        (np.zeros((4, 4, 3), np.float32), "255 [*] array"),
        (np.zeros((4, 4), np.int64), "int64"),
        (np.zeros((4, 4, 2), np.uint8), "shape"),
        (np.zeros((3, 4, 4, 3), np.uint8), "shape"),
        (np.zeros(4, np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "not empty"),
    ],
)
def test_arrays_that_are_refused(array: np.ndarray, said: str) -> None:
    with pytest.raises(InputError, match=said):
        to_picture(array)


def test_read_step_survives_json() -> None:
    for read in (RasterRead(), RasterRead(5, (1, 2, 3), 4)):
        assert RasterRead.from_dict(json.loads(json.dumps(read.to_dict()))) == read
    assert RasterRead.from_dict({}) == RasterRead()


def test_read_step_refuses_what_it_does_not_know() -> None:
    with pytest.raises(InputError, match='unknown key "max_pixel" in read; did you mean "max_pixels"'):
        RasterRead.from_dict({"max_pixel": 3})
    wrong = ({"max_pixels": 0}, {"frame": -1}, {"frame": True}, {"background": (1, 2)}, {"background": (0, 0, 256)})
    for values in wrong:
        with pytest.raises(InputError, match=next(iter(values))):
            RasterRead(**values)
