import os
from pathlib import Path

import pytest

from sightline.errors import UnreadableError
from sightline.inputs.source import PICTURE_SUFFIXES, Source, is_picture_name, read_bytes


def test_bytes_are_the_file(tmp_path: Path) -> None:
    (tmp_path / "Ä b.png").write_bytes(b"\x00\xffabc")
    assert read_bytes(tmp_path / "Ä b.png") == b"\x00\xffabc"
    assert read_bytes(str(tmp_path / "Ä b.png")) == b"\x00\xffabc"


def test_reasons_are_short_and_without_the_path(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "long.jpg").write_bytes(bytes(11))
    (tmp_path / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.jpg")
    reasons = {
        "missing.jpg": "no such file",
        "file/below.jpg": "no such file",
        ".": "is a folder",
        "empty.jpg": "is empty",
        "long.jpg": "larger than 10 bytes",
        "pipe.jpg": "is no regular file",
        "a" * 300: "file name too long",
        "null\0.jpg": "is no path",
    }
    for name, reason in reasons.items():
        with pytest.raises(UnreadableError) as caught:
            read_bytes(tmp_path / name, max_bytes=10)
        assert str(caught.value) == reason


def test_limit_is_said_in_megabytes(tmp_path: Path) -> None:
    with (tmp_path / "sparse.tif").open("wb") as file:
        file.truncate(2 * 1024**2 + 1)
    with pytest.raises(UnreadableError, match=r"^larger than 2 MB$"):
        read_bytes(tmp_path / "sparse.tif", max_bytes=2 * 1024**2)
    assert len(read_bytes(tmp_path / "sparse.tif", max_bytes=2 * 1024**2 + 1)) == 2 * 1024**2 + 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"x")
    (tmp_path / "secret.jpg").chmod(0)
    with pytest.raises(UnreadableError, match="permission denied"):
        read_bytes(tmp_path / "secret.jpg")


def test_picture_names() -> None:
    assert all(is_picture_name(f"a{suffix}") and is_picture_name(f"a{suffix.upper()}") for suffix in PICTURE_SUFFIXES)
    assert is_picture_name("two.dots.JPeG")
    for name in ("notes.txt", "jpg", "a.jpg.part", "", ".jpg", ".hidden.jpg", "._resource.tif"):
        assert not is_picture_name(name)


def test_a_source_is_a_value() -> None:
    assert Source("a.tif", "page 2") == Source("a.tif", "page 2") != Source("a.tif")
    assert len({Source("a"), Source("a", None)}) == 1
