"""How many pictures a training step may take at once: where memory is out, Linux ends a process without a word."""

from __future__ import annotations

from typing import Any

import numpy as np

from sightline.deep.training.single import with_one_value
from sightline.deep.training.watch import Watch
from sightline.errors import InputError
from sightline.extras import need
from sightline.resources import available_cores, memory_bytes

NO_MEMORY = ("can't allocate memory", "out of memory")
"""What torch says in a plain RuntimeError where the memory of the machine, not of a device, is full."""
SHARE = 4
"""Trainings side by side, one on each core, take a quarter of the machine's memory at most."""


def affordable(network: Any, px: int) -> int:
    """Pictures of px that fit into a step of a network on the CPU, at least 1.

    Args:
        network: (b, px, px, 3) uint8 to anything; all that it would learn from is counted as it would keep it.
        px: side of a picture.
    """
    memory = memory_bytes()
    if memory is None:
        return 1_000_000
    try:
        kept = kept_bytes(network, px)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return 1  # whoever takes that one tells that it does not fit
    return max(1, memory // SHARE // available_cores() // max(1, kept))


def kept_bytes(network: Any, px: int) -> int:
    """Bytes that a network keeps of one picture from looking at it to learning from it."""
    torch: Any = need("torch")
    own = {one.data_ptr() for one in network.parameters()}
    kept: dict[int, int] = {}

    def keep(value: Any) -> Any:
        kept[value.data_ptr()] = value.untyped_storage().nbytes()
        return value

    with (
        with_one_value(network),
        torch.enable_grad(),
        torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value),
    ):
        answer = network(torch.from_numpy(np.zeros((1, px, px, 3), np.uint8)))
    del answer
    return sum(size for place, size in kept.items() if place not in own)


def halved(failed: int, px: int, watch: Watch, count: int = 1) -> int:
    """How many pictures to go on with where memory was out; whoever looks on is told.

    Args:
        failed: pictures that were taken at once, in each process.
        px: side of a picture.
        watch: who is told.
        count: of processes, which all go on with as many.

    Returns:
        Pictures of all processes together.

    Raises:
        InputError: it was out with one picture.
    """
    if failed == 1:
        raise InputError(f"memory is out with one picture of {px} px; give a smaller size or a smaller network")
    size = -(-failed // 2) * count
    watch.said(f"memory was out with batches of {failed * count} pictures; it went on with {size}")
    return size


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory is out, of a device or of the machine."""
    torch: Any = need("torch")
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in NO_MEMORY)
