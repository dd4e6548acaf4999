"""One training, of one process or of several: what a loop asks about the others."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sightline.deep.training.shown.batches import Batch, Shown
from sightline.deep.training.watch import Watch


class Ranks:
    """A process that trains alone: there is nobody to ask, and nothing is imported or sent.

    Attributes:
        rank: this process, from 0; the first one tells and writes.
        count: processes of this training.
    """

    rank: int = 0
    count: int = 1

    def shown(self, shown: Shown) -> Shown:
        """What this process learns from."""
        return shown

    def watch(self, watch: Watch) -> Watch:
        """Who looks on at this process."""
        return watch

    def begin_alike(self, network: Any, n: int) -> None:
        """Let a network that n pictures are for begin with the weights of the first process."""

    def together(self) -> AbstractContextManager[None]:
        """Inside, who stops lets all stop."""
        return nullcontext()

    def whole(self, batch: Batch) -> int:
        """Pictures of a batch in all processes."""
        return len(batch)

    def most(self, batch: Batch) -> int:
        """Pictures of a batch in the process with the most of them."""
        return len(batch)

    def parts(self, batch: Batch, size: int) -> list[Batch]:
        """What this process learns from of a batch: as many parts in each process as steps of `size` take."""
        return batch.parts(size) if len(batch) > size else [batch]

    def weighed(self, loss: Any, batch: Batch) -> Any:
        """The part of a loss that a batch has in that of all processes."""
        return loss

    def add_up(self, loss: Any, network: Any, parameters: list[Any]) -> None:
        """Let a loss, gradients and statistics of normalization be those of all processes together, in place."""

    def out_of_memory(self, error: Exception) -> None:
        """Tell the others that memory was out in this step."""

    def total(self, value: float) -> float:
        """The sum over all processes."""
        return value

    def least(self, value: int) -> int:
        """The least of all processes."""
        return value

    def agree(self, value: float) -> bool:
        """Whether it is the same number in all processes."""
        return True

    def rows(self, values: Any) -> Any:
        """The rows (b, ...) of a tensor of all processes, one process after the other."""
        return values

    def compare(self, memory: dict[str, Any]) -> None:
        """Refuse to go on where what a kind of training remembers differs between processes."""
