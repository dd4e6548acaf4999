"""Who looks on while a network is trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from sightline.deep.training.checkpoint import Checkpoints
from sightline.parallel import Progress, nothing, silent


def unheard(line: str) -> None:
    """Hears a line and does nothing."""


@dataclasses.dataclass(frozen=True)
class Watch:
    """Who is told, and who may stop it.

    Attributes:
        progress: told after each batch: the epoch, its loss and the time left; pictures seen; pictures to see.
        said: told, in one line, what went otherwise than planned.
        check: called before each batch; raises to stop.
        checkpoints: where the state is kept from time to time; None: nowhere.
    """

    progress: Progress = silent
    said: Callable[[str], None] = unheard
    check: Callable[[], None] = nothing
    checkpoints: Checkpoints | None = None

    def unseen(self) -> Watch:
        """As a process beside the first one has it: it may stop the training, and tells nobody."""
        return dataclasses.replace(self, progress=silent, said=unheard)


def why_no_number(rate: float, losses: Sequence[float], best_epoch: int | None, seen: int) -> str:
    """That the loss is no number any more, and why that may be.

    Args:
        rate: full learning rate.
        losses: of the epochs that were finished.
        best_epoch: the best of these, from 0.
        seen: pictures that were learned from before.
    """
    if not seen:
        return (
            "the loss was no number before anything was learned: the weights, or what they make of these pictures, "
            "are none; the network was left as it was"
        )
    kept = "the first weights" if best_epoch is None else f"the weights of epoch {best_epoch + 1}"
    return (
        f"the loss was no number any more in epoch {len(losses) + 1}: a rate of {rate:g} is probably too high; {kept} "
        "were kept"
    )
