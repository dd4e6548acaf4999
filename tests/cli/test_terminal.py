from __future__ import annotations

from types import SimpleNamespace

import pytest

from sightline.cli.terminal import megabytes, milliseconds, percent, print_table, progress_bar, say, seconds
from sightline.errors import InputError
from sightline.evaluation.figures import NOTHING


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("2m", 120), ("1.5h", 5400), ("2 min", 120), ("1d", 86400)]
)
def test_times(text: str, value: float) -> None:
    assert seconds(text) == value


def test_latencies_and_sizes() -> None:
    assert milliseconds("20ms") == milliseconds("20") == milliseconds("0.02s") == 20
    assert megabytes("500kB") == 0.5
    assert megabytes("10MB") == 10


@pytest.mark.parametrize("text", ["", "m", "-3s", "1e3", "3 weeks", "nan"])
def test_bad_quantities(text: str) -> None:
    with pytest.raises(InputError, match="allowed: 90s, 2m, 1h"):
        seconds(text)


@pytest.mark.parametrize("text", ["9" * 400, "9" * 308 + "d", "1000000001", f"{10**9} m"])
def test_more_than_anybody_means(text: str) -> None:
    with pytest.raises(InputError, match=r"is too large for a time; allowed: up to 1000000000 s, as 90s, 2m, 1h$"):
        seconds(text)
    with pytest.raises(InputError, match=r"too large for a latency; allowed: up to 1000000000 ms"):
        milliseconds("9" * 400)
    with pytest.raises(InputError, match=r"too large for a size; allowed: up to 1000000000 MB"):
        megabytes("9" * 400)


def test_control_characters_are_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb\rc\nerror: no\u202etxt")
    assert capsys.readouterr().err == "a\\x1b[31mb\\rc\\nerror: no\\u202etxt\n"


def test_a_line_is_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[str] = []
    monkeypatch.setattr("sys.stderr", SimpleNamespace(write=pieces.append))
    say("one")
    assert pieces == ["one\n"]
    monkeypatch.setattr("sys.stderr", None)  # closed before we began
    say("two")


def test_a_row_of_a_table_stays_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("of\n1", ["class", "n"], [["to\nrn [red]", "1"], ["w\x1b[2Jhole", "2"]])
    assert [line.rstrip() for line in capsys.readouterr().err.splitlines()] == [
        "of\\n1", "class         n", "to\\nrn [red]  1", "w\\x1b[2Jhole  2",
    ]  # fmt: skip


def test_there_is_no_share_of_nothing() -> None:
    assert (percent(0.931), percent(float("nan"))) == ("93.1 %", NOTHING)


def test_what_threads_say_of_a_stage_is_counted_onwards(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as progress:
        progress("trying B on 8 pictures", 1, 2)  # it began later and was heard first
        progress("describing pictures", 4, 8)
        progress("trying A on 8 pictures", 0, 2)
        progress("trying candidates on 8 pictures", 2, 2)
        progress("trying C on 16 pictures", 0, 2)  # another rung
    assert capsys.readouterr().err.splitlines() == [
        "trying B on 8 pictures 1/2",
        "describing pictures 4/8",
        "trying A on 8 pictures 1/2",
        "trying candidates on 8 pictures 2/2",
        "trying C on 16 pictures 0/2",
    ]


def test_progress_in_a_log_is_a_line_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as progress:
        for done in range(100):
            progress("reading pictures", done, 100)
        progress("fitting", 0, None)
    assert capsys.readouterr().err == "reading pictures 0/100\nfitting\n"
    with progress_bar() as progress:
        for done in (*range(32, 98, 32), 98, 98):
            progress("reading pictures", done, 98)
        progress("describing", 5, 5)
    assert capsys.readouterr().err == "reading pictures 32/98\nreading pictures 98/98\ndescribing 5/5\n"
    with progress_bar(quiet=True) as progress:
        progress("reading", 1, 2)
    assert capsys.readouterr().err == ""
