from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sightline import version
from sightline.data import store as module
from sightline.data.store import DEAD_S, FeatureStore, PixelStore, content_digest
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
    path = store.path.with_suffix(".index")
    with path.open("rb") as file:
        head, index = file.readline(), np.load(file)
    index["height"] = index["width"] = 2**31
    with path.open("wb") as file:
        file.write(head)
        np.save(file, index)
    again = PixelStore(tmp_path, "k")
    assert again.get(b"a" * 32) is None
    again.close()


def test_half_of_the_free_disk_is_left_to_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.data.store.RESULTS_BYTES", 100)
    monkeypatch.setattr("sightline.data.store.shutil.disk_usage", lambda _: SimpleNamespace(free=600))
    store = PixelStore(tmp_path, "k")
    store.put(b"a" * 32, noise(9, 0))  # 243 bytes
    store.put(b"b" * 32, noise(9, 1))
    assert store.get(b"a" * 32) is not None
    assert store.get(b"b" * 32) is None
    store.close()
    FeatureStore(tmp_path).put("k", np.zeros((1, 100), np.float32))
    assert FeatureStore(tmp_path).get("k") is None


def test_a_small_disk_is_left_to_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.data.store.shutil.disk_usage", lambda _: SimpleNamespace(free=2_000_000))
    store = PixelStore(tmp_path, "k")
    store.put(b"a" * 32, noise(9, 0))
    assert store.get(b"a" * 32) is None
    store.close()


def kept(folder: Path) -> bytes:
    """A pixel store with one picture in it; its digest."""
    store = PixelStore(folder, "k")
    digest = content_digest(b"file")
    store.put(digest, noise(9, 0))
    store.close()
    return digest


def test_a_file_of_somebody_else_is_read_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest, opened = kept(tmp_path), os.open
    assert (tmp_path / "pixels-1-k.bin").stat().st_mode & 0o077 == 0o666 & ~umask() & 0o077  # others may read it

    def refusing(path: Any, flags: int, *rest: Any) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, *rest)

    monkeypatch.setattr(module.os, "open", refusing)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    store = PixelStore(tmp_path, "k")
    assert np.array_equal(store.get(digest), noise(9, 0))
    store.put(b"b" * 32, noise(9, 1))
    assert store.get(b"b" * 32) is None
    store.close()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(OSError):  # nothing there to read
        PixelStore(tmp_path, "another")


def umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def test_a_folder_that_may_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FeatureStore(tmp_path).put("k", np.ones((1, 3), np.float32))

    def refused(*given: Any, **more: Any) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(module.os, "utime", refused)
        patched.setattr(module.np, "save", refused)
        patched.setattr(Path, "unlink", refused)
        store = FeatureStore(tmp_path, limit_bytes=0)
        assert np.array_equal(store.get("k"), np.ones((1, 3), np.float32))
        store.put("new", np.ones((1, 3), np.float32))
        assert store.get("new") is None


def test_a_folder_deleted_meanwhile_ends_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".cache"
    pixels, features = PixelStore(folder, "k"), FeatureStore(folder)
    pixels.put(b"a" * 32, noise(9, 0))
    shutil.rmtree(folder)
    features.put("k", np.ones((1, 3), np.float32))
    assert features.get("k") is None
    pixels.put(b"b" * 32, noise(9, 1))
    assert np.array_equal(pixels.get(b"a" * 32), noise(9, 0))
    other = PixelStore(folder, "k")  # another run begins it anew
    other.put(b"c" * 32, noise(9, 2))
    pixels.close()
    assert not pixels.path.with_suffix(".index").exists()  # it would speak of the file that is gone
    other.close()
    again = PixelStore(folder, "k")
    assert np.array_equal(again.get(b"c" * 32), noise(9, 2))
    again.close()
    shutil.rmtree(folder)
    PixelStore(folder, "k").close()


def test_a_drive_that_went_away_has_no_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = kept(tmp_path)
    store = PixelStore(tmp_path, "k")

    def gone(*given: Any) -> bytes:
        raise OSError(116, "Stale file handle")

    with monkeypatch.context() as patched:
        patched.setattr(module.os, "pread", gone)
        assert store.get(digest) is None
    store.close()


