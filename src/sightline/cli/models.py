"""`sightline models`: which networks can be asked for by name, what they cost, and under which license."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import Json
from sightline.cli.terminal import print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sightline.deep.families import Member

NOTHING = "-"
HEADER = ("family", "name", "px", "M params", "GMACs", "license", "top-1", "measured by", "p50, ms")
NUMBERS = (2, 3, 4, 6, 8)
LEAST = 0.01
"""GMACs below this are not told apart."""


def command(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Part of a name or family, as mobile; default: all.")
    ] = "",
    measure: Annotated[
        bool, typer.Option("--measure", help="Time one picture on one core first; needs the extra deep.")
    ] = False,
    cache: Annotated[Path, typer.Option("--cache", help="Where what was measured on this machine is kept.")] = Path(
        "runs/.cache/models.json"
    ),
    json: Json = False,
) -> None:
    """Networks for fit --backbone: cost, license of the usual weights, published top-1 on ImageNet-1k."""
    from sightline.deep.families import kept_latencies, members
    from sightline.evaluation.speed import machine

    found, here = members(name), machine()
    if measure:
        _measure(found, cache, here, json)
    latencies = kept_latencies(cache, here)
    if json:
        listed = [one.to_dict() | {"latency_ms": latencies.get(one.name)} for one in found]
        print_json({"machine": here, "models": listed})
    else:
        print_table("Networks", HEADER, [_row(one, latencies) for one in found], right=NUMBERS)
        say("parameters and GMACs without the head; the license is that of the weights: read it before you ship")


def _measure(found: Sequence[Member], cache: Path, here: str, quiet: bool) -> None:
    """Time each member, and keep it at once: who stops the command keeps what was measured."""
    from sightline.deep.families import keep_latency, kept_latencies, latency_ms

    kept_latencies(cache, here)  # a file of something else is told before the work
    with progress_bar(quiet) as progress:
        for number, one in enumerate(found):
            progress(f"measuring {one.name}", number, len(found))
            keep_latency(cache, here, one.name, latency_ms(one))
        progress("measured", len(found), len(found))


def _row(one: Member, latencies: Mapping[str, float]) -> list[str]:
    return [
        one.family,
        one.weights,
        str(one.px),
        f"{one.parameters / 1e6:.2f}",
        f"{one.macs / 1e9:.2f}" if one.macs >= LEAST * 1e9 else f"<{LEAST}",
        one.license.removesuffix("-license") or NOTHING,
        NOTHING if one.top1 is None else f"{one.top1:.1f} %",
        f"{one.source}, {one.how}" if one.source else NOTHING,
        f"{latencies[one.name]:.2f}" if one.name in latencies else NOTHING,
    ]
