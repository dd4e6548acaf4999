"""Whether the second core is used: pictures on disk to predictions, with one worker and with two.

Data: 600 drawn JPEGs of 1024x768; the model is HOG and a linear SVM. One thread for each worker inside BLAS, OpenMP and
OpenCV, so one worker is one core. In turns, after asserting that both give the same probabilities; not on a machine
whose second core is busy.
"""
# claim: 600 JPEGs of 1024x768 to HOG + SVM predictions are at least 1.7 times as fast on two cores as on one

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

import sightline as sl
from benchmarks import drawn, harness

PIPELINE = "HOG() > LinearSVM()"
LEARN = 120


def main() -> None:
    """Fit once, then predict the same 600 files with one worker and with two."""
    harness.need_two_free_cores()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = drawn.folder(folder / "mats", 600, 768, 1024, harness.SEED)
        sample = sl.read(paths[:LEARN], labels=[path.parent.name for path in paths[:LEARN]])
        model = sl.fit(sample, time_s=20, only=PIPELINE, seed=harness.SEED, out=folder / "run").model

        def probabilities(workers: int) -> npt.NDArray[np.float32]:
            rows = [found.probabilities for found in model.predict(paths, workers=workers)]
            unread = sum(row is None for row in rows)
            if unread:
                raise SystemExit(f"{unread} of {len(paths)} pictures gave no probabilities")
            return np.array(rows, np.float32)

        result = harness.compare(
            "two_cores",
            "How much faster are predictions with two workers than with one?",
            ours=lambda: probabilities(2),
            peer=lambda: probabilities(1),
            agree=harness.within(0),
            data="600 drawn JPEGs of 1024x768, HOG and a linear SVM, from files to probabilities",
            ours_name="two workers",
            peer_name="one worker",
            limit=1.7,
            threads=harness.one_thread(),
        )
    harness.report(result)


if __name__ == "__main__":
    main()
