"""The door to Pillow, for everything that OpenCV does not decode exactly.

A file is handed to the reader of its own format and never to `Image.open`: that would let any format in (some start
other programs) and warns by a limit of its own, where ours is `RasterRead.max_pixels`. Imported when first needed.
"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sightline.errors import UnreadableError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

NOT_LIGHT = (
    "holds bands, floats or 32-bit numbers, which have no one way to be shown; "
    "choose the bands and a value window and save 8 or 16 bits"
)

_MODE_BITS = {"1": 1, "I;16": 16, "I;16L": 16, "I;16B": 16, "I": 32, "F": 32}
_TIFF = {
    "width": 256,
    "height": 257,
    "bits": 258,
    "photometric": 262,
    "orientation": 274,
    "samples": 277,
    "planes": 284,
}
_lock = threading.RLock()


def facts(data: bytes, kind: str, frame: int) -> tuple[str, int, int, int, int, int, int]:
    """Format, stored width and height, channels, bits, orientation and frames, as `Header` has them.

    Raises:
        UnreadableError: broken.
    """
    with opened(data, kind, frame) as image, _undisturbed():
        frames = int(getattr(image, "n_frames", 1))
        if kind == "tiff":
            return (kind, *_tiff_facts(image), frames)
        bits, channels = _MODE_BITS.get(image.mode, 8), len(image.getbands())
        orientation = image.getexif().get(_TIFF["orientation"], 1) if kind == "webp" else 1
        return kind, image.width, image.height, channels, bits, orientation if orientation in range(1, 9) else 1, frames


def _tiff_facts(image: ImageFile) -> tuple[int, int, int, int, int]:
    """From the tags: `image.size` is already turned, and its mode hides the depth."""
    if tiff_tag(image, "planes", 1) == 2 and tiff_tag(image, "bits", 1) > 8:  # Pillow and OpenCV mix up its pixels
        raise UnreadableError("stores 16-bit colors in separate planes, which is not read; save it interleaved")
    orientation = tiff_tag(image, "orientation", 1)
    return (
        tiff_tag(image, "width", image.width),
        tiff_tag(image, "height", image.height),
        tiff_tag(image, "samples", len(image.getbands())),
        tiff_tag(image, "bits", 1),
        orientation if orientation in range(1, 9) else 1,
    )


def tiff_tag(image: ImageFile, name: str, default: int) -> int:
    """A numeric tag of the page at hand; the first value where there are several."""
    tags: Any = getattr(image, "tag_v2", {})
    value = tags.get(_TIFF[name], default)
    return int(value[0] if isinstance(value, tuple) else value)


@contextlib.contextmanager
def opened(data: bytes, kind: str, frame: int) -> Iterator[ImageFile]:
    """The picture, opened at `frame`, not yet decoded; whatever goes wrong inside comes out as UnreadableError."""
    try:
        with _undisturbed():
            image = _reader(kind)(io.BytesIO(data))
            _seek(image, frame)
            image.getexif()  # read and kept now: Pillow warns of odd metadata
        with image, _undisturbed() if _beyond_limit(image) else contextlib.nullcontext():
            yield image
    except UnreadableError:
        raise
    except Exception as error:  # broken data surfaces as any of a dozen types
        raise UnreadableError(_reason(error)) from error


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Pillow neither warns nor stops at a pixel limit of its own inside.

    Both are states of the whole process, so one thread at a time and briefly: while a header is read, and while a
    picture beyond Pillow's limit, which ours allows, is decoded.
    """
    from PIL import Image

    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _beyond_limit(image: ImageFile) -> bool:
    from PIL import Image

    return Image.MAX_IMAGE_PIXELS is not None and image.width * image.height > Image.MAX_IMAGE_PIXELS


def _reader(kind: str) -> type[ImageFile]:
    from PIL import (
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    readers: dict[str, type[ImageFile]] = {
        "bmp": BmpImagePlugin.BmpImageFile,
        "gif": GifImagePlugin.GifImageFile,
        "jpeg": JpegImagePlugin.JpegImageFile,
        "png": PngImagePlugin.PngImageFile,
        "tiff": TiffImagePlugin.TiffImageFile,
        "webp": WebPImagePlugin.WebPImageFile,
    }
    return readers[kind]


def _seek(image: ImageFile, frame: int) -> None:
    if frame == 0:
        return
    count = getattr(image, "n_frames", 1)  # before seeking: after a failure TIFF counts one too many
    if frame >= count:
        raise no_such_frame(frame, count)
    image.seek(frame)


def no_such_frame(frame: int, count: int) -> UnreadableError:
    """The error that says how many there are."""
    return UnreadableError(f"has {count} frame{'s' * (count != 1)}; frame {frame} was asked for (the first is 0)")


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "does not fit into memory"
    text = " ".join(str(error).split()) or "its pixels cannot be decoded"
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return "is truncated"
    if text == "unknown pixel mode":
        return NOT_LIGHT
    return f"is broken ({text[:80]})"
