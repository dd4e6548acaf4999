import cv2
import numpy as np
import pytest

from sightline.inputs import jpeg
from sightline.inputs.raster import REDUCED, decode
from tests.broken import saved
from tests.pictures import mat, noise

SIZES = ((75, 62), (17, 33), (8, 9), (1, 1))
HOW = (
    {"quality": 5},
    {"quality": 100, "subsampling": 0},
    {"subsampling": 1},
    {"subsampling": 2, "optimize": True},
    {"progressive": True},
    {"restart_marker_rows": 1},
)


def by_opencv(data: bytes, reduce: int) -> np.ndarray:
    kind = cv2.IMREAD_COLOR if reduce == 1 else REDUCED[reduce]
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), kind | cv2.IMREAD_IGNORE_ORIENTATION)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("reduce", [1, 2, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_pixels_are_those_of_opencv(how: dict[str, int], reduce: int, channels: int) -> None:
    for height, width in SIZES:
        picture = mat(75, 0)[:height, :width]
        data = saved(picture[..., 0] if channels == 1 else picture, "JPEG", **how)
        assert np.array_equal(jpeg.decoded(data, height, width, reduce), by_opencv(data, reduce))


def test_colors_that_were_not_mixed_are_those_of_opencv() -> None:
    data = saved(noise(40, 1), "JPEG", keep_rgb=True)
    assert np.array_equal(jpeg.decoded(data, 40, 40, 1), by_opencv(data, 1))


def test_what_is_unusual_is_left_to_others() -> None:
    data = saved(mat(64, 0), "JPEG")
    assert jpeg.decoded(data[:-200] + data[-2:], 64, 64, 1) is None  # pixels are missing
    assert jpeg.decoded(data, 64, 65, 1) is None  # the header says otherwise
    assert jpeg.decoded(b"\xff\xd8\xff", 64, 64, 1) is None


def test_without_it_the_pixels_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(mat(75, 0)[:, :62], "JPEG")
    quick = [decode(data, reduce=reduce) for reduce in (1, 2, 4, 8)]
    monkeypatch.setattr(jpeg, "decoded", lambda *given: None)
    for reduce, picture in zip((1, 2, 4, 8), quick, strict=True):
        assert np.array_equal(decode(data, reduce=reduce), picture)
