import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sightline.errors import UnreadableError
from sightline.inputs.headers import Header, exif_orientation, format_of, read_header
from tests import broken
from tests.broken import chunk, exif, red, rows_of_png, saved
from tests.pictures import noise

WHOLE = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "bmp": "BMP", "webp": "WEBP", "gif": "GIF"}


@pytest.mark.parametrize("kind", WHOLE)
def test_size_and_format(kind: str) -> None:
    header = read_header(saved(noise(20, 0)[:, :13], WHOLE[kind]))
    assert (header.format, header.width, header.height) == (kind, 13, 20)
    assert (header.bits, header.orientation, header.frames) == (8, 1, 1)
    assert header.channels == (1 if kind == "gif" else 3)
    assert header.plain == (kind in ("jpeg", "png"))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(kind: str, orientation: int) -> None:
    header = read_header(saved(noise(20, 0)[:, :13], WHOLE[kind], exif=exif(orientation)))
    assert (header.width, header.height, header.orientation) == (13, 20, orientation)


@pytest.mark.parametrize(
    ("data", "channels", "bits", "plain"),
    [
        (saved(red()[..., 0], "JPEG"), 1, 8, True),
        (saved(red(), "JPEG", progressive=True), 3, 8, True),
        (saved(Image.fromarray(red()).convert("CMYK"), "JPEG"), 4, 8, False),
        (saved(red()[..., 0], "PNG"), 1, 8, True),
        (saved(red(), "PNG", transparency=(1, 2, 3)), 3, 8, False),
        (saved(np.zeros((4, 4, 4), np.uint8), "PNG"), 4, 8, False),
        (saved(Image.fromarray(noise(16, 0)).quantize(200), "PNG"), 1, 8, False),
        (saved(Image.new("1", (5, 5)), "PNG"), 1, 1, False),
        (broken.opencv(".png", np.zeros((4, 4, 3), np.uint16)), 3, 16, False),
        (saved(Image.new("1", (5, 5)), "TIFF"), 1, 1, False),
        (saved(np.zeros((4, 4), np.uint16), "TIFF"), 1, 16, False),
        (broken.opencv(".tiff", np.zeros((4, 4, 3), np.uint16)), 3, 16, False),
        (saved(np.zeros((4, 4), np.float32), "TIFF"), 1, 32, False),
        (saved(np.zeros((4, 4, 4), np.uint8), "WEBP", lossless=True, exact=True), 4, 8, False),
    ],
)
def test_channels_depth_and_who_decodes(data: bytes, channels: int, bits: int, plain: bool) -> None:
    header = read_header(data)
    assert (header.channels, header.bits, header.plain) == (channels, bits, plain)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_frames_are_counted(kind: str) -> None:
    frames = [Image.fromarray(noise(8, seed)) for seed in range(3)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert read_header(data).frames == 3
    assert not read_header(data).plain
    with pytest.raises(UnreadableError, match="has 3 frames; frame 3 was asked for"):
        read_header(data, frame=3)


def test_a_page_has_its_own_size() -> None:
    pages = [Image.fromarray(noise(8, 0)), Image.fromarray(noise(12, 1)[:, :9])]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert (read_header(data, 1).width, read_header(data, 1).height) == (9, 12)


@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 4000), st.integers(0, 255))
def test_any_damage_is_a_header_or_a_reason(kind: str, position: int, value: int) -> None:
    data = bytearray(saved(noise(24, 3), WHOLE[kind]))
    data[position % len(data)] = value
    for damaged in (bytes(data), bytes(data[: position % len(data)])):
        try:
            assert isinstance(read_header(damaged), Header)
        except UnreadableError as error:
            assert 0 < len(str(error)) < 200


@given(st.integers(12, 3000))
def test_a_cut_jpeg_or_png_is_truncated_wherever_it_is_cut(length: int) -> None:
    for kind in ("JPEG", "PNG"):
        data = saved(noise(40, 4), kind)
        with pytest.raises(UnreadableError, match="is truncated"):
            read_header(data[: min(length, len(data) - 2)])


def test_end_in_a_thumbnail_is_not_the_end() -> None:
    """A truncated JPEG whose EXIF holds a whole small JPEG."""
    thumbnail = saved(noise(8, 0), "JPEG")
    data = saved(noise(40, 4), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 8) + b"Exif\0\0" + thumbnail
    data = data[:2] + segment + data[2:]
    assert read_header(data).width == 40
    with pytest.raises(UnreadableError, match="is truncated"):
        read_header(data[:-200])


def test_stray_bytes_between_segments_are_passed_over() -> None:
    data = saved(noise(40, 4), "JPEG")
    assert read_header(data[:2] + b"\xff\xff" + data[3:]) == read_header(data)
    assert read_header(data[:20] + b"\0\x12\xff\0" + data[20:]) == read_header(data)  # after the JFIF segment


def test_png_chunks_are_checked() -> None:
    data = saved(noise(8, 0), "PNG")
    note = chunk(b"tEXt", b"Title\0mat")
    assert read_header(data[:33] + note + data[33:]) == read_header(data)
    wrong = note[:-1] + bytes([note[-1] ^ 1])
    with pytest.raises(UnreadableError, match=r"is broken \(checksum of tEXt\)"):
        read_header(data[:33] + wrong + data[33:])
    with pytest.raises(UnreadableError, match="no picture between"):
        read_header(data[:33] + chunk(b"IEND", b""))
    for bits, color in ((3, 0), (8, 5), (8, 3)):
        with pytest.raises(UnreadableError, match="color type"):
            read_header(rows_of_png(8, 8, bits, color, bytes(8)))


def test_format_is_told_by_the_first_bytes() -> None:
    assert [format_of(saved(red(), kind)) for kind in WHOLE.values()] == list(WHOLE)
    for data in (b"\xff\xd8", b"RIFF\0\0\0\0WAVEfmt ", b"%PDF-1.7", b"GIF88a", b"BM, and then some text", b"\0" * 64):
        with pytest.raises(UnreadableError, match="is no picture that Sightline reads"):
            format_of(data)
    with pytest.raises(UnreadableError, match=r"^is empty$"):
        format_of(b"")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "code"), [(3, "H"), (4, "I")])
def test_exif_block_in_both_byte_orders(order: str, kind: int, code: str) -> None:
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    other = struct.pack(order + "HHII", 0x010F, 2, 4, 0)
    block = (
        start + struct.pack(order + "H", 2) + other + struct.pack(order + "HHI" + code, 0x0112, kind, 1, 6) + b"\0\0"
    )
    assert exif_orientation(block) == 6


@given(st.binary(max_size=64))
def test_exif_nonsense_is_upright(block: bytes) -> None:
    for start in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        assert 1 <= exif_orientation(start + block) <= 8
    assert exif_orientation(b"") == 1


def test_values_of_orientation_that_do_not_exist_are_upright() -> None:
    for value in (0, 9, 255):
        for kind in ("JPEG", "WEBP", "TIFF"):
            assert read_header(saved(red(), kind, exif=exif(value))).orientation == 1


def test_agrees_with_pillow_on_every_readable_odd_file() -> None:
    for name, (data, expectation) in (broken.whole() | broken.odd_kinds()).items():
        if expectation.refused:
            continue
        header = read_header(data)
        with Image.open(io.BytesIO(data)) as image:
            turned = header.orientation > 4 and header.format == "tiff"  # Pillow has turned it
            assert image.size == ((header.height, header.width) if turned else (header.width, header.height)), name
            assert image.format is not None and image.format.lower() == header.format, name
