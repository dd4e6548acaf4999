from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from sightline.data.read import labelled, read
from sightline.errors import CatalogError
from tests.pictures import noise, write_picture


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names_of(catalog, root: Path) -> list[str]:
    return [os.path.relpath(item, root) for item in catalog.items]


def test_class_folders(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.jpg", "a/1.png", "a/deep/0.JPG", "a/notes.txt", ".ipynb_checkpoints/x.jpg", "a/.hidden.jpg")
    catalog = read(tmp_path)
    assert catalog.classes == ("a", "b")
    assert names_of(catalog, tmp_path) == ["a/1.png", "a/deep/0.JPG", "b/2.jpg"]
    assert catalog.labels.tolist() == [0, 0, 1]
    assert catalog.splits is None
    assert [note.kind for note in catalog.notes] == ["skipped-file"]
    assert catalog.notes[0].evidence["suffixes"] == {".txt": 1}


def test_hidden_folder_inside_a_class_is_skipped(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "a/.ipynb_checkpoints/1-checkpoint.png", "b/1.png")
    assert len(read(tmp_path)) == 2


@pytest.mark.parametrize("validation", ["val", "valid", "validation", "Validation"])
def test_split_folders(tmp_path: Path, validation: str) -> None:
    touch(tmp_path, "train/a/1.png", "train/b/1.png", f"{validation}/a/2.png", "test/b/3.png", "masks/a/1.png")
    catalog = read(tmp_path)
    assert catalog.classes == ("a", "b")
    assert len(catalog.part("train")) == 2
    assert names_of(catalog.part("validation"), tmp_path) == [f"{validation}/a/2.png"]
    assert names_of(catalog.part("test"), tmp_path) == ["test/b/3.png"]
    assert [note.kind for note in catalog.notes] == ["ignored-folder"]


def test_a_class_called_test_beside_others_is_a_class(tmp_path: Path) -> None:
    touch(tmp_path, "test/1.png", "passed/1.png")
    assert read(tmp_path).classes == ("passed", "test")


def test_unicode_and_spaces(tmp_path: Path) -> None:
    touch(tmp_path, "gut gemacht/ä ö.jpg", "schön/日本.png")
    assert read(tmp_path).classes == ("gut gemacht", "schön")


def test_empty_class_folder_is_a_finding(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "c").mkdir()
    catalog = read(tmp_path)
    assert catalog.classes == ("a", "b")
    assert [note.kind for note in catalog.notes] == ["empty-class"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "holds no pictures in class folders"),
        (("1.png", "2.png"), "holds 2 pictures but no class folders"),
        (("a/notes.txt",), "1 files of other kinds"),
    ],
)
def test_unusable_folders(tmp_path: Path, files: tuple[str, ...], words: str) -> None:
    with pytest.raises(CatalogError, match=words):
        read(touch(tmp_path, *files))


def test_what_is_neither_folder_nor_table(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="does not exist"):
        read("x" * 300)
    with pytest.raises(CatalogError, match="does not exist"):
        read(tmp_path / "nowhere")
    touch(tmp_path, "x.zip")
    with pytest.raises(CatalogError, match="is no folder and no table"):
        read(tmp_path / "x.zip")


CSV = "path,label,split,group,plane\na/1.png,x,train,p1,axial\n/abs/2.png,y,TEST,p2,coronal\n3.png,,val,,\n"


