from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from sightline.data.pictures import Pictures
from sightline.data.store import PixelStore, content_digest
from sightline.preparation.preparation import Preparation
from tests.pictures import noise, write_picture


def test_lazy_views(tmp_path: Path) -> None:
    paths = [str(write_picture(tmp_path / f"{i}.png", noise(8, i))) for i in range(4)]
    pictures = Pictures([*paths, str(tmp_path / "gone.png")], Preparation())
    assert pictures.shape == (5,)
    assert np.array_equal(pictures[2], noise(8, 2))
    assert np.array_equal(pictures[-4], noise(8, 1))
    view = pictures[np.array([3, 0])]
    assert isinstance(view, Pictures)
    assert np.array_equal(view[0], noise(8, 3))
    assert len(pictures[np.array([True, False, True, False, False])]) == 2
    assert len(pictures[1:3]) == 2
    assert len(pictures[[1, 2], ...]) == 2  # as scikit-learn indexes
    with pytest.raises(IndexError):
        pictures[5]


def test_no_accidental_array(tmp_path: Path) -> None:
    pictures = Pictures([noise(8, 0)], Preparation())
    with pytest.raises(TypeError, match="describe them first"):
        np.asarray(pictures)


def test_travels_as_its_items() -> None:
    pictures = Pictures(["a.png", "b.png"], Preparation(), None, [b"x", b"y"])
    again = pickle.loads(pickle.dumps(pictures))  # as a process pool of the caller's would; nothing of ours writes one
    assert again.items == pictures.items
    assert again.preparation == pictures.preparation


def test_pixels_from_the_store_equal_decoded_ones(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.jpg", noise(600, 0))
    digests = [content_digest(path.read_bytes())]
    store = PixelStore(tmp_path / "cache", Preparation().key())
    pictures = Pictures([str(path)], Preparation(), store, digests)
    first = pictures[0]
    path.unlink()  # from now on only the store can answer
    assert np.array_equal(pictures[0], first)
    assert np.array_equal(pictures[[0]][0], first)
    store.close()
