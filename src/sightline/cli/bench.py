"""`sightline bench`: how fast a model file is on this machine, or how fast this machine is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.named import named_pictures
from sightline.cli.options import Json
from sightline.cli.terminal import print_json, print_table, progress_bar, say
from sightline.errors import InputError

if TYPE_CHECKING:
    from sightline.evaluation.profile import Profile
    from sightline.evaluation.speed import Speed


def command(
    model: Annotated[
        Path | None, typer.Argument(metavar="[MODEL]", help="model.sight, as fit wrote it; not with --profile.")
    ] = None,
    inputs: Annotated[list[str] | None, typer.Argument(metavar="[INPUT...]", help="Pictures or folders.")] = None,
    size: Annotated[str, typer.Option("--size", help="Without INPUT: pictures of this size are drawn.")] = "1024x768",
    profile: Annotated[
        Path | None, typer.Option("--profile", help="Write how fast this machine is, for fit --target elsewhere.")
    ] = None,
    json: Json = False,
) -> None:
    """Latency, throughput, memory and size of MODEL, in a process of its own; or how fast this machine is."""
    if profile is not None:
        if model is not None:
            raise InputError(f"MODEL {model} and --profile were given; allowed: one of them, a profile needs no model")
        _profile(profile, json)
    elif model is None:
        raise InputError("nothing to measure was given; allowed: MODEL, or --profile FILE to profile this machine")
    else:
        _model(model, inputs, size, json)


def _model(model: Path, inputs: list[str] | None, size: str, json: bool) -> None:
    from sightline.evaluation.drawn import drawn_jpegs
    from sightline.evaluation.speed import measure
    from sightline.pipeline.model import load

    load(model)  # a file that cannot be used is told so here, in one line
    items = named_pictures(inputs) if inputs else drawn_jpegs(size)
    with progress_bar(quiet=json) as progress:
        progress("measuring speed", 0, None)
        speed = measure(model, items)
    if json:
        print_json(speed.to_dict())
    else:
        _show(speed)


def _show(speed: Speed) -> None:
    from sightline.evaluation.figures import many

    memory = "not known" if speed.peak_memory_bytes is None else f"{speed.peak_memory_bytes / 1e6:.0f} MB"
    rows = [[f"one picture, {name}", f"{value:.2f} ms"] for name, value in speed.latency_ms.items()]
    rows += [
        ["throughput", f"{speed.throughput_per_s:.0f} pictures/s"],
        ["peak memory", memory],
        ["model file", f"{speed.model_bytes / 1e6:.2f} MB, loads in {speed.load_ms:.0f} ms"],
        ["machine", speed.machine],
    ]
    print_table(many(speed.pictures, "picture"), ["what", "measured"], rows, right=(1,))


def _profile(path: Path, json: bool) -> None:
    from sightline.evaluation.profiling import profile_machine
    from sightline.files import check_writable

    check_writable(path)  # told before the work
    with progress_bar(quiet=json) as progress:
        found = profile_machine(progress)
    found.save(path)
    if json:
        print_json(found.to_dict())
    else:
        _show_profile(found, path)


def _show_profile(profile: Profile, path: Path) -> None:
    from sightline.evaluation.works import kernels

    rows = [[name, f"{profile.works[name]:.3g} ms"] for name in kernels()]
    others = [ms for name, ms in profile.works.items() if name not in kernels()]
    rows.append([f"{len(others)} components, each once", f"{sum(others):.3g} ms"])
    print_table(profile.machine, ["work on one core", "takes"], rows, right=(1,))
    say(f"profile written to {path}; where the model is fitted: sightline fit DATA --target {path.name}")
