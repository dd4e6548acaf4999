from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.chunks import CHUNK, in_chunks
from sightline.errors import InputError


def test_chunks_cover_all_rows_and_check_columns() -> None:
    X = np.arange(2 * CHUNK + 3, dtype=np.float32)[:, None]
    assert np.array_equal(in_chunks(X, 1, 1, lambda part: 2 * part, "It"), 2 * X)
    with pytest.raises(InputError, match="It was fitted on rows of 2 values and given rows of 1"):
        in_chunks(X, 2, 1, lambda part: part, "It")
    assert in_chunks(X[:0], 1, 1, lambda part: part, "It").shape == (0, 1)
