"""From class folders to a model file and its answers: python examples/fit_folder.py [FOLDER]

Without FOLDER, scikit-learn's hand-written digits (8 x 8 px) are written out as PNG class folders first.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

import sightline as sl

SCALE = 4


def main() -> None:
    """Fit on a folder, say how good the model is, use it from its file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else digits(Path(name) / "digits", per_class=30)
        catalog = sl.read(folder)
        print(f"{len(catalog)} pictures in {len(catalog.classes)} classes")

        run = sl.fit(catalog, time_s=10, out=Path(name) / "run")
        accuracy = run.evaluation.accuracy
        print(f"winner: {run.leaderboard[0].name}")
        print(f"accuracy {accuracy.value:.3f}, 95 % interval {accuracy.low:.3f} to {accuracy.high:.3f}")

        model = sl.load(Path(name) / "run" / "model.sight")
        for answer in model.predict(sorted(folder.rglob("*.png"))[:5]):
            print(Path(answer.source).name, answer.label, answer.confidence)


def digits(folder: Path, per_class: int) -> Path:
    """Write the first `per_class` digits of each class as PNGs, one folder for each class."""
    from sklearn.datasets import load_digits

    data = load_digits()
    written = dict.fromkeys(range(10), 0)
    for number, (pixels, label) in enumerate(zip(data.images, data.target, strict=True)):
        if written[int(label)] == per_class:
            continue
        written[int(label)] += 1
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray((255 - pixels * 15.9).astype("uint8"))
        picture.resize((8 * SCALE, 8 * SCALE)).save(folder / str(label) / f"{number:04d}.png")
    return folder


if __name__ == "__main__":
    main()
