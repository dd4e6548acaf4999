"""A training of several processes: before anything is added up, each says whether it can go on.

Every exchange begins with a vote of three numbers: that memory was out, that the process stops, and a value to add up.
So whoever cannot go on casts the vote that the others wait for, and all of them do the same: learn from halves, or
stop. A vote took 0.3 ms between two processes on busy cores.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from sightline.deep.training.processes.flat import Flat
from sightline.deep.training.processes.ranks import Ranks
from sightline.deep.training.processes.shard import Part, Shard, part_of
from sightline.deep.training.shown.batches import Batch, Shown
from sightline.deep.training.watch import Watch
from sightline.errors import InputError, SightlineError
from sightline.extras import need

AT_ONCE = 2_000_000
"""Numbers that are added up at once: 45 MB took 35 ms in parts of 8 MB, which a cache holds, and 59 ms as one."""
Said = Literal["fine", "memory", "stop"]


class Elsewhere(SightlineError):  # noqa: N818 - it says where to look
    """Another process of the training stopped or ended."""


class MemoryElsewhere(MemoryError):  # noqa: N818 - as above
    """Memory was out in another process."""


class Several(Ranks):
    """This process among others, each of which trains the same network on its part of every batch.

    Gradients are averaged, each by the pictures that it is of. Batch normalization goes by the pictures of its own
    process, as is usual, and what it remembers is averaged as gradients are, so that all that is learned is the same in
    all processes after each step.

    P. Goyal et al.: Accurate, large minibatch SGD: training ImageNet in 1 hour. 2017.

    Args:
        rank: this process, from 0.
        count: of processes, 2 or more.
        device: a torch device, on which they add up.
    """

    def __init__(self, rank: int, count: int, device: Any) -> None:
        self.rank, self.count = rank, count
        self._torch: Any = need("torch")
        self._device = device
        self._thread: int | None = None
        self._sending = self._added = False
        self._share = 0.0
        self._flat: Flat | None = None

    def shown(self, shown: Shown) -> Shown:
        """The part of this process."""
        return shown if isinstance(shown, Shard) else Shard(shown, self.rank, self.count)

    def watch(self, watch: Watch) -> Watch:
        """The first process tells."""
        return watch.unseen() if self.rank else watch

    def begin_alike(self, network: Any, n: int) -> None:
        """Let a network begin with the weights of the first process.

        Raises:
            InputError: the processes have other networks, or numbers of pictures.
        """
        values = network.state_dict().values()
        if not (self.agree(n) and self.agree(sum(one.numel() for one in values))):
            raise InputError(
                f"process {self.rank} of {self.count} has {n} pictures, or a network, that another has not; give all "
                "of them the same"
            )
        for value in values:
            sent = value.contiguous()
            self._send(lambda sent=sent: self._torch.distributed.broadcast(sent, 0))
            value.copy_(sent)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Inside, who stops lets all stop, and nobody leaves before all are done.

        Raises:
            Elsewhere: another process stopped or ended.
            InputError: another training of this process is inside.
        """
        self._refuse_another()
        self._thread = threading.get_ident()
        try:
            yield
            self._vote()
        except Elsewhere:
            raise
        except BaseException:
            if not self._sending:  # cut off while numbers were sent: the others see that it ends
                with suppress(SightlineError):
                    self._vote(said="stop")
            raise
        finally:
            self._thread = None

    def whole(self, batch: Batch) -> int:
        """Pictures of a batch in all processes."""
        return batch.whole if isinstance(batch, Part) else len(batch)

    def most(self, batch: Batch) -> int:
        """Pictures of a batch in the process with the most of them."""
        return max(part_of(batch, self.rank, self.count).counts)

    def parts(self, batch: Batch, size: int) -> list[Batch]:
        """A step begins: the own part of a batch, as many parts of it in each process."""
        self._added = False
        own = part_of(batch, self.rank, self.count)
        steps = own.steps(size)
        return [*own.split(steps)] if steps > 1 else [own]

    def weighed(self, loss: Any, batch: Batch) -> Any:
        """The loss of the own pictures, as the part that it has in that of all."""
        self._share = part_of(batch, self.rank, self.count).share
        return loss * self._share

    def add_up(self, loss: Any, network: Any, parameters: list[Any]) -> None:
        """Let a loss, gradients and statistics of normalization be those of all processes together, in place."""
        learning = [one for one in parameters if one.requires_grad]
        statistics = self._statistics(network)
        if self._flat is None or not self._flat.is_of(learning, statistics):
            self._flat = Flat(learning, statistics)
        self._flat.fill(self._share)  # all memory is taken before the vote
        loss.detach().fill_(self._vote(float(loss.detach())))
        self._added = True
        for part in self._flat.vector.split(AT_ONCE):
            self._reduce(part)
        self._flat.give_back()

    def out_of_memory(self, error: Exception) -> None:
        """Tell the others that memory was out in this step, unless it was one of them that did.

        Raises:
            InputError: the others have taken the step already.
        """
        if self._added:
            raise InputError(
                "memory was out when gradients were there and the weights were to be moved; give a smaller network"
            )
        if not isinstance(error, MemoryElsewhere):
            self._vote(said="memory")

    def total(self, value: float) -> float:
        """The sum over all processes."""
        return self._vote(value)

    def least(self, value: int) -> int:
        """The least of all processes."""
        return int(self._least(value)[0])

    def agree(self, value: float) -> bool:
        """Whether it is the same number in all processes."""
        low, high = self._least(value, -value)
        return low == -high

    def rows(self, values: Any) -> Any:
        """The rows (b, ...) of a tensor of all processes, one process after the other."""
        torch = self._torch
        lengths = torch.zeros(self.count, dtype=torch.int64, device=values.device)
        lengths[self.rank] = len(values)
        self._vote()
        self._reduce(lengths)
        padded = values.new_zeros((int(lengths.max()), *values.shape[1:]))
        padded[: len(values)] = values
        found = [torch.empty_like(padded) for _ in range(self.count)]
        self._send(lambda: torch.distributed.all_gather(found, padded))
        return torch.cat([one[:length] for one, length in zip(found, lengths.tolist(), strict=True)])

    def compare(self, memory: dict[str, Any]) -> None:
        """Refuse to go on where what a kind of training remembers differs between processes.

        Raises:
            InputError: it does, for it follows from the pictures of one process.
        """
        for name, value in memory.items():
            if not self.agree(float(value.double().sum())):
                raise InputError(
                    f'this kind of training remembers "{name}", which came to differ between {self.count} processes; '
                    "train in one, or let it ask `ranks.rows` for what the others see"
                )

    def _statistics(self, network: Any) -> list[Any]:
        """Running means and variances that learn."""
        kinds = self._torch.nn.modules.batchnorm._BatchNorm
        found = [one for one in network.modules() if isinstance(one, kinds) and one.training]
        both = [value for one in found for value in (one.running_mean, one.running_var)]
        return [value for value in both if value is not None]

    def _least(self, *values: float) -> list[float]:
        self._vote()
        found = self._torch.tensor(values, dtype=self._torch.float64, device=self._device)
        self._reduce(found, self._torch.distributed.ReduceOp.MIN)
        least: list[float] = found.tolist()
        return least

    def _vote(self, value: float = 0.0, said: Said = "fine") -> float:
        """The sum of all values.

        Raises:
            Elsewhere: another stops.
            MemoryElsewhere: memory was out in another.
        """
        self._refuse_another()
        votes = [float(said == "memory"), float(said == "stop"), value]
        found = self._torch.tensor(votes, dtype=self._torch.float64, device=self._device)
        self._reduce(found)
        memory, stop, total = found.tolist()
        if stop:
            raise Elsewhere(f"another of the {self.count} processes stopped the training; it says why")
        if memory and said == "fine":
            raise MemoryElsewhere("memory was out in another process")
        return float(total)

    def _reduce(self, values: Any, how: Any = None) -> None:
        distributed = self._torch.distributed
        self._send(lambda: distributed.all_reduce(values, distributed.ReduceOp.SUM if how is None else how))

    def _send(self, act: Any) -> None:
        """Exchange something.

        Raises:
            Elsewhere: a process is gone.
        """
        self._sending = True
        try:
            act()
        except RuntimeError as error:
            said = str(error).partition(".cc:")[2].partition("] ")[2].partition(". ")[0] or str(error)
            raise Elsewhere(f"another of the {self.count} processes ended ({said}); it may have said why") from None
        self._sending = False

    def _refuse_another(self) -> None:
        if self._thread not in (None, threading.get_ident()):
            raise InputError(
                f"two trainings at the same time were given to the same {self.count} processes; allowed: one after the "
                "other"
            )
