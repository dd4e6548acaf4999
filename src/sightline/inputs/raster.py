"""Bytes or an array to a picture: the one decoder, in training and inference, so both see the same pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture
from sightline.errors import InputError, UnreadableError, nearest
from sightline.inputs import jpeg, pillow
from sightline.inputs.headers import Header, read_header
from sightline.inputs.pixels import shrink, to_eight_bits, to_rgb, upright

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
"""Scales that JPEG decodes at directly, in its DCT."""

# OpenCV prints what it then raises or returns as None, and warns of tags that change no pixel. We name the reason.
(cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel)(1)  # 4 | 5; 1: fatal only


@dataclass(frozen=True)
class RasterRead:
    """How a picture file becomes an array; stored in every model.

    Attributes:
        max_pixels: width times height beyond which a file is refused before it is decoded (decompression bombs).
        background: red, green, blue in 0..255 that shows through transparent pixels.
        frame: which frame of an animation or page of a TIFF, from 0.
    """

    max_pixels: int = 100_000_000
    background: tuple[int, int, int] = (255, 255, 255)
    frame: int = 0

    def __post_init__(self) -> None:
        if not _whole(self.max_pixels) or self.max_pixels < 1:
            raise InputError(f"max_pixels is {self.max_pixels!r}; allowed: a whole number from 1")
        if not _whole(self.frame) or self.frame < 0:
            raise InputError(f"frame is {self.frame!r}; allowed: a whole number from 0")
        color = self.background
        if not isinstance(color, tuple) or len(color) != 3 or not all(_whole(c) and 0 <= c <= 255 for c in color):
            raise InputError(f"background is {color!r}; allowed: (red, green, blue), each 0 to 255")

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"background": list(self.background)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave.

        Raises:
            InputError: an unknown key or a value out of range.
        """
        names = [field.name for field in fields(cls)]
        for key in values:
            if key not in names:
                raise InputError(f'unknown key "{key}" in read; {nearest(key, names)}')
        given = dict(values)
        if isinstance(given.get("background"), list):
            given["background"] = tuple(given["background"])
        return cls(**given)


def decode(data: bytes, read: RasterRead | None = None, reduce: int = 1) -> Picture:
    """The bytes of a file as an upright picture: (h, w, 3) uint8 RGB, C-contiguous.

    `reduce` 2, 4 or 8: at 1/2, 1/4 or 1/8 of each side, rounded up. JPEG is then decoded at that scale in its DCT,
    which saves most of the work; other formats are decoded whole and averaged over areas.

    Raises:
        UnreadableError: empty, no picture, truncated, broken, too large, of a kind that has no one way to be shown.
        InputError: `reduce` is none of 1, 2, 4, 8.
    """
    if reduce != 1 and reduce not in REDUCED:
        raise InputError(f"reduce is {reduce!r}; allowed: 1, 2, 4, 8")
    read = read or RasterRead()
    header = read_header(data, read.frame)
    _check_pixels(header, read)
    if header.plain:
        return upright(_plain(data, header, reduce), header.orientation)
    if header.bits == 16 and header.format == "png" and header.frames == 1:
        picture = _deep(data, header, read)
        return upright(shrink(picture, reduce), header.orientation)
    picture = shrink(_through_pillow(data, header, read), reduce)
    return picture if header.format == "tiff" else upright(picture, header.orientation)  # Pillow has turned TIFF


def to_picture(array: npt.ArrayLike, read: RasterRead | None = None) -> Picture:
    """An array that a person hands in, as the decoder would have given it: (h, w, 3) uint8 RGB, C-contiguous.

    Takes (h, w) or (h, w, 1) grey, (h, w, 3) RGB, (h, w, 4) RGBA; bool, uint8 or uint16. The same array comes back
    if it is already so.

    Raises:
        InputError: another shape or dtype; floats have no agreed range, so they are never guessed at.
    """
    samples = np.asarray(array)
    channels = samples.shape[2] if samples.ndim == 3 else 1
    if samples.ndim not in (2, 3) or channels not in (1, 3, 4) or samples.size == 0:
        raise InputError(
            f"the array has shape {samples.shape}; allowed, not empty: (h, w), (h, w, 1), (h, w, 3) RGB, (h, w, 4) RGBA"
        )
    if samples.dtype == np.bool_:
        samples = samples.astype(np.uint8) * np.uint8(255)
    elif samples.dtype.kind == "u" and samples.dtype.itemsize == 2:
        samples = to_eight_bits(samples)
    elif samples.dtype != np.uint8:
        raise InputError(
            f"the array is {samples.dtype}; allowed: uint8, uint16, bool; "
            "bring it to 0..255 and give uint8 (for floats in 0..1: (255 * array).round().astype(numpy.uint8))"
        )
    return to_rgb(samples, (read or RasterRead()).background)


def _check_pixels(header: Header, read: RasterRead) -> None:
    pixels = header.width * header.height
    if pixels > read.max_pixels:
        raise UnreadableError(
            f"has {pixels:,} pixels; allowed: {read.max_pixels:,}; raise max_pixels if you trust its source"
        )


def _plain(data: bytes, header: Header, reduce: int) -> Picture:
    """8-bit grey or RGB; JPEG is scaled in its DCT."""
    if header.format == "jpeg":
        picture = jpeg.decoded(data, header.height, header.width, reduce)
        if picture is not None:
            return picture
    if reduce == 1 or header.format != "jpeg":
        return shrink(_opencv(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION, header, 1), reduce)
    flags = REDUCED[reduce] | cv2.IMREAD_IGNORE_ORIENTATION  # OpenCV 5 has no reduced RGB
    picture = _opencv(data, flags, header, reduce)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=picture))


def _deep(data: bytes, header: Header, read: RasterRead) -> Picture:
    """16-bit PNG, of which Pillow would drop the low byte.

    It does so with TIFF in color, at most one step of 255 darker. OpenCV would not, but it mixes up the pixels of TIFF
    with separate planes, or turns them, and says nothing.
    """
    samples = _opencv(data, cv2.IMREAD_UNCHANGED, header, 1)
    if samples.ndim == 3:
        samples = samples[..., [2, 1, 0, 3][: samples.shape[2]]]
    return to_rgb(to_eight_bits(samples), read.background)


def _opencv(data: bytes, flags: int, header: Header, reduce: int) -> Array:
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise UnreadableError(f"is broken ({str(error.err or error).strip()[:80]})") from error
    if picture is None or picture.shape[:2] != (-(-header.height // reduce), -(-header.width // reduce)):
        raise UnreadableError("is broken (its pixels cannot be decoded)")
    return np.asarray(picture)


def _through_pillow(data: bytes, header: Header, read: RasterRead) -> Picture:
    """Palette, 1 to 16 bits, alpha, CMYK, YCbCr, animations: everything else."""
    with pillow.opened(data, header.format, read.frame) as image:
        if image.mode in ("I", "F"):
            raise UnreadableError(pillow.NOT_LIGHT)
        if image.mode.startswith("I;16"):
            return _deep_grey(image, header, read)
        if image.has_transparency_data or image.mode == "RGBa":
            mode = "RGBA"
        else:
            mode = "L" if image.mode in ("1", "L") else "RGB"
        return to_rgb(np.array(image.convert(mode)), read.background)


def _deep_grey(image: ImageFile, header: Header, read: RasterRead) -> Picture:
    grey = to_eight_bits(np.asarray(image), header.bits)
    white_is_zero = pillow.tiff_tag(image, "photometric", 1) == 0  # Pillow turns this round up to 8 bits only
    return to_rgb(255 - grey if white_is_zero else grey, read.background)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
