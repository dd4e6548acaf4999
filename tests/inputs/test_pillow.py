import io
import threading
import warnings

import pytest
from PIL import Image

from sightline.errors import UnreadableError
from sightline.inputs import pillow
from sightline.inputs.raster import RasterRead, decode
from tests.broken import red, rows_of_png, saved
from tests.pictures import noise


def test_limit_of_pillow_neither_warns_nor_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its limit is far below the picture: it would raise, and at half the size warn, which is an error here."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for kind in ("TIFF", "BMP", "WEBP", "GIF"):
        assert decode(saved(red(64), kind)).shape == (64, 64, 3)
    assert decode(rows_of_png(64, 64, 1, 0, bytes(8))).shape == (64, 64, 3)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_our_limit_comes_first_and_says_both_numbers() -> None:
    for kind in ("TIFF", "BMP", "WEBP", "GIF", "PNG", "JPEG"):
        with pytest.raises(UnreadableError, match=r"has 4,096 pixels; allowed: 4,095; "):
            decode(saved(red(64), kind), RasterRead(max_pixels=4095))
        assert decode(saved(red(64), kind), RasterRead(max_pixels=4096)).shape == (64, 64, 3)


def test_odd_metadata_does_not_warn() -> None:
    data = bytearray(saved(noise(8, 0), "TIFF"))
    where = data.index(b"\x15\x01\x03\x00\x01\x00\x00\x00")  # samples per pixel, one short
    data[where + 4] = 2  # two of them
    with pytest.warns(UserWarning, match="too many entries"), Image.open(io.BytesIO(data)) as image:
        image.load()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert decode(bytes(data)).shape == (8, 8, 3)
    assert caught == []


def test_what_fails_inside_comes_out_as_a_reason() -> None:
    said = {
        "is truncated": OSError("image file is truncated (3 bytes not processed)"),
        "does not fit into memory": MemoryError(),
        "is broken (no such tile)": KeyError("no such tile"),
        "is broken (its pixels cannot be decoded)": AssertionError(),
        "has no pixels": UnreadableError("has no pixels"),
    }
    for reason, error in said.items():
        with pytest.raises(UnreadableError) as caught, pillow.opened(saved(red(), "GIF"), "gif", 0):
            raise error
        assert str(caught.value).replace("'", "") == reason


def test_many_threads_read_the_same() -> None:
    data, found = saved(noise(32, 1), "TIFF"), []
    threads = [threading.Thread(target=lambda: found.append(decode(data).tobytes())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {noise(32, 1).tobytes()}
