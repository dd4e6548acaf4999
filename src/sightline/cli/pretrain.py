"""`sightline pretrain`: weights of a network that has learned to see from your pictures, labelled or not."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import Json, Workers
from sightline.cli.terminal import on_a_terminal, print_json, progress_bar, say, seconds
from sightline.errors import InputError

if TYPE_CHECKING:
    from sightline.parallel import Progress

DEFAULT_TIME = "20m"
MOST_EPOCHS, MOST_SEED = 10**9, 2**32 - 1
"""torch takes seeds below 2 ** 63, and no float holds a number of hundreds of digits."""
TOLD_S = 10.0
"""Between two lines of a log while it learns: loss and time left change with every step."""


def command(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Pictures, in class folders or not; or a CSV or Parquet with path.")
    ],
    arch: Annotated[str, typer.Option("--arch", help="small, for 28 to 96 px, or a name of timm.")] = "small",
    px: Annotated[int, typer.Option("--px", min=0, help="Side of the pictures it is fed; 0: its usual.")] = 0,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, max=MOST_EPOCHS, help="How often it learns from every picture; or --time."),
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Time for learning: 90s, 20m, 1h; default 20m.", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="File to write; fit --backbone takes it.")] = Path(
        "weights.safetensors"
    ),
    seed: Annotated[int, typer.Option("--seed", min=0, max=MOST_SEED, help="Every random choice follows from it.")] = 0,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Pretrain a network on pictures alone; no label is looked at, and a test part is left out.

    Stopped or killed, the same command goes on where it was.
    """
    from sightline.deep.courses.pretrained_file import Wish, pretrain_file

    if epochs is not None and time is not None:
        raise InputError(f"--epochs {epochs} and --time {time} were given; allowed: one of them")
    wish = Wish(arch, px, epochs, seconds(time or DEFAULT_TIME), seed, workers)
    try:
        with progress_bar(quiet=json) as progress:
            made = pretrain_file(folder, out, wish, progress if on_a_terminal() else now_and_then(progress), said=say)
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        raise
    if json:
        print_json(made.to_dict())
    else:
        often = "once" if made.epochs == 1 else f"{made.epochs} times"
        say(
            f"learned {often} from {made.pictures:,} pictures in {made.took_s:.0f} s, loss "
            f"{made.loss:.3g}; wrote {out}: sightline fit DATA --backbone {out}"
        )


def now_and_then(progress: Progress) -> Progress:
    """A `Progress` for logs: of learning a line at once, one every `TOLD_S` and the last; all of anything else."""
    told_at = -TOLD_S

    def tell(what: str, done: int, total: int | None) -> None:
        nonlocal told_at
        if not what.startswith("epoch") or done == total or monotonic() - told_at >= TOLD_S:
            told_at = monotonic() if what.startswith("epoch") else told_at
            progress(what, done, total)

    return tell
