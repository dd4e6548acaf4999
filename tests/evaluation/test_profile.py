from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import InputError
from sightline.evaluation.profile import MAX_BYTES, Profile
from tests.evaluation.profiles import profile


def test_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "target.json"
    profile().save(path)
    assert Profile.load(path) == profile()
    assert json.loads(path.read_text())["format"] == 1


def test_keys_of_later_versions_are_left_aside() -> None:
    assert Profile.from_dict(profile().to_dict() | {"more": [1]}) == profile()


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another format": (lambda plain: plain | {"format": 2}, "format is 2; allowed: 1"),
    "no format": (lambda plain: {"a": 1}, "format is None"),
    "true is no format": (lambda plain: plain | {"format": True}, "format is True"),
    "a list": (lambda plain: [plain], "no profile"),
    "negative": (lambda plain: plain | {"works_ms": {"HOG": -1}}, 'works_ms."HOG" is -1; allowed: milliseconds'),
    "zero": (lambda plain: plain | {"works_ms": {"HOG": 0}}, '"HOG" is 0'),
    "NaN": (lambda plain: plain | {"works_ms": {"HOG": float("nan")}}, '"HOG" is nan'),
    "infinite": (lambda plain: plain | {"works_ms": {"HOG": float("inf")}}, '"HOG" is inf'),
    "a very large integer": (lambda plain: plain | {"works_ms": {"HOG": 10**400}}, '"HOG" is 1000'),
    "a text": (lambda plain: plain | {"works_ms": {"HOG": "1"}}, "\"HOG\" is '1'"),
    "a truth value": (lambda plain: plain | {"works_ms": {"HOG": True}}, '"HOG" is True'),
    "no works": (lambda plain: plain | {"works_ms": {}}, "works_ms is {}"),
    "too many works": (lambda plain: plain | {"works_ms": {str(n): 1 for n in range(501)}}, "1 to 500 entries"),
    "a name with a line end": (lambda plain: plain | {"machine": "a\nb"}, "machine is 'a\\nb'"),
    "a long name": (lambda plain: plain | {"machine": "a" * 301}, "1 to 300 letters"),
    "half a core": (lambda plain: plain | {"cores": 0.5}, "cores is 0.5"),
    "no version": (lambda plain: plain | {"versions": {"numpy": 2}}, "versions.numpy is 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_one_line_that_says_what_to_do(name: str, tmp_path: Path) -> None:
    spoil, said = WRONG[name]
    path = tmp_path / "target.json"
    path.write_text(json.dumps(spoil(profile().to_dict())))
    with pytest.raises(InputError) as error:
        Profile.load(path)
    line = str(error.value)
    assert said in line and str(path) in line and "\n" not in line
    assert "sightline bench --profile FILE" in line


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5000 + b"x"])
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "target.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"is no JSON; write it again"):
        Profile.load(path)


def test_no_more_is_read_than_a_profile_can_have(tmp_path: Path) -> None:
    path = tmp_path / "target.json"
    path.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(InputError, match=r"larger than 200,000 bytes"):
        Profile.load(path)
    with pytest.raises(InputError, match=r"cannot read the profile .*gone.json: No such file"):
        Profile.load(tmp_path / "gone.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is no regular file; write it again"):
        Profile.load(tmp_path / "pipe")
