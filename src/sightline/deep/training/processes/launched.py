"""The processes that somebody has started for one training: with torchrun, or with accelerate's launcher."""

from __future__ import annotations

import functools
import os
import warnings
from pathlib import Path
from typing import Any

from sightline.deep.training.processes.ranks import Ranks
from sightline.deep.training.processes.several import Several
from sightline.errors import InputError
from sightline.extras import need

SAID = ("RANK", "MASTER_ADDR", "MASTER_PORT")
"""What a launcher says in the environment beside WORLD_SIZE."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HOW = "start them with: torchrun --standalone --nproc_per_node 2 SCRIPT"


def joined() -> Ranks:
    """The processes that this one was started with, once it has met them; else itself alone.

    Whether there are any is what a launcher says in the environment: WORLD_SIZE, RANK, MASTER_ADDR and MASTER_PORT.
    Without these no socket is opened, and accelerate is not imported.

    Raises:
        InputError: the environment says a part of that, or there are fewer GPUs than processes.
        MissingExtraError: the extra [deep] is not installed.
    """
    return _met() if _count() > 1 else Ranks()


def device() -> str:
    """Where this process trains: "cuda", which is a GPU of its own beside others, or "cpu"."""
    joined()
    torch: Any = need("torch")
    return "cuda" if torch.cuda.is_available() else "cpu"


def _count() -> int:
    said = os.environ.get("WORLD_SIZE", "")
    return int(said) if said.isdigit() else 1


@functools.cache
def _met() -> Several:
    """The others, met once in a process."""
    if missing := [name for name in SAID if not os.environ.get(name)]:
        raise InputError(
            f"WORLD_SIZE={_count()} is in the environment, so this is one of several processes, and {missing[0]} is "
            f"not; {HOW}, or remove WORLD_SIZE"
        )
    torch: Any = need("torch")
    accelerate: Any = need("accelerate")
    on_gpus = torch.cuda.is_available()
    if on_gpus and (here := int(os.environ.get("LOCAL_WORLD_SIZE", "1"))) > torch.cuda.device_count():
        raise InputError(
            f"{here} processes were started and {torch.cuda.device_count()} GPUs are there; start one for each, or "
            "hide the GPUs: CUDA_VISIBLE_DEVICES="
        )
    if os.environ["MASTER_ADDR"] in LOOPBACK and Path("/sys/class/net/lo").exists():
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # one machine: nothing of it is heard outside
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it chose a number of threads; a training says how many it wants
        state = accelerate.PartialState(cpu=not on_gpus)
    return Several(state.process_index, state.num_processes, state.device)
