"""`sightline bench`: how fast a model file is on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import Json, ModelFile
from sightline.cli.terminal import print_json, print_table, progress_bar


def command(
    model: ModelFile,
    inputs: Annotated[list[str] | None, typer.Argument(metavar="[INPUT...]", help="Pictures or folders.")] = None,
    size: Annotated[str, typer.Option("--size", help="Without INPUT: pictures of this size are drawn.")] = "1024x768",
    json: Json = False,
) -> None:
    """Latency (p50, p95, p99), throughput, peak memory and size of MODEL, measured in a process of its own."""
    from sightline.data.listing import list_pictures
    from sightline.evaluation.drawn import drawn_jpegs
    from sightline.evaluation.speed import measure
    from sightline.pipeline.model import load

    load(model)  # a file that cannot be used is told so here, in one line
    items = list_pictures(inputs) if inputs else drawn_jpegs(size)
    with progress_bar(quiet=json) as progress:
        progress("measuring speed", 0, None)
        speed = measure(model, items)
    if json:
        print_json(speed.to_dict())
        return
    memory = "not known" if speed.peak_memory_bytes is None else f"{speed.peak_memory_bytes / 1e6:.0f} MB"
    rows = [[f"one picture, {name}", f"{value:.2f} ms"] for name, value in speed.latency_ms.items()]
    rows += [
        ["throughput", f"{speed.throughput_per_s:.0f} pictures/s"],
        ["peak memory", memory],
        ["model file", f"{speed.model_bytes / 1e6:.2f} MB, loads in {speed.load_ms:.0f} ms"],
        ["machine", speed.machine],
    ]
    print_table(f"{speed.pictures} pictures", ["what", "measured"], rows, right=(1,))
