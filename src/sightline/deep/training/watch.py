"""Who looks on while a network is trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

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
