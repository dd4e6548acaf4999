"""The process that `speed.measure` starts: loads a model, predicts, prints one JSON line."""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sightline.errors import InputError, SightlineError
from sightline.pipeline.model import Model, load

WARM_UP = 3
MIN_CALLS = 30


def main() -> None:
    """Read the order on standard input, print what was measured on standard output; an error of ours is one line."""
    try:
        json.dump(_measured(json.load(sys.stdin)), sys.stdout)
    except SightlineError as error:
        sys.exit(str(error))
    except MemoryError:
        sys.exit("out of memory")


def _measured(order: dict[str, Any]) -> dict[str, Any]:
    started = time.perf_counter()
    model = load(order["model"])
    load_ms = (time.perf_counter() - started) * 1e3
    paths = _readable(model, order["paths"], order["seconds"])
    latencies = _latencies(model, paths, order["seconds"])
    return {
        "latency_ms": {f"p{q}": round(float(np.percentile(latencies, q)), 4) for q in (50, 95, 99)},
        "throughput_per_s": round(_throughput(model, paths, order["seconds"]), 2),
        "peak_memory_bytes": peak_memory(),
        "load_ms": round(load_ms, 3),
        "pictures": len(paths),
    }


def _readable(model: Model, paths: list[str], seconds: float) -> list[str]:
    """The pictures that can be read, as many as are found in the time; one at least.

    Raises:
        InputError: there is none; with the first and its reason.
    """
    end = time.perf_counter() + seconds
    found = []
    reason = ""
    for path, answer in zip(paths, model.stream(paths), strict=True):
        if answer.probabilities is not None:
            found.append(path)
        elif not reason:
            reason = f"{path}: {answer.reason}"
        if found and time.perf_counter() > end:
            break
    if not found:
        raise InputError(f"none of the pictures can be read (first: {reason}); give pictures that can be")
    return found


def _latencies(model: Model, paths: list[str], seconds: float) -> list[float]:
    for path in itertools.islice(itertools.cycle(paths), WARM_UP):
        model.predict([path], workers=1)
    found: list[float] = []
    end = time.perf_counter() + seconds
    for path in itertools.cycle(paths):
        started = time.perf_counter()
        model.predict([path], workers=1)
        found.append((time.perf_counter() - started) * 1e3)
        if time.perf_counter() > end and len(found) >= MIN_CALLS:
            return found
    return found


def _throughput(model: Model, paths: list[str], seconds: float) -> float:
    started = time.perf_counter()

    def until_time_is_up() -> Iterator[str]:
        for path in itertools.cycle(paths):
            if time.perf_counter() > started + seconds:
                return
            yield path

    done = sum(1 for _ in model.stream(until_time_is_up()))
    return done / (time.perf_counter() - started)


def peak_memory() -> int | None:
    """The most memory, in bytes, that this process held since it runs this program; None where it cannot be told."""
    try:
        status = Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return _peak_by_usage()
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else _peak_by_usage()


def _peak_by_usage() -> int | None:
    """Not where it can be helped: on Linux a process begins with the peak of the one that started it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


if __name__ == "__main__":
    main()
