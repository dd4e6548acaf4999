from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sightline.data.store import FeatureStore, PixelStore, content_digest
from tests.pictures import noise


def test_pixels_come_back_in_another_run(tmp_path: Path) -> None:
    first = PixelStore(tmp_path, "k")
    digest = content_digest(b"file")
    assert first.get(digest) is None
    first.put(digest, noise(9, 0))
    assert np.array_equal(first.get(digest), noise(9, 0))
    first.close()
    again = PixelStore(tmp_path, "k")
    assert np.array_equal(again.get(digest), noise(9, 0))
    again.close()
    other = PixelStore(tmp_path, "another preparation")
    assert other.get(digest) is None
    other.close()


def test_damaged_pixels_count_as_absent(tmp_path: Path) -> None:
    store = PixelStore(tmp_path, "k")
    store.put(content_digest(b"a"), noise(9, 0))
    store.close()
    data = bytearray(store.path.read_bytes())
    data[5] ^= 1
    store.path.write_bytes(data)
    again = PixelStore(tmp_path, "k")
    assert again.get(content_digest(b"a")) is None
    again.close()


def test_a_full_store_takes_no_more(tmp_path: Path) -> None:
    store = PixelStore(tmp_path, "k", limit_bytes=300)
    store.put(b"a" * 32, noise(9, 0))  # 243 bytes
    store.put(b"b" * 32, noise(9, 1))
    assert store.get(b"a" * 32) is not None
    assert store.get(b"b" * 32) is None
    store.close()


def test_two_processes_do_not_write_into_each_other(tmp_path: Path) -> None:
    one, two = PixelStore(tmp_path, "k"), PixelStore(tmp_path, "k")
    two.put(b"a" * 32, noise(9, 0))
    assert two.get(b"a" * 32) is None
    one.put(b"a" * 32, noise(9, 0))
    assert one.get(b"a" * 32) is not None
    one.close()
    two.close()


def test_features_are_found_by_everything_that_made_them(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    key = store.key([b"a", b"b"], "prep", "HOG()", "1")
    assert key != store.key([b"b", b"a"], "prep", "HOG()", "1")
    assert key != store.key([b"a", b"b"], "other", "HOG()", "1")
    assert key != store.key([b"a", b"b"], "prep", "HOG(bins=8)", "1")
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert store.get(key) is None
    store.put(key, matrix)
    assert np.array_equal(store.get(key), matrix)
    (tmp_path / f"features-{key}.npy").write_bytes(b"half")
    assert store.get(key) is None


def test_the_oldest_features_go_first(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, limit_bytes=3000)
    for name in "abc":
        store.put(name, np.zeros((1, 300), np.float32))  # 1,328 bytes each
        (tmp_path / f"features-{name}.npy").touch()
    assert store.get("a") is None
    assert store.get("c") is not None


def test_one_flipped_bit_in_features_is_seen(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.put("k", np.arange(600, dtype=np.float32).reshape(2, 300))
    path = tmp_path / "features-k.npy"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    assert store.get("k") is None


def test_an_index_of_nonsense_counts_as_absent(tmp_path: Path) -> None:
    store = PixelStore(tmp_path, "k")
    store.put(b"a" * 32, noise(9, 0))
    store.close()
    index = np.load(store.path.with_suffix(".npy"))
    index["height"] = index["width"] = 2**31
    np.save(store.path.with_suffix(".npy"), index)
    again = PixelStore(tmp_path, "k")
    assert again.get(b"a" * 32) is None
    again.close()


def test_half_of_the_free_disk_is_left_to_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.data.store.shutil.disk_usage", lambda _: SimpleNamespace(free=600))
    store = PixelStore(tmp_path, "k")
    store.put(b"a" * 32, noise(9, 0))  # 243 bytes
    store.put(b"b" * 32, noise(9, 1))
    assert store.get(b"a" * 32) is not None
    assert store.get(b"b" * 32) is None
    store.close()
    FeatureStore(tmp_path).put("k", np.zeros((1, 100), np.float32))
    assert FeatureStore(tmp_path).get("k") is None
