"""What a picture file says of itself before a pixel is decoded.

JPEG and PNG are parsed here, in about 5 us (Pillow: 20 and more): they are the everyday case, and each decode starts
with its header. The walk also finds truncated files and broken checksums, which the C libraries underneath OpenCV
would report on the terminal or, for JPEG, fill with grey. The other formats go through Pillow.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from sightline.errors import UnreadableError
from sightline.inputs import pillow

NO_PICTURE = "is no picture that Sightline reads (JPEG, PNG, TIFF, BMP, WebP, GIF)"
TRUNCATED = "is truncated"

ORIENTATION = 0x0112
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame; the others are tables
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers that have no length
_BMP_HEADERS = frozenset(n.to_bytes(4, "little") for n in (12, 16, 40, 52, 56, 64, 108, 124))  # sizes; text has others
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # color type -> samples of a pixel


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says.

    Attributes:
        format: "jpeg", "png", "tiff", "bmp", "webp" or "gif".
        width: pixels as stored, before orientation.
        height: pixels as stored, before orientation.
        channels: samples of a pixel as stored (1 for a palette, 4 for CMYK and RGBA).
        bits: of a sample.
        orientation: 1 to 8 as in EXIF; 1 is upright.
        frames: pictures in the file.
        plain: OpenCV decodes it exactly and safely to 8-bit grey or RGB (most JPEG and PNG).
    """

    format: str
    width: int
    height: int
    channels: int
    bits: int
    orientation: int
    frames: int
    plain: bool


def read_header(data: bytes, frame: int = 0) -> Header:
    """The header of a file's bytes; of TIFF pages, the one called `frame`.

    Raises:
        UnreadableError: empty, no picture, truncated, broken, without pixels, without that frame.
    """
    kind = format_of(data)
    try:
        if kind == "jpeg":
            header = _jpeg(data)
        elif kind == "png":
            header = _png(data)
        else:
            header = Header(*pillow.facts(data, kind, frame), plain=False)
    except (IndexError, struct.error):
        raise UnreadableError(TRUNCATED) from None
    if header.width < 1 or header.height < 1:
        raise UnreadableError("has no pixels")
    if frame >= header.frames:
        raise pillow.no_such_frame(frame, header.frames)
    return header


def format_of(data: bytes) -> str:
    """The format by the first bytes; the name of the file counts for nothing.

    Raises:
        UnreadableError: empty, or no picture.
    """
    start = data[:12]
    if start[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if start[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "webp"
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if start[:2] == b"BM" and data[14:18] in _BMP_HEADERS:
        return "bmp"
    raise UnreadableError(NO_PICTURE if data else "is empty")


def _jpeg(data: bytes) -> Header:
    """Walk the markers up to the first scan."""
    position, orientation, size = 2, 0, None
    while True:
        marker, position = _jpeg_marker(data, position)
        if marker in _JPEG_BARE:
            continue
        if marker in (0xD9, 0xDA):
            break
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2:
            raise UnreadableError(TRUNCATED if position + 2 > len(data) else "is broken (length of a segment)")
        if marker in _JPEG_SIZES and size is None:
            size = (marker, *struct.unpack_from(">BHHB", data, position + 2))
        elif marker == 0xE1 and not orientation and data[position + 2 : position + 8] == b"Exif\0\0":
            orientation = exif_orientation(data[position + 8 : position + length])
        position += length
    if marker == 0xD9 or size is None:
        raise UnreadableError("is broken (no picture between start and end)")
    if data.rfind(b"\xff\xd9", position) < 0:
        raise UnreadableError(TRUNCATED)
    process, bits, height, width, channels = size
    plain = bits == 8 and channels in (1, 3) and process <= 0xC2  # sequential or progressive, Huffman
    return Header("jpeg", width, height, channels, bits, orientation or 1, 1, plain)


def _jpeg_marker(data: bytes, position: int) -> tuple[int, int]:
    """The next marker's second byte and where it ends; stray bytes before it are passed over, as decoders do."""
    position = data.find(b"\xff", position)
    if position < 0:
        raise UnreadableError(TRUNCATED)
    while data[position] == 0xFF:
        position += 1
    return (data[position] or 0x01), position + 1  # ff 00 is a stray data byte: no marker


def _png(data: bytes) -> Header:
    """Walk the chunks up to IEND."""
    names: set[bytes] = set()
    view, position, orientation, frames = memoryview(data), 8, 1, 1
    while b"IEND" not in names:
        length, name = struct.unpack_from(">I4s", data, position)
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        if zlib.crc32(view[position + 4 : position + 8 + length]) != checksum:
            raise UnreadableError(f"is broken (checksum of {name.decode('latin-1')})")
        body = position + 8
        if name == b"acTL":
            (frames,) = struct.unpack_from(">I", data, body)
        elif name == b"eXIf":
            orientation = exif_orientation(data[body : body + length])
        names.add(name)
        position = body + length + 4
    if data[12:16] != b"IHDR" or b"IDAT" not in names:
        raise UnreadableError("is broken (no picture between start and end)")
    width, height, bits, color = struct.unpack_from(">IIBB", data, 16)
    if color not in _PNG_SAMPLES or bits not in (1, 2, 4, 8, 16) or (color == 3 and b"PLTE" not in names):
        raise UnreadableError("is broken (color type)")
    plain = bits == 8 and color in (0, 2) and not names & {b"tRNS", b"acTL"}
    return Header("png", width, height, _PNG_SAMPLES[color], bits, orientation, max(1, frames), plain)


def exif_orientation(block: bytes) -> int:
    """The orientation that an EXIF block (a small TIFF) tells, 1 to 8; 1 where it is missing or makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (entries,) = struct.unpack_from(order + "H", block, start)
        for entry in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind = struct.unpack_from(order + "HH", block, entry)
            if tag == ORIENTATION:
                (value,) = struct.unpack_from(order + ("I" if kind == 4 else "H"), block, entry + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
