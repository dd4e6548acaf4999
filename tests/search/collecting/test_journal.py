from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from sightline.data.store import FeatureStore
from sightline.search.collecting import journal as module
from sightline.search.collecting.journal import NAME, Entry, Journal, Ranges

RAW = np.random.default_rng(0).random((7, 3)).astype(np.float32)
ENTRY = Entry(RAW, 1.25, {"fit_s": 0.5})
NOTHING: Ranges = {}


def opened(folder: Path) -> Journal:
    return Journal(folder, FeatureStore(folder))


def test_what_is_put_is_there_in_the_next_run(tmp_path: Path) -> None:
    opened(tmp_path).put("one", ENTRY, {"candidate": "HOG é", "fold": 0})
    found = opened(tmp_path).get("one", NOTHING)
    assert found is not None and np.array_equal(found.raw, RAW)
    assert (found.seconds, found.facts) == (1.25, {"fit_s": 0.5})
    assert opened(tmp_path).get("other", NOTHING) is None


def test_the_last_line_of_a_key_counts(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.put("one", ENTRY, {})
    journal.put("one", Entry(RAW + 1, 2.0, {}), {})
    for found in (journal.get("one", NOTHING), opened(tmp_path).get("one", NOTHING)):
        assert found is not None and found.seconds == 2.0


@pytest.mark.parametrize("cut", [2, 20, 50])
def test_a_line_cut_short_is_absent_and_spoils_nothing(cut: int, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for key in ("one", "two"):
        journal.put(key, ENTRY, {})
    data = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(data[:-cut])
    again = opened(tmp_path)
    assert again.get("one", NOTHING) is not None and again.get("two", NOTHING) is None
    again.put("three", ENTRY, {})
    last = opened(tmp_path)
    assert last.get("one", NOTHING) is not None and last.get("three", NOTHING) is not None


def line(seconds: str = "1", facts: str = "{}") -> bytes:
    return f'{{"key": "x", "seconds": {seconds}, "facts": {facts}}}'.encode()


NONSENSE = [
    b"\xff\xfe", b"[]", b"1", b"[" * 100_000, b'{"key": "x"}', line('"a"'), line("true"), line("null"), line("-1"),
    line("NaN"), line("Infinity"), line("1e308"), line("1" * 400), line(facts="[]"), line(facts="null"),
    line(facts='{"fit_s": "x"}'), line(facts='{"fit_s": [1]}'), line(facts='{"fit_s": null}'),
    line(facts='{"fit_s": NaN}'), line(facts='{"fit_s": -Infinity}'), line(facts='{"fit_s": true}'),
    line(facts='{"fit_s": ' + "9" * 400 + "}"),
]  # fmt: skip


@pytest.mark.parametrize("line", NONSENSE, ids=lambda line: line[:60].decode("latin-1"))
def test_nonsense_is_passed_over(line: bytes, tmp_path: Path) -> None:
    for key in ("one", "x"):
        opened(tmp_path).put(key, ENTRY, {})
    text = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(text.splitlines(keepends=True)[0] + line + b"\n")
    found = opened(tmp_path)
    assert found.get("one", NOTHING) is not None and found.get("x", NOTHING) is None


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ({"fit_s": (0.0, 1.0)}, True),
        ({"fit_s": (0.5, 0.5)}, True),
        ({"fit_s": (0.6, 1.0)}, False),
        ({"fit_s": (0.0, 0.4)}, False),
        ({"fit_s": (0.0, 1.0), "vectors": (1.0, 9.0)}, False),
    ],
)
def test_without_the_facts_that_are_needed_or_out_of_their_range_it_is_absent(
    facts: Ranges, known: bool, tmp_path: Path
) -> None:
    opened(tmp_path).put("one", ENTRY, {})
    assert (opened(tmp_path).get("one", facts) is not None) == known


def test_answers_that_were_damaged_or_deleted_are_absent(tmp_path: Path) -> None:
    opened(tmp_path).put("one", ENTRY, {})
    (kept,) = tmp_path.glob("answers-*.npy")
    data = bytearray(kept.read_bytes())
    data[-10] ^= 1
    kept.write_bytes(bytes(data))
    assert opened(tmp_path).get("one", NOTHING) is None
    kept.unlink()
    assert opened(tmp_path).get("one", NOTHING) is None


def test_vectors_do_not_drive_out_answers(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, limit_bytes=3000)
    Journal(tmp_path, store).put("one", ENTRY, {})
    for name in "abcd":
        store.put(name, np.zeros((1, 300), np.float32))
    assert store.get("a") is None and opened(tmp_path).get("one", NOTHING) is not None


def test_answers_have_a_limit_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_LIMIT_BYTES", 500)
    journal = opened(tmp_path)
    for at, key in enumerate(("one", "two", "three")):  # 216 bytes each
        journal.put(key, ENTRY, {})
        os.utime(tmp_path / f"answers-{key}.npy", (at, at))
    assert journal.get("one", NOTHING) is None and journal.get("three", NOTHING) is not None


def test_a_folder_deleted_meanwhile_ends_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path / ".cache")
    journal.put("one", ENTRY, {})
    shutil.rmtree(tmp_path / ".cache")
    journal.put("two", ENTRY, {})
    assert journal.get("one", NOTHING) is None and journal.get("two", NOTHING) is None


def test_a_journal_that_is_too_long_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(tmp_path).put("one", ENTRY, {})
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    assert opened(tmp_path).get("one", NOTHING) is None


def test_without_a_folder_nothing_is_remembered() -> None:
    journal = Journal(None, None)
    journal.put("one", ENTRY, {})
    assert journal.get("one", NOTHING) is None


def test_keys_tell_their_parts_apart() -> None:
    assert Journal.key("ab", "c") != Journal.key("a", "bc") and len(Journal.key("a")) == 32