def test_damaged_pixels_are_kept_again(tmp_path: Path) -> None:
    digest = kept(tmp_path)
    path = tmp_path / "pixels-1-k.bin"
    path.write_bytes(bytes(path.stat().st_size))
    for _ in range(2):
        store = PixelStore(tmp_path, "k")
        if store.get(digest) is None:
            store.put(digest, noise(9, 0))
        assert np.array_equal(store.get(digest), noise(9, 0))
        store.close()


def test_what_a_killed_run_left_takes_no_room(tmp_path: Path) -> None:
    digest = kept(tmp_path)
    path, size = tmp_path / "pixels-1-k.bin", (tmp_path / "pixels-1-k.bin").stat().st_size
    with path.open("ab") as file:
        file.write(bytes(1000))  # pixels without an index
    store = PixelStore(tmp_path, "k")
    assert path.stat().st_size == size and np.array_equal(store.get(digest), noise(9, 0))
    with path.open("ab") as file:
        file.write(bytes(1000))
    PixelStore(tmp_path, "k").close()  # who does not hold the file leaves it as it is
    assert path.stat().st_size == size + 1000
    store.close()


def test_other_versions_of_libraries_begin_pixels_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = kept(tmp_path)
    monkeypatch.setattr(version, "libraries", lambda: {"opencv": "9"})
    store = PixelStore(tmp_path, "k")
    assert store.get(digest) is None and store.path.stat().st_size == 0
    store.put(digest, noise(9, 1))
    store.close()
    again = PixelStore(tmp_path, "k")
    assert np.array_equal(again.get(digest), noise(9, 1))
    again.close()


def test_where_there_is_no_pread_pixels_are_kept_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(module.os, "pread")
    monkeypatch.delattr(module.os, "pwrite")
    store = PixelStore(tmp_path, "k")
    for name in (b"a", b"b"):
        store.put(name * 32, noise(9, name[0]))
    for name in (b"a", b"b"):
        assert np.array_equal(store.get(name * 32), noise(9, name[0]))
    store.close()


def test_each_kind_has_room_of_its_own(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, limit_bytes=3000)
    answers = store.beside("answers", 3000)
    answers.put("k", np.ones((1, 3), np.float32))
    os.utime(tmp_path / "answers-k.npy", (0, 0))
    for name in "abcd":
        store.put(name, np.zeros((1, 300), np.float32))
    assert (tmp_path / "answers-k.npy").exists()
    for at, name in enumerate("abc", 1):
        answers.put(name, np.zeros((1, 300), np.float32))
        os.utime(tmp_path / f"answers-{name}.npy", (at, at))
    assert sorted(path.name for path in tmp_path.glob("answers-*")) == ["answers-b.npy", "answers-c.npy"]


def test_very_many_small_files_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    store = FeatureStore(tmp_path)
    for at, name in enumerate("abcd"):
        store.put(name, np.zeros((1, 3), np.float32))
        os.utime(tmp_path / f"features-{name}.npy", (at, at))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features-c.npy", "features-d.npy"]


def test_a_file_that_cannot_be_removed_stays_and_the_next_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, unlink = FeatureStore(tmp_path, limit_bytes=3000), Path.unlink

    def held(path: Path, missing_ok: bool = False) -> None:
        if path.name == "features-a.npy":  # as Windows says while somebody reads it
            raise PermissionError(13, "The process cannot access the file")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", held)
    for at, name in enumerate("abc"):
        store.put(name, np.zeros((1, 300), np.float32))
        os.utime(tmp_path / f"features-{name}.npy", (at, at))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features-a.npy", "features-c.npy"]


def test_halves_that_killed_runs_left_go_and_those_of_others_stay(tmp_path: Path) -> None:
    old = time.time() - DEAD_S - 10
    names = ("features-k.1.tmp", "pixels-1-k.tmp", "answers-k.1.tmp", "of-others.tmp")
    for name in names:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (old, old))
    (tmp_path / "features-k.2.tmp").touch()  # somebody is writing it
    PixelStore(tmp_path, "k").close()
    FeatureStore(tmp_path).beside("answers", 1)
    left = {path.name for path in tmp_path.glob("*.tmp")}
    assert left == {"features-k.2.tmp", "of-others.tmp"}
