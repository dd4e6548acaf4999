"""The harness that every benchmark is made with: agreement first, honest figures, one file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import drawn, harness, tables
from benchmarks.harness import DisagreementError, Figure, Result, child, compare, report, table, within
from benchmarks.portfolio import DOUBT
from sightline.search.trying.candidate import SMALL_PX
from sightline.search.trying.candidates import PORTFOLIO

ROOT = Path(__file__).resolve().parents[1]


def test_compare_goes_in_turns_after_agreement() -> None:
    said: list[str] = []

    def agree(ours: object, peer: object) -> str:
        said.append(f"agree {ours} {peer}")
        return "equal"

    result = compare(
        "x",
        "?",
        ours=lambda: said.append("a") or 1,
        peer=lambda: said.append("b") or 1,
        agree=agree,
        data="none",
        peer_name="peer",
        runs=3,
    )
    assert said == ["a", "b", "agree 1 1", *"ababab"]
    ours, peer, ratio = result.figures
    assert ratio.values == pytest.approx([b / a for a, b in zip(ours.values, peer.values, strict=True)])
    assert (ratio.better, ratio.unit, result.agreement) == ("higher", "x", "equal")


def test_compare_times_nothing_without_agreement() -> None:
    calls: list[int] = []
    with pytest.raises(DisagreementError, match="allowed 1e-04"):
        compare(
            "x",
            "?",
            lambda: calls.append(1) or [0.0],
            lambda: [0.1],
            within(1e-4),
            data="none",
            peer_name="peer",
            runs=3,
        )
    assert calls == [1]


@pytest.mark.parametrize("peer", [[1.0, 2.0, 3.0], [1.0, float("nan")], [1.0, 2.01]])
def test_within_refuses(peer: list[float]) -> None:
    with pytest.raises(DisagreementError):
        within(1e-4)(np.array([1.0, 2.0]), peer)


def test_within_says_how_close() -> None:
    assert within(1e-4)([1.0, 2.0], [1.0, 2.00001]) == "largest difference 1.0e-05 over 2 values, allowed 1e-04"


@pytest.mark.parametrize(
    ("better", "limit", "reached"),
    [("lower", 2, True), ("lower", 1.9, False), ("higher", 2, True), ("higher", 2.1, False)],
)
def test_limit_is_held_against_the_median(better: str, limit: float, reached: bool) -> None:
    assert Figure("x", "s", (1, 2, 9), better, limit).reached is reached  # type: ignore[arg-type]


def test_figure_without_limit_reaches_nothing() -> None:
    assert Figure("x", "s", (1.0,)).reached is None


def test_report_writes_what_is_needed_to_doubt_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = report(Result("mats", "How fast?", "drawn", (Figure("all", "s", (1.0, 3.0, 2.0), limit=2.0),)), tmp_path)
    record = json.loads(path.read_text("utf-8"))
    assert path.name == "mats.json"
    assert {"question", "command", "data", "seed", "hardware", "versions", "commit", "date", "threads"} <= set(record)
    assert record["figures"][0]["median"] == 2.0
    assert (record["figures"][0]["low"], record["figures"][0]["high"]) == (1.0, 3.0)
    assert "cores" in record["hardware"]
    assert record["versions"]["numpy"] == np.__version__
    assert "| mats | all | 2 s | 1 to 3 (3) | at most 2 s |" in capsys.readouterr().out


def test_report_fails_when_a_limit_is_missed_but_keeps_the_file(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not reached: slow"):
        report(Result("mats", "?", "drawn", (Figure("slow", "s", (3.0,), limit=2.0),)), tmp_path)
    (record,) = tables.load(tmp_path)
    assert "**missed**" in table([record])
    assert "**missed**" in tables.page([record])


def test_parts_of_a_long_benchmark_are_added_to_what_is_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for commit, figures in (("old", {"mats": 1.0, "tiles": 2.0}), ("new", {"tiles": 3.0, "nails": 9.0})):
        monkeypatch.setattr(harness, "commit", lambda commit=commit: commit)
        for what, value in figures.items():
            harness.add(Result("long", "?", "drawn", (Figure(what, "s", (value,), limit=5.0),)), tmp_path)
    (record,) = tables.load(tmp_path)
    found = [(figure["what"], figure["median"], figure["commit"]) for figure in record["figures"]]
    assert found == [("mats", 1.0, "old"), ("tiles", 3.0, "new"), ("nails", 9.0, "new")]
    assert f"- Commit new, {record['date']}; old, {record['date']}\n" in tables.page([record])
    with pytest.raises(SystemExit, match="not reached: nails"):
        harness.conclude("long", tmp_path)
    assert "| long | mats |" in capsys.readouterr().out
    assert harness.recorded("none", tmp_path) == {"figures": []}


@pytest.mark.parametrize(("value", "text"), [(0.01234, "0.0123"), (1.7, "1.7"), (999.6, "1000"), (123456, "123456")])
def test_figures_are_shown_without_exponents(value: float, text: str) -> None:
    assert harness.shown(value) == text


def test_child_measures_its_own_memory_not_ours() -> None:
    """Held here: 200 MB. A child that holds 60 MB is charged for 60, not for 200."""
    held = np.ones(200_000_000, np.uint8)
    small, large = (child([sys.executable, "-S", "-c", code]) for code in ("pass", "print(len(b'x' * 60_000_000))"))
    assert held[-1] == 1
    assert small.peak_bytes < 60e6 < large.peak_bytes < 150e6
    assert large.output == "60000000\n"
    assert large.seconds > 0


def test_child_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="ended with 3: no such mat"):
        child([sys.executable, "-c", "import sys; print('no such mat', file=sys.stderr); sys.exit(3)"])


def test_threads_are_pinned_only_where_a_benchmark_is_started() -> None:
    code = "import os, benchmarks; print(os.environ.get('OMP_NUM_THREADS'))"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    assert asked.stdout == "None\n"
    with pytest.raises(RuntimeError, match="not pinned"):
        harness.one_thread()


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_benchmarks_state_their_claim_and_data(path: Path) -> None:
    text = path.read_text("utf-8")
    if "harness.report" in text or "harness.conclude(" in text:
        assert "\n# claim: " in text
        assert "\nData: " in text
        assert 'if __name__ == "__main__":\n    main()\n' in text


def test_peers_are_pinned() -> None:
    for path in (ROOT / "benchmarks" / "peers").glob("*.txt"):
        wanted = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        assert wanted
        assert all("==" in line for line in wanted)


def test_page_is_made_from_the_results() -> None:
    assert tables.PAGE.read_text("utf-8") == tables.page(tables.load(harness.RESULTS))


def test_mats_are_the_same_for_the_same_seed_and_torn_where_they_say(tmp_path: Path) -> None:
    assert np.array_equal(drawn.mat(3, True, 64, 96), drawn.mat(3, True, 64, 96))
    assert not np.array_equal(drawn.mat(3, False, 64, 96), drawn.mat(4, False, 64, 96))
    dark = [(drawn.mat(seed, torn, 256, 256).max(axis=2) < 40).sum() for torn in (False, True) for seed in range(8)]
    assert max(dark[:8]) < 20 < min(dark[8:])
    paths = drawn.folder(tmp_path, 5, 32, 48)
    assert [path.parent.name for path in paths] == ["normal", "torn", "normal", "torn", "normal"]
    assert all(path.read_bytes()[:2] == b"\xff\xd8" for path in paths)


def test_priors_of_the_race_are_those_that_were_measured() -> None:
    result = next(one for one in tables.load(harness.RESULTS) if one["name"] == "portfolio")
    behind = {figure["what"]: np.array(figure["values"]) for figure in result["figures"]}
    for candidate in PORTFOLIO:
        for kind, promise in zip(("up to", "over"), candidate.promise, strict=True):
            points = behind[f"{candidate.name}, pictures {kind} {SMALL_PX} px, behind the best"]
            assert promise == pytest.approx(max(0.01, np.exp(-points / DOUBT).mean()), abs=0.006)
