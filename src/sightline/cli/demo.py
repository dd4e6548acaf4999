"""`sightline demo`: the main job on real pictures that come with scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli import fit, predict
from sightline.cli.terminal import say

TEST_SHARE = 5
"""One picture in five is kept for the test."""


def command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the pictures and the results.")] = Path("runs/demo"),
    time: Annotated[str, typer.Option("--time", help="Time for fit.")] = "20s",
) -> None:
    """Write 1,797 hand-written digits as PNG class folders, fit a model to them, and predict the test part."""
    data = out / "digits"
    written = write_digits(data)
    say(f"{written} hand-written digits (scikit-learn) in {data}/train and {data}/test")
    fit.command(str(data), time=time, out=str(out))
    predict.command(out / "model.sight", [str(data / "test")], out=out / "predictions.csv")
    say("")
    say(f"open {out / 'report.html'} in a browser; predict your own: sightline predict {out / 'model.sight'} FILE...")


def write_digits(folder: Path) -> int:
    """Write scikit-learn's digits as PNG files, 8 x 8 pixels, in train/ and test/ class folders; returns how many.

    Writers are unknown in this set, so the test part is every fifth picture of each class.
    """
    import cv2
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    seen = dict.fromkeys(range(10), 0)
    for number, (pixels, label) in enumerate(zip(digits.images, digits.target.tolist(), strict=True)):
        seen[label] += 1
        part = "test" if seen[label] % TEST_SHARE == 0 else "train"
        path = folder / part / str(label) / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        grey = np.clip(pixels * 16, 0, 255).astype(np.uint8)  # 0..16 in the set
        path.write_bytes(cv2.imencode(".png", grey)[1].tobytes())
    return len(digits.target)
