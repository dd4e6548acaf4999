from __future__ import annotations

import cv2
import numpy as np
import pytest

from sightline.errors import InputError
from sightline.search.trying.failures import FAILURES, reason


@pytest.mark.parametrize(
    "act",
    [
        lambda: np.linalg.inv(np.zeros((2, 2))),
        lambda: cv2.resize(np.zeros((0, 0, 3), np.uint8), (4, 4)),
        lambda: 1 // 0,
        lambda: (_ for _ in ()).throw(MemoryError()),
        lambda: (_ for _ in ()).throw(InputError("one\ntwo")),
    ],
)
def test_is_caught_and_told_in_one_line(act: object) -> None:
    with pytest.raises(FAILURES) as caught:
        act()  # type: ignore[operator]
    assert "\n" not in reason(caught.value)
    assert reason(caught.value)
