"""Whether limits on latency and size hold: 20 random ones, and the model of each measured once more.

Data: 400 drawn mats of 512 px as JPEG files. Limits are drawn between what almost nothing keeps and what everything
keeps, evenly on a logarithmic scale. Either the command says that nothing fits, or its model is measured again by
`sightline bench` on the same files: neither figure may be more than a tenth over its limit.
"""
# claim: limits on latency and size are not broken by more than a tenth when a model is measured again

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import drawn, harness

PICTURES, HEIGHT, WIDTH, DRAWS = 400, 384, 512, 20
LATENCY_MS, SIZE_MB = (1.5, 40.0), (0.01, 4.0)
TIME = "20s"


def main() -> None:
    """Fit within each pair of limits, and measure again."""
    random = np.random.default_rng(harness.SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawn.folder(folder / "mats", PICTURES, HEIGHT, WIDTH, harness.SEED)
        found = [
            one(folder, number, _between(*LATENCY_MS, random), _between(*SIZE_MB, random)) for number in range(DRAWS)
        ]
    over = [worst for worst in found if worst is not None]
    harness.report(
        harness.Result(
            name="limits",
            question="Are limits on latency and size kept when the model is measured again?",
            data=f"{PICTURES} drawn JPEGs of {WIDTH}x{HEIGHT}; {DRAWS} random pairs of limits, --time {TIME}",
            figures=(
                harness.Figure("models within limits", "", (float(len(over)),)),
                harness.Figure("nothing fits, and says so", "", (float(DRAWS - len(over)),)),
                harness.Figure("largest figure / its limit", "x", (max(over),), "lower", 1.1),
            ),
            threads="as a user has them",
        )
    )


def _between(low: float, high: float, random: np.random.Generator) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


def one(folder: Path, number: int, latency_ms: float, size_mb: float) -> float | None:
    """The larger of both figures against their limits, measured again; None where nothing fits."""
    out = folder / "runs" / str(number)
    limits = ["--max-latency", f"{latency_ms:.4g}ms", "--max-size", f"{size_mb:.4g}MB"]
    command = [str(harness.sightline()), "fit", str(folder / "mats"), "--time", TIME, "--out", str(out), *limits]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 1 and "limit" in done.stderr:
        print(f"{latency_ms:.3g} ms, {size_mb:.3g} MB: nothing fits", flush=True)
        return None
    if done.returncode:
        raise SystemExit(f"fit ended with {done.returncode}: {done.stderr}")
    again = subprocess.run(
        [str(harness.sightline()), "bench", str(out / "model.sight"), str(folder / "mats"), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    speed = json.loads(again.stdout)
    latency, size = float(speed["latency_ms"]["p50"]), float(speed["model_bytes"]) / 1e6
    print(f"{latency_ms:.3g} ms, {size_mb:.3g} MB: {latency:.3g} ms, {size:.3g} MB", flush=True)
    return max(latency / latency_ms, size / size_mb)


if __name__ == "__main__":
    main()
