"""Broken and odd files, written by code, each with what a reader has to make of it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.pictures import gradient, noise

RED = (200, 40, 30)
WHITE = (255, 255, 255)
SIDE = 24


@dataclass(frozen=True)
class Expectation:
    """What to expect of a file.

    Attributes:
        shape: (h, w) upright, if it is read.
        color: mean red, green, blue, if that is known.
        refused: a word of the reason, if it is not read.
        is_listed: a walk through the folder finds it (not hidden, named like a picture).
    """

    shape: tuple[int, int] | None = None
    color: tuple[int, int, int] | None = None
    refused: str | None = None
    is_listed: bool = True


def write_odd_files(folder: Path) -> dict[str, Expectation]:
    """Write all of them below `folder`; the keys are paths relative to it, with "/"."""
    expected: dict[str, Expectation] = {}
    for name, (data, expectation) in (whole() | odd_kinds() | odd_names() | broken()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        expected[name] = expectation
    return expected


Files = dict[str, tuple[bytes, Expectation]]


def whole() -> Files:
    """Everyday files, the eight orientations, and extreme sizes."""
    seen = gradient(SIDE)[:, : SIDE - 8]
    files: Files = {
        "plain.jpg": (saved(red(), "JPEG"), is_red()),
        "plain.png": (saved(red(), "PNG"), is_red()),
        "plain.bmp": (saved(red(), "BMP"), is_red()),
        "plain.webp": (saved(red(), "WEBP", lossless=True), is_red()),
        "plain.tif": (saved(red(), "TIFF"), is_red()),
        "progressive.jpg": (saved(red(), "JPEG", progressive=True), is_red()),
        "grey.jpg": (saved(red()[..., 0], "JPEG"), Expectation((SIDE, SIDE), (200, 200, 200))),
        "odd_size.jpg": (saved(noise(37, 1)[:, :29], "JPEG"), Expectation((37, 29))),
        "1x1.png": (saved(red(1), "PNG"), Expectation((1, 1), RED)),
        "1x1.jpg": (saved(red(1), "JPEG"), Expectation((1, 1), RED)),
        "1x4000.png": (saved(np.full((1, 4000, 3), RED, np.uint8), "PNG"), Expectation((1, 4000), RED)),
        "4000x1.jpg": (saved(np.full((4000, 1, 3), RED, np.uint8), "JPEG"), Expectation((4000, 1), RED)),
        "8000x8000.png": (rows_of_png(8000, 8000, 1, 0, b"\xff" * 1000), Expectation((8000, 8000), WHITE)),
    }
    for orientation in range(1, 9):
        stored = as_stored(seen, orientation)
        for kind, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif")):
            how = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
            data = saved(stored, kind, exif=exif(orientation), **how)
            files[f"exif_{orientation}.{suffix}"] = (data, Expectation((SIDE, SIDE - 8)))
    return files


def odd_kinds() -> Files:
    """Depths, palettes, transparency, color models, animations."""
    deep = (red().astype(np.uint16) * 257)[..., ::-1]
    half = np.dstack([red(), np.full((SIDE, SIDE), 128, np.uint8)])
    through = tuple(round(c * 128 / 255 + 255 * 127 / 255) for c in RED)
    palette = Image.fromarray(red()).quantize(4)
    grey = Expectation((SIDE, SIDE), (200, 200, 200))
    frames = [Image.fromarray(red()), Image.fromarray(255 - red())]
    animated = {"save_all": True, "append_images": frames[1:], "duration": 100}
    return {
        "grey16.png": (opencv(".png", deep[..., 2]), grey),
        "rgb16.png": (opencv(".png", deep), is_red()),
        "rgba16.png": (opencv(".png", np.dstack([deep, np.full_like(deep[..., :1], 128 * 257)])), is_color(through)),
        "grey16.tif": (opencv(".tiff", deep[..., 2]), grey),
        "rgb16.tif": (opencv(".tiff", deep), is_red()),
        "float.tif": (saved(np.full((SIDE, SIDE), 0.5, np.float32), "TIFF"), Expectation(refused="value window")),
        "int32.tif": (saved(np.full((SIDE, SIDE), 70_000, np.int32), "TIFF"), Expectation(refused="value window")),
        "cmyk.jpg": (saved(Image.fromarray(red()).convert("CMYK"), "JPEG"), is_red()),
        "cmyk.tif": (saved(Image.fromarray(red()).convert("CMYK"), "TIFF"), is_red()),
        "ycbcr.tif": (saved(Image.fromarray(red()).convert("YCbCr"), "TIFF", compression="tiff_lzw"), is_red()),
        "lzw.tif": (saved(red(), "TIFF", compression="tiff_lzw"), is_red()),
        "two_pages.tif": (saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]), is_red()),
        "palette.png": (saved(palette, "PNG"), is_red()),
        "palette_transparent.png": (saved(palette, "PNG", transparency=bytes([0] * 4)), is_color(WHITE)),
        "rgb_color_key.png": (saved(red(), "PNG", transparency=RED), is_color(WHITE)),
        "rgba.png": (saved(half, "PNG"), is_color(through)),
        "rgba.webp": (saved(half, "WEBP", lossless=True), is_color(through)),
        "rgba.tif": (saved(half, "TIFF"), is_color(through)),
        "la.png": (saved(Image.fromarray(half).convert("LA"), "PNG"), Expectation((SIDE, SIDE))),
        "1bit.png": (saved(Image.new("1", (SIDE, SIDE), 1), "PNG"), is_color(WHITE)),
        "1bit.tif": (saved(Image.new("1", (SIDE, SIDE), 1), "TIFF", compression="group4"), is_color(WHITE)),
        "1bit.bmp": (saved(Image.new("1", (SIDE, SIDE), 1), "BMP"), is_color(WHITE)),
        "2bit.png": (rows_of_png(SIDE, SIDE, 2, 0, b"\xaa" * (SIDE // 4)), is_color((170, 170, 170))),
        "animated.gif": (saved(frames[0], "GIF", **animated), is_red()),
        "animated.webp": (saved(frames[0], "WEBP", lossless=True, **animated), is_red()),
        "animated.png": (saved(frames[0], "PNG", **animated), is_red()),
        "transparent.gif": (saved(palette, "GIF", transparency=0), is_color(WHITE)),
    }


def odd_names() -> Files:
    """Names that are hard on a file system, a table or a terminal; names that lie; files to pass over."""
    jpeg, png = saved(red(), "JPEG"), saved(red(), "PNG")
    hidden = Expectation((SIDE, SIDE), RED, is_listed=False)
    return {
        "Grüße aus Köln.jpg": (jpeg, is_red()),
        "cafe\u0301.png": (png, is_red()),
        "日本語.JPG": (jpeg, is_red()),
        "🙂 with  spaces .png": (png, is_red()),
        "quote\"comma,semi;'.jpg": (jpeg, is_red()),
        "%41 [x] {y} $HOME #1.jpg": (jpeg, is_red()),
        "-rf.jpg": (jpeg, is_red()),
        "really_a_png.jpg": (png, is_red()),
        "really_a_jpeg.tiff": (jpeg, is_red()),
        "trailing_garbage.jpg": (jpeg + noise(16, 0).tobytes(), is_red()),
        ".hidden.jpg": (jpeg, hidden),
        ".ipynb_checkpoints/copy-checkpoint.jpg": (jpeg, hidden),
        "notes.txt": (b"the camera was moved in June\n", Expectation(refused="no picture", is_listed=False)),
    }


def broken() -> Files:
    """Files that have to be refused, each with its reason."""
    jpeg, png = saved(noise(64, 2), "JPEG"), saved(noise(64, 2), "PNG")
    flipped = bytearray(png)
    flipped[len(png) // 2] ^= 0xFF
    return {
        "empty.jpg": (b"", refused("empty")),
        "text.jpg": (b"this is not a picture at all", refused("no picture")),
        "html.png": (b"<!doctype html><title>404</title>", refused("no picture")),
        "bm_text.bmp": (b"BMW: service invoice, two pages, no pictures", refused("no picture")),
        "zeros.jpg": (bytes(4096), refused("no picture")),
        "truncated.jpg": (jpeg[: len(jpeg) // 2], refused("truncated")),
        "truncated_header.jpg": (jpeg[:30], refused("truncated")),
        "three_bytes.jpg": (jpeg[:3], refused("truncated")),
        "zero_tail.jpg": (jpeg[: len(jpeg) // 2] + bytes(len(jpeg) // 2), refused("truncated")),
        "tables_only.jpg": (b"\xff\xd8\xff\xd9", refused("broken")),
        "truncated.png": (png[: len(png) // 2], refused("truncated")),
        "signature_only.png": (png[:8], refused("truncated")),
        "checksum.png": (bytes(flipped), refused("checksum")),
        "no_pixels.png": (rows_of_png(0, 0, 8, 2, b""), refused("no pixels")),
        "no_palette.png": (rows_of_png(SIDE, SIDE, 1, 3, b"\0" * (SIDE // 8)), refused("color type")),
        "bomb.png": (rows_of_png(100_000, 100_000, 8, 2, b"", rows=1), refused("10,000,000,000 pixels")),
        "bomb.gif": (b"GIF89a\xff\xff\xff\xff\0\0\0" + bytes(40), refused("")),
        "truncated.gif": (saved(noise(64, 2), "GIF")[:2000], refused("truncated")),
        "truncated.bmp": (saved(noise(64, 2), "BMP")[:2000], refused("truncated")),
        "truncated.webp": (saved(noise(64, 2), "WEBP")[:1000], refused("broken")),
        "truncated.tif": (saved(noise(64, 2), "TIFF")[:2000], refused("")),
        "header_only.tif": (b"II*\0\x08\0\0\0", refused("")),
    }


def red(side: int = SIDE) -> npt.NDArray[np.uint8]:
    """One color all over."""
    return np.full((side, side, 3), RED, np.uint8)


def is_red() -> Expectation:
    return is_color(RED)


def is_color(color: tuple[int, ...]) -> Expectation:
    return Expectation((SIDE, SIDE), (color[0], color[1], color[2]))


def refused(word: str) -> Expectation:
    return Expectation(refused=word)


def saved(picture: npt.NDArray[Any] | Image.Image, kind: str, **how: Any) -> bytes:
    """Pillow's bytes of a picture."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def opencv(suffix: str, picture: npt.NDArray[Any]) -> bytes:
    """OpenCV's bytes of a picture in its own channel order: Pillow writes no 16-bit color."""
    return cv2.imencode(suffix, np.ascontiguousarray(picture))[1].tobytes()


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def as_stored(seen: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """How a camera stores what is seen, by the definition in EXIF: where row 0 and column 0 of the file lie."""
    stored: dict[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
        1: lambda p: p,  # row 0 is the top, column 0 is the left
        2: lambda p: p[:, ::-1],  # top, right
        3: lambda p: p[::-1, ::-1],  # bottom, right
        4: lambda p: p[::-1],  # bottom, left
        5: lambda p: p.swapaxes(0, 1),  # left, top
        6: lambda p: p[:, ::-1].swapaxes(0, 1),  # right, top
        7: lambda p: p[::-1, ::-1].swapaxes(0, 1),  # right, bottom
        8: lambda p: p[::-1].swapaxes(0, 1),  # left, bottom
    }
    return np.ascontiguousarray(stored[orientation](seen))


def rows_of_png(width: int, height: int, bits: int, color: int, row: bytes, rows: int | None = None) -> bytes:
    """A PNG of one repeated row, packed by hand: any depth, any claim about its size, any number of rows."""
    body = zlib.compress((b"\0" + row) * (height if rows is None else rows), 9)
    size = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
