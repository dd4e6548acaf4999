"""`sightline doctor`: what is installed, what is missing, what this machine can do."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import typer

from sightline.cli.options import Json
from sightline.cli.terminal import print_json, print_table, say
from sightline.extras import CHECKOUT, EXTRAS, how_to_get
from sightline.version import __version__

BASE = (
    "numpy", "opencv-python-headless", "pillow", "onnxruntime", "scikit-learn", "safetensors", "typer", "rich",
    "jinja2",
)  # fmt: skip


def command(json: Json = False) -> None:
    """Versions, extras, this machine, the trained network at hand. Exit code 2 when a part of the base is missing."""
    from importlib.metadata import PackageNotFoundError, version

    from sightline.classical.classifiers.trainers import FAST
    from sightline.evaluation.speed import machine
    from sightline.resources import available_cores

    found: dict[str, str | None] = {}
    optional = {**EXTRAS, FAST: "fast"}
    for name in (*BASE, *optional):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    missing = [name for name in BASE if found[name] is None]
    network, source = backbone()
    report = {
        "sightline": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "machine": machine(),
        "cores": available_cores(),
        "backbone": {"name": network, "source": source},
        "packages": found,
        "missing": missing,
    }
    if json:
        print_json(report)
    else:
        rows = [["sightline", __version__], ["python", f"{platform.python_version()} ({sys.executable})"]]
        rows += [["machine", machine()], ["backbone", f"{network}, {source}" if network else source]]
        rows += [[name, at or (f"absent; {how_to_get(optional[name])}" if name in optional else "MISSING")]
                 for name, at in found.items()]  # fmt: skip
        print_table("Installation", ["what", "version"], rows)
    if missing:  # no exception: its document would be a second one
        say(f"error: missing: {', '.join(missing)}; run {CHECKOUT}: pip install --force-reinstall .")
        raise typer.Exit(2)


def backbone() -> tuple[str | None, str]:
    """The trained network that `fit` starts from where nobody gives one, and where that is from; nothing is loaded."""
    from sightline.deep.wanted import VARIABLE
    from sightline.deep.weights.hub import at_hand
    from sightline.deep.weights.reaching import cache_folder

    if asked := os.environ.get(VARIABLE):
        gone = Path(asked).suffix.lower() in (".onnx", ".safetensors") and not os.path.isfile(asked)
        return asked, f"said by {VARIABLE}{'; there is no such file' if gone else ''}"
    if name := at_hand():
        return name, f"in {cache_folder()}"
    return None, "none at hand; fit --backbone takes a .onnx or .safetensors file, or a timm name"
