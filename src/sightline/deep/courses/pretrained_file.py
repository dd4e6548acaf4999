"""From a folder of pictures to a file of weights, over as many runs of the same command as it takes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sightline.data.any_pictures import any_pictures
from sightline.data.catalog import from_items
from sightline.data.pictures import Pictures
from sightline.data.survey import Survey, survey
from sightline.deep.courses.pretraining import LEAST, Pretraining, epochs_in, pretrain, view_px, weights_file
from sightline.deep.nets.backbones import drawn, looking, sized
from sightline.deep.training.checkpoint import make_folder
from sightline.deep.training.stopping import Stopping
from sightline.deep.training.watch import Watch, unheard, why_no_number
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ArtifactError, CatalogError, InputError
from sightline.files import check_writable, read_small, write_whole
from sightline.inputs.source import shown
from sightline.parallel import Progress, silent
from sightline.preparation.preparation import Preparation

SUFFIX = ".safetensors"
BESIDE = ".training"
"""What the folder of checkpoints is called, after the name of the file."""
LENGTH = "length.json"
"""How many epochs the time was enough for when it was first given."""
MAX_BYTES = 10_000
MOST_SIDE = 4
"""Longer side of a picture, at most, times that of the input: views are parts of it."""
SHOWN = 3
"""Pictures that could not be read and are named."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        arch: "small", or a name of timm.
        px: side of the network's input; 0 for what the architecture was made for.
        epochs: how often every picture is learned from; None for as often as `time_s` is enough for.
        time_s: for learning; reading counts where pictures do not fit into memory, and each epoch reads them.
        seed: of weights, order and views.
        workers: threads; None for the cores available.
    """

    arch: str = "small"
    px: int = 0
    epochs: int | None = None
    time_s: float = 1200.0
    seed: int = 0
    workers: int | None = None


@dataclasses.dataclass(frozen=True)
class Pretrained:
    """What was made.

    Attributes:
        out: the file of weights.
        arch, px: the network, and the side of its input.
        pictures: that it learned from.
        unreadable: pictures that were left out -> why.
        epochs: how often each was learned from; fewer than asked for, where the loss was no number any more.
        loss: of the last epoch.
        took_s: of this run.
    """

    out: Path
    arch: str
    px: int
    pictures: int
    unreadable: dict[str, str]
    epochs: int
    loss: float
    took_s: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self) | {"out": str(self.out)}


def pretrain_file(
    source: str,
    out: Path,
    wish: Wish = Wish(),
    progress: Progress = silent,
    said: Callable[[str], None] = unheard,
) -> Pretrained:
    """Learn from the pictures of a folder or table, and write the weights where `--backbone` takes them.

    Cut off at any moment, the same call goes on from the folder beside the file, which is removed in the end.

    Args:
        source: what `any_pictures` takes; labels do not matter, and a test part is left out.
        out: a name that ends in .safetensors.
        wish: which network, how long.
        progress: told as pictures are read and learned from.
        said: told, in one line, what went otherwise than planned.

    Raises:
        InputError: another name for the file, an architecture that nobody knows or that takes no pictures of that
            size, fewer than `LEAST` pictures that can be read, too little time, checkpoints of another training or
            version beside the file, or a loss that was no number before all were learned from once.
        ArtifactError: the file cannot be written there, or no folder beside it.
        MissingExtraError: the extra [deep] is not installed.
        KeyboardInterrupt: it was asked to stop, and has kept what it knows.
    """
    started = time.perf_counter()
    if out.suffix.lower() != SUFFIX:
        raise InputError(f"--out {out} was given; allowed: a name that ends in {SUFFIX}")
    check_writable(out)
    _check_beside(folder := out.with_name(out.name + BESIDE))
    recipe = _recipe(wish)
    items = any_pictures(source, said)
    seen = survey(from_items(items, None, source), progress=progress, workers=wish.workers)
    unreadable = {shown(items[row]): why for row, why in seen.broken.items()}
    _tell(unreadable, said)
    rows = [row for row in range(len(items)) if row not in seen.broken]
    if len(rows) < LEAST:
        raise CatalogError(f"{source} holds {_many(len(rows))} that can be read; allowed: {LEAST} or more")
    pictures = Pictures([items[row] for row in rows], Preparation(max_side_px=MOST_SIDE * recipe.px))
    kept = Stopping(folder, _identity(recipe, seen, wish))
    with kept.on_ctrl_c():
        epochs = wish.epochs or _epochs(recipe, pictures, wish, kept)
        watch = Watch(progress, said, kept.check, kept)
        network, trainer = pretrain(recipe, pictures, Pretraining(epochs, wish.seed, wish.workers), watch)
    if not trainer.losses:
        _clear(kept)  # who went on from there would come to the same end
        why = why_no_number(trainer.regime.rate, (), None, trainer.seen)
        raise InputError(
            f"{recipe.arch} learned nothing: {why}, and no file is written; give another --arch, --px or --seed"
        )
    write_whole(out, weights_file(network, recipe))
    _clear(kept)
    took_s, losses = time.perf_counter() - started, trainer.losses
    return Pretrained(out, recipe.arch, recipe.px, len(rows), unreadable, len(losses), losses[-1], took_s)


def _check_beside(folder: Path) -> None:
    """Tell before anything is read that there can be no such folder; it is made when there is something to keep."""
    try:
        able = stat.S_ISDIR(os.stat(folder).st_mode)
    except FileNotFoundError:
        able = not os.path.lexists(folder)  # else a link that leads nowhere
    except OSError:  # a name that is too long
        able = False
    if not able:
        raise ArtifactError(
            f"{folder} keeps a training until its end, and can be no folder: remove what is called so, or give another "
            "--out, perhaps a shorter one"
        )


def _recipe(wish: Wish) -> Recipe:
    """What learns, with its size; tried once, so that a wrong name or size is told before anything is read."""
    recipe = Recipe(Path(wish.arch), wish.arch, px=wish.px)
    try:
        return _tried(recipe, wish.seed)
    except InputError:
        if wish.px:
            with suppress(InputError):  # of timm's transformers most are made for the size that this says
                return _tried(dataclasses.replace(recipe, kwargs={"img_size": wish.px}), wish.seed)
        raise


def _tried(recipe: Recipe, seed: int) -> Recipe:
    """The recipe with its size, once a drawn network has looked at a picture of it."""
    network = drawn(recipe, seed)
    recipe = sized(network, recipe)
    view_px(looking(network, recipe), recipe)
    return recipe


def _identity(recipe: Recipe, seen: Survey, wish: Wish) -> str:
    """A name for what decides the training."""
    length = wish.epochs or f"{wish.time_s:g} s"
    about = [recipe.arch, recipe.px, length, wish.seed, hashlib.sha256(b"".join(seen.digests)).hexdigest()]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _epochs(recipe: Recipe, pictures: Pictures, wish: Wish, kept: Stopping) -> int:
    """As many as the time was enough for when it was first given: a run that goes on has the same ones left."""
    path = kept.folder / LENGTH
    with suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(read_small(path, MAX_BYTES))
        if record["identity"] == kept.identity:
            return max(1, int(record["epochs"]))
    kept.found()  # checkpoints of another training are told before anything is written beside them
    course = Pretraining(1, wish.seed, wish.workers)
    epochs = epochs_in(recipe, pictures, wish.time_s, course)
    make_folder(kept.folder)
    write_whole(path, json.dumps({"identity": kept.identity, "epochs": epochs}).encode())
    return epochs


def _tell(unreadable: dict[str, str], said: Callable[[str], None]) -> None:
    if unreadable:
        named = "; ".join(f"{name}: {why}" for name, why in list(unreadable.items())[:SHOWN])
        more = ", ..." if len(unreadable) > SHOWN else ""
        are = "is" if len(unreadable) == 1 else "are"
        said(f"{_many(len(unreadable))} cannot be read and {are} left out ({named}{more})")


def _many(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _clear(kept: Stopping) -> None:
    """Remove what was kept beside the file; last the length, without which nobody could go on from checkpoints."""
    kept.clear()
    with suppress(OSError):
        (kept.folder / LENGTH).unlink(missing_ok=True)
        kept.folder.rmdir()
