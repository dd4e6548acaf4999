"""What every benchmark is made with: measured together, agreement asserted, one result file.

A claim is a `Result`: a question, figures with their spread, what to reach, and everything needed to doubt it
(hardware, versions, threads, seed, commit). `compare` measures ours and a peer in one run, A B A B, after asserting
that both give the same answer; a speed without agreement is no result.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from benchmarks import THREAD_VARIABLES

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
VERSIONS = ("sightline", "numpy", "opencv-python-headless", "pillow", "scikit-learn", "scikit-image", "faiss-cpu")
SEED = 0
FREE = 1.85
"""Two free cores hash about twice as fast as one; below this somebody else has the second."""
Agree = Callable[[Any, Any], str]
"""`agree(ours, peer)` says how closely both answers agree, or raises `DisagreementError`."""


class DisagreementError(Exception):
    """Ours and the peer do not give the same answer, so their speeds cannot be compared."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """One measured quantity: all its values in `unit`, and perhaps what to reach.

    `limit` is an upper bound where `better` is "lower", a lower bound where it is "higher", held against the median.
    """

    what: str
    unit: str
    values: tuple[float, ...]
    better: Literal["lower", "higher"] = "lower"
    limit: float | None = None

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the median keeps the limit; None where there is none."""
        if self.limit is None:
            return None
        return self.median <= self.limit if self.better == "lower" else self.median >= self.limit

    def to_dict(self) -> dict[str, Any]:
        """The record in the result file."""
        spread = {"median": self.median, "low": min(self.values), "high": max(self.values), "runs": len(self.values)}
        return dataclasses.asdict(self) | spread | {"reached": self.reached}


@dataclasses.dataclass(frozen=True)
class Result:
    """One claim, measured."""

    name: str
    question: str
    data: str
    figures: tuple[Figure, ...]
    agreement: str = ""
    threads: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What is written to benchmarks/results/NAME.json."""
        return {
            "name": self.name,
            "question": self.question,
            "command": f"scripts/bench {self.name}",
            "data": self.data,
            "seed": SEED,
            "figures": [figure.to_dict() for figure in self.figures],
            "agreement": self.agreement,
            "threads": self.threads,
            "hardware": hardware(),
            "versions": versions(),
            "commit": commit(),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        }


def one_thread() -> str:
    """Give OpenCV one thread too, and say so for the result; `benchmarks/__init__.py` has done it for BLAS and OpenMP.

    Raises:
        RuntimeError: the process was not started as a benchmark.
    """
    import cv2

    if any(os.environ.get(name) != "1" for name in THREAD_VARIABLES):
        raise RuntimeError("threads are not pinned; run it as: scripts/bench NAME, or python -m benchmarks.NAME")
    cv2.setNumThreads(1)
    return "one each for BLAS, OpenMP and OpenCV"


def compare(
    name: str,
    question: str,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    agree: Agree,
    *,
    data: str,
    peer_name: str,
    ours_name: str = "sightline",
    runs: int = 7,
    limit: float | None = None,
    threads: str = "",
) -> Result:
    """Ours against a peer in one run: agreement first (which warms both up), then A B A B.

    The figures are both medians in milliseconds and the ratio peer / ours of each neighboring pair; `limit` is the
    least ratio to reach.

    Raises:
        DisagreementError: raised by `agree`, before anything is timed.
    """
    agreement = agree(ours(), peer())
    pairs = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    return Result(
        name=name,
        question=question,
        data=data,
        agreement=agreement,
        threads=threads,
        figures=(
            Figure(ours_name, "ms", tuple(1000 * a for a, _ in pairs)),
            Figure(peer_name, "ms", tuple(1000 * b for _, b in pairs)),
            Figure(f"{peer_name} / {ours_name}", "x", tuple(b / a for a, b in pairs), "higher", limit),
        ),
    )


def seconds(function: Callable[[], Any]) -> float:
    """How long one call takes; what it returns is dropped after the clock has stopped."""
    started = time.perf_counter()
    answer = function()
    elapsed = time.perf_counter() - started
    del answer
    return elapsed


def parallel_gain(threads: int, runs: int = 5) -> float:
    """How many times as fast this machine hashes on `threads` threads as on one: what it can give at this moment.

    SHA-256 of a megabyte needs no memory bandwidth and no interpreter lock, so a lower figure than the number of cores
    means that somebody else is using them, and that no figure for several cores can be measured now.
    """
    block = bytes(1_000_000)

    def hashed(workers: int) -> None:
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: hashlib.sha256(block).digest(), range(240)))

    return statistics.median(seconds(lambda: hashed(1)) / seconds(lambda: hashed(threads)) for _ in range(runs))


def need_two_free_cores() -> None:
    """End the process with a word why where a figure for two cores cannot be measured now."""
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("this process may use one core only; the question needs two")
    if (gain := parallel_gain(2)) < FREE:
        raise SystemExit(
            f"the machine is busy: two threads hash only {gain:.2f} times as fast as one; run it when idle"
        )


def within(limit: float) -> Agree:
    """Agreement of two arrays: the largest absolute difference is at most `limit`."""

    def agree(ours: Any, peer: Any) -> str:
        import numpy as np

        a, b = np.asarray(ours, np.float64), np.asarray(peer, np.float64)
        if a.shape != b.shape:
            raise DisagreementError(f"ours has shape {a.shape}, the peer {b.shape}")
        worst = float(np.abs(a - b).max(initial=0.0))
        if not worst <= limit:
            raise DisagreementError(f"largest difference {worst:.2e}; allowed {limit:.0e}")
        return f"largest difference {worst:.1e} over {a.size} values, allowed {limit:.0e}"

    return agree


@dataclasses.dataclass(frozen=True)
class Child:
    """How one command went: seconds as a whole process, most memory held at once, standard output."""

    seconds: float
    peak_bytes: int
    output: str


def child(command: Sequence[str | Path]) -> Child:
    """Run `command` in a process of its own, with the threads that a user would get, and measure it.

    Raises:
        RuntimeError: it ended with another exit code than 0; the message holds the end of what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), str(record)]
        env = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
        done = subprocess.run([*launcher, *map(str, command)], env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command[0]} could not be started: {done.stderr.strip()[-400:]}")
        measured = json.loads(record.read_text("utf-8"))
    if measured["code"]:
        said = (done.stderr + done.stdout).strip()[-2000:]
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {measured['code']}: {said}")
    return Child(measured["seconds"], measured["peak_bytes"], done.stdout)


