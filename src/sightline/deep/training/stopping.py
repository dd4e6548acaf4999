"""A training that is asked to end writes what it knows first, so that the same command goes on from there."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sightline.deep.training.checkpoint import EVERY_S, Checkpoints
from sightline.errors import ArtifactError


class Stopping(Checkpoints):
    """Checkpoints of which one is due at once when the training is asked to stop.

    Args:
        folder, identity, every_s: as `Checkpoints`.
    """

    def __init__(self, folder: Path, identity: str, every_s: float = EVERY_S) -> None:
        super().__init__(folder, identity, every_s)
        self.asked = self._told = False
        self._failed = ""

    def due(self) -> bool:
        """Whether it is time for the next, or the training is to stop."""
        return self.asked or super().due()

    def write(self, step: int, tensors: Mapping[str, Any], plain: Mapping[str, Any]) -> None:
        """Keep the state after a step; where that fails and it was asked to stop, `check` tells.

        Raises:
            ArtifactError: no space, or no permission, and it was not asked to stop.
        """
        asked = self.asked
        try:
            super().write(step, tensors, plain)
        except ArtifactError as error:
            if not asked:
                raise
            self._failed = str(error)
        self._told = asked

    def check(self) -> None:
        """What a `Watch` calls before each batch.

        Raises:
            KeyboardInterrupt: it was asked to stop, and has written what it knows.
            ArtifactError: it was asked to stop, and could not write.
        """
        if self._failed:
            kept = self._steps()
            rest = f"goes on after step {kept[-1]}" if kept else "begins anew: nothing was kept"
            raise ArtifactError(f"stopped, and the last steps were not kept ({self._failed}); the same command {rest}")
        if self._told:
            raise KeyboardInterrupt

    @contextmanager
    def on_ctrl_c(self) -> Iterator[None]:
        """Inside, a Ctrl-C asks it to stop after the step; a second one ends it at once."""
        if threading.current_thread() is not threading.main_thread():  # Python lets no other thread hear of it
            yield
            return

        def ask(number: int, frame: Any) -> None:
            if self.asked:
                raise KeyboardInterrupt
            self.asked = True

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
