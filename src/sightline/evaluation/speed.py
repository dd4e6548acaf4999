"""How fast, how large, how hungry: measured on the loaded file, in a process of its own, never estimated."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sightline.arrays import generator
from sightline.errors import InputError
from sightline.inputs.source import Item
from sightline.processes import command
from sightline.resources import available_cores

MAX_PICTURES = 200
TIMEOUT_S = 300


@dataclasses.dataclass(frozen=True)
class Speed:
    """What a fresh process measured with a model file on this machine.

    Attributes:
        latency_ms: "p50", "p95", "p99" from one picture file to its answer, one at a time, warm.
        throughput_per_s: pictures each second over all cores.
        peak_memory_bytes: largest resident memory of the process, libraries included; None where it cannot be told.
        model_bytes: size of the file.
        load_ms: time to load the file.
        pictures: how many different pictures were used.
        machine: processor, cores, system.
        converted_to: another machine in words, that `converted_latency_ms` is for; None where nothing was converted.
        converted_latency_ms: `latency_ms` converted to it, with "p50_low" and "p50_high".
    """

    latency_ms: dict[str, float]
    throughput_per_s: float
    peak_memory_bytes: int | None
    model_bytes: int
    load_ms: float
    pictures: int
    machine: str
    converted_to: str | None = None
    converted_latency_ms: dict[str, float] | None = None

    def figures(self) -> dict[str, Any]:
        """The figures as `Evaluation.with_speed` takes them."""
        return {
            "latency_ms": self.latency_ms,
            "throughput_per_s": self.throughput_per_s,
            "peak_memory_bytes": self.peak_memory_bytes,
            "model_bytes": self.model_bytes,
            "measured_on": self.machine,
            "converted_to": self.converted_to,
            "converted_latency_ms": self.converted_latency_ms,
        }

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form."""
        return dataclasses.asdict(self)


def measure(model: Path, items: Sequence[Item], seconds: float = 2.0, timeout_s: float = TIMEOUT_S) -> Speed:
    """Measure a model file on pictures, in a new process that does nothing else.

    Args:
        model: path of model.sight.
        items: pictures like those it will see; at most `MAX_PICTURES` are used, evenly spread.
        seconds: how long to measure latency, and again throughput.
        timeout_s: when the process is stopped.

    Raises:
        InputError: no readable picture, or the process failed (with its last line).
    """
    if not len(items):
        raise InputError("no pictures were given to measure speed with; give at least one")
    spread = np.unique(np.linspace(0, len(items) - 1, min(len(items), MAX_PICTURES)).astype(int))
    chosen = generator(0, "speed").permutation(spread)  # where time is short, the first few stand for all
    with _as_files([items[int(i)] for i in chosen]) as paths:
        order = json.dumps({"model": str(model), "paths": paths, "seconds": seconds})
        try:
            done = subprocess.run(
                command("sightline.evaluation.probe"),
                input=order,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InputError(f"measuring {model} took longer than {timeout_s:.0f} s and was stopped") from None
        except OSError as error:
            raise InputError(f"no process could be started to measure {model}: {error.strerror}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"measuring {model} failed: {last}")
    return Speed(**json.loads(done.stdout), model_bytes=model.stat().st_size, machine=machine())


def machine() -> str:
    """This machine in words: processor, cores, system."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":", 1)[1].strip() if lines else name
    return f"{name}, {available_cores()} cores, {platform.system()}"


@contextmanager
def _as_files(items: list[Item]) -> Iterator[list[str]]:
    """Paths of the items; bytes and arrays are written to a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="sightline-speed-") as folder:
        paths = []
        for number, item in enumerate(items):
            if isinstance(item, (bytes, np.ndarray)):
                path = Path(folder) / f"{number}.png"
                path.write_bytes(item if isinstance(item, bytes) else _encoded(item))
                paths.append(str(path))
            else:
                paths.append(os.fspath(item))
        yield paths


def _encoded(picture: np.ndarray) -> bytes:
    colors = picture[..., ::-1] if picture.ndim == 3 and picture.shape[2] == 3 else picture
    return cv2.imencode(".png", np.ascontiguousarray(colors))[1].tobytes()