def sightline() -> Path:
    """The `sightline` command of the environment this runs in."""
    return Path(sys.executable).with_name("sightline")


def report(result: Result, folder: Path | None = None) -> Path:
    """Print `result` as a table, write its JSON file, and say where; ends the process with 1 if a limit is not kept."""
    folder = folder or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    path.write_text(json.dumps(result.to_dict(), indent=2) + "\n", "utf-8")
    conclude(result.name, folder)
    return path


def conclude(name: str, folder: Path | None = None) -> None:
    """Print what is on record as a table; ends the process with 1 if a limit is not kept."""
    record = recorded(name, folder)
    print(table([record]))
    if missed := [figure["what"] for figure in record["figures"] if figure["reached"] is False]:
        raise SystemExit(f"not reached: {', '.join(missed)}")


def recorded(name: str, folder: Path | None = None) -> dict[str, Any]:
    """What is on record of a benchmark; no figures where nothing is."""
    path = (folder or RESULTS) / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {"figures": []}
    return found


def add(result: Result, folder: Path | None = None) -> None:
    """Put figures into what is on record, in place of those of the same name: a benchmark of hours goes in parts.

    Every figure keeps the commit and the day that it was measured at.
    """
    record, folder = result.to_dict(), folder or RESULTS
    stamp = {"commit": record["commit"], "date": record["date"]}
    figures = {figure["what"]: figure for figure in recorded(result.name, folder)["figures"]}
    figures |= {figure["what"]: figure | stamp for figure in record["figures"]}
    record["figures"] = list(figures.values())
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{result.name}.json.new"
    temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    temporary.replace(folder / f"{result.name}.json")


def report_all(result: Result, named: Sequence[str]) -> None:
    """`report` where everything was run; where only what is `named` was, print the table and write nothing."""
    if named:
        print(table([result.to_dict()]))
    else:
        report(result)


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Result files as one Markdown table, a line for each figure."""
    lines = ["| claim | what | measured | lowest to highest (runs) | to reach |", "|---|---|---|---|---|"]
    for result in results:
        for figure in result["figures"]:
            sign = "at most" if figure["better"] == "lower" else "at least"
            limit = f"{sign} {shown(figure['limit'])} {figure['unit']}" if figure["limit"] is not None else ""
            missed = " **missed**" if figure["reached"] is False else ""
            spread = (
                f"{shown(figure['low'])} to {shown(figure['high'])} ({figure['runs']})" if figure["runs"] > 1 else ""
            )
            measured = f"{shown(figure['median'])} {figure['unit']}"
            lines.append(f"| {result['name']} | {figure['what']} | {measured} | {spread} | {limit}{missed} |")
    return "\n".join(lines)


def shown(value: float) -> str:
    """Three significant digits, never an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def hardware() -> str:
    """The machine in one line: processor, cores this process may use, memory, system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def processor() -> str:
    """The processor's name as the kernel gives it."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def versions() -> dict[str, str]:
    """Versions of Python and of what could change a figure, where installed."""
    found = {"python": platform.python_version()}
    for name in VERSIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit measured, with "+" if files differ from it; "unknown" outside a checkout."""
    try:
        head = git("rev-parse", "--short=12", "HEAD")
        return head + ("+" if git("status", "--porcelain", "--", "src", "pyproject.toml", "benchmarks/*.py") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def git(*words: str) -> str:
    """What git says."""
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
