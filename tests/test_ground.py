"""errors, arrays, extras, findings, files: the ground floor."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest

from sightline import errors, extras
from sightline.arrays import as_matrix, generator, split_seed
from sightline.errors import ArtifactError, InputError, MissingExtraError, SightlineError
from sightline.files import write_whole
from sightline.findings import MAX_SOURCES, Finding


def test_error_tree_is_drawn_as_it_is() -> None:
    drawn = errors.__doc__ or ""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SightlineError)]
    for kind in kinds:
        assert kind.__name__ in drawn
        assert kind.exit_code == (1 if issubclass(kind, errors.GateError) else 2)
    assert doctest.testmod(errors).failed == 0


def test_matrix_must_be_finite_and_flat() -> None:
    assert as_matrix([[1, 2]]).dtype == np.float32
    with pytest.raises(InputError, match="first in row 1"):
        as_matrix([[1, 2], [np.nan, 0]])
    with pytest.raises(InputError, match=r"\(n, d\)"):
        as_matrix([1, 2])


def test_seeds_depend_on_place_not_order() -> None:
    assert split_seed(0, "a") == split_seed(0, "a")
    assert len({split_seed(0, "a"), split_seed(0, "b"), split_seed(1, "a"), split_seed(0, "a", 1)}) == 4
    assert 0 <= split_seed(5, "x") < 2**32
    assert generator(1, "x").integers(1000) == generator(1, "x").integers(1000)


def test_a_missing_extra_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "no_such_module", "table")
    with pytest.raises(MissingExtraError, match=r"run in a checkout of Sightline: pip install \"\.\[table\]\""):
        extras.need("no_such_module.inner")
    assert extras.need("json").__name__ == "json"


def test_findings_are_bounded_in_json() -> None:
    finding = Finding("k", "info", "m", "r", {"n": 1}, tuple(map(str, range(500))))
    assert len(finding.to_dict()["sources"]) == MAX_SOURCES


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_whole(path, b"old")
    with pytest.raises(ArtifactError, match="unchanged"):
        write_whole(tmp_path / "no" / "x", b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "model.sight"
    write_whole(path, b"old")
    monkeypatch.setattr("sightline.files.os.fsync", full)
    with pytest.raises(ArtifactError, match="No space left on device"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.sight"]
