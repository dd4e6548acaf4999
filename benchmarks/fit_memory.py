"""How much memory a fit holds at most on a data set that does not fit into it.

Data: 20,000 drawn JPEGs of 512 px (1.9 GB on disk, 16 GB decoded), `sightline fit --time 2m` in a process of its own.
"""
# claim: a fit on 20,000 pictures of 512 px stays under 2 GB of memory

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks import drawn, harness

PICTURES, SIZE_PX = 20_000, 512


def main() -> None:
    """Draw, fit with the command line, and read off the peak of that process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawn.folder(folder / "mats", PICTURES, SIZE_PX, SIZE_PX, harness.SEED)
        run = harness.child([harness.sightline(), "fit", folder / "mats", "--time", "2m", "--out", folder / "run"])
        evaluation = json.loads((folder / "run" / "evaluation.json").read_text("utf-8"))
    measured = f"accuracy {evaluation['accuracy']['value']:.3f} on {evaluation['n']} ({evaluation['source']})"
    harness.report(
        harness.Result(
            name="fit_memory",
            question="How much memory does `sightline fit --time 2m` hold at most on 20,000 pictures of 512 px?",
            data=f"{PICTURES} drawn JPEGs of {SIZE_PX} px in two class folders",
            agreement=f"the fit ended with a model; {measured}",
            figures=(
                harness.Figure("peak memory", "MB", (run.peak_bytes / 1e6,), limit=2000),
                harness.Figure("sightline fit", "s", (run.seconds,)),
            ),
        )
    )


if __name__ == "__main__":
    main()