def test_csv(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(CSV)
    catalog = read(tmp_path / "t.csv")
    assert catalog.items == [str(tmp_path / "a/1.png"), "/abs/2.png", str(tmp_path / "3.png")]
    assert catalog.classes == ("x", "y")
    assert catalog.labels.tolist() == [0, 1, -1]
    assert catalog.splits is not None
    assert catalog.splits.tolist() == [0, 2, 1]
    assert catalog.groups == ["p1", "p2", ""]
    assert catalog.metadata["plane"] == ["axial", "coronal", ""]
    assert len(set(catalog.group_codes().tolist())) == 3


def test_csv_with_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("\ufeffpath,label\r\n1.png,a\r\n2.png,b\r\n".encode())
    assert read(tmp_path / "t.csv").classes == ("a", "b")


def test_parquet_equals_csv(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs the extra table")
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra table")
    (tmp_path / "t.csv").write_text(CSV)
    rows = [line.split(",") for line in CSV.strip().split("\n")]
    columns = {name: [row[i] or None for row in rows[1:]] for i, name in enumerate(rows[0])}
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    ours, other = read(tmp_path / "t.parquet"), read(tmp_path / "t.csv")
    assert ours.items == other.items
    assert ours.labels.tolist() == other.labels.tolist()
    assert ours.groups == other.groups


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no usable header"),
        ("path,class\n1.png,a\n", 'no column "label"'),
        ("file,label\n1.png,a\n", 'no column "path"'),
        ("path,label\n", "no rows"),
        ("path,label\n1.png,a,b\n", "line 2: 3 fields"),
        ("path,label,split\n1.png,a,dev\n", 'the split "dev" is unknown; allowed: train, validation, test'),
        ("path,path\n1,2\n", "no usable header"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(CatalogError, match=words):
        read(tmp_path / "t.csv")


def test_latin1_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("path,label\nä.png,a\n".encode("latin-1"))
    with pytest.raises(CatalogError, match="UTF-8"):
        read(tmp_path / "t.csv")


def test_no_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra table")
    touch(tmp_path, "t.parquet")
    with pytest.raises(CatalogError, match="no Parquet"):
        read(tmp_path / "t.parquet")


def test_arrays_with_names_and_numbers() -> None:
    pictures = [noise(8, seed) for seed in range(4)]
    named = read(pictures, labels=["b", "a", "b", "a"])
    assert named.classes == ("a", "b")
    assert named.labels.tolist() == [1, 0, 1, 0]
    numbered = read(np.stack(pictures), labels=np.array([2, 10, 2, 10]))
    assert numbered.classes == ("2", "10")
    assert numbered.labels.tolist() == [0, 1, 0, 1]
    with pytest.raises(CatalogError, match="4 pictures and 1 labels"):
        read(pictures, labels=["a"])


def test_groups_from_column_and_pattern(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,label,piece\npiece7_a.png,x,7\npiece7_b.png,y,7\nother.png,x,8\n")
    assert read(tmp_path / "t.csv", group="piece").group_codes().tolist() == [0, 0, 1]
    assert read(tmp_path / "t.csv", group_pattern=r"piece(\d+)_").group_codes().tolist() == [0, 0, 1]
    with pytest.raises(CatalogError, match='no column "pice" to group by; did you mean "piece"'):
        read(tmp_path / "t.csv", group="pice")
    with pytest.raises(CatalogError, match="is in no path"):
        read(tmp_path / "t.csv", group_pattern="(zzz)")


def test_metadata_joins_by_path(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "b/2.png")
    (tmp_path / "groups.csv").write_text("file,tile\nb/2.png,t2\na/1.png,t1\na/gone.png,t3\n")
    catalog = read(tmp_path, metadata=tmp_path / "groups.csv", group="tile")
    assert catalog.groups == ["t1", "t2"]
    (tmp_path / "other.csv").write_text("file,tile\nc.png,t2\n")
    with pytest.raises(CatalogError, match="names no picture"):
        read(tmp_path, metadata=tmp_path / "other.csv")


def test_a_written_picture_is_found(tmp_path: Path) -> None:
    write_picture(tmp_path / "a" / "1.png", noise(8, 0))
    write_picture(tmp_path / "b" / "1.png", noise(8, 1))
    assert read(tmp_path).counts() == {"a": 1, "b": 1}


def test_spaces_around_labels_make_no_classes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path, label\n1.png, a\n2.png,a \n3.png,b\n")
    assert read(tmp_path / "t.csv").classes == ("a", "b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(CatalogError, match="is no regular file"):
        read(tmp_path / "t.csv")


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_a_class_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    write_picture(tmp_path / "caf\udce9" / "1.png", noise(8, 1))
    catalog = read(tmp_path)
    assert catalog.classes == ("caf\\xe9",)
    assert catalog.source(0).uri.endswith("caf\\xe9/1.png")
    assert os.path.exists(str(catalog.items[0]))


@pytest.mark.parametrize("source", [None, 3, b"abc"])
def test_a_source_of_no_known_kind_is_refused(source: object) -> None:
    with pytest.raises(CatalogError, match="the source is a"):
        read(source)  # type: ignore[arg-type]


def test_a_verb_takes_a_catalog_or_what_one_is_read_from(tmp_path: Path) -> None:
    folder = touch(tmp_path, "a/1.png", "b/2.png")
    catalog = read(folder)
    assert labelled(catalog) is catalog
    for given in (folder, str(folder)):
        assert labelled(given).items == catalog.items
    with pytest.raises(CatalogError, match=r"the data is a list; allowed: .*; sl\.read\(pictures, labels\) makes one"):
        labelled([folder])  # type: ignore[arg-type]
