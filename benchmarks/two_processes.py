"""How fast two processes train one network together, against one process on two threads.

Data: drawn pictures, changed anew in every epoch: of 96 px for ResNet-18 in batches of 64, of 32 px in memory for the
small network in batches of 500; and of 32 px for a network without normalization. Both sides learn from the same
pictures in the same order with the same weights to begin with, through `Trainer`: one process on two threads, and two
processes of a thread each that meet on 127.0.0.1. They take turns, each time in new processes; the first epoch, in
which kernels are chosen, is not timed. Losses are compared before speeds: without normalization they are the same but
for rounding, with it each process goes by the pictures of its own.
`python -m benchmarks.two_processes small` measures what is named and leaves the rest on record.
"""
# claim: two processes with a thread each train at 0.85 times the speed of one with two or more, with the same result
# peers: timm

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from sightline.deep.courses.head import drawn_head, headed
from sightline.deep.nets.backbones import drawn, looking
from sightline.deep.training.loop import Trainer
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, Shown, of_classes
from sightline.deep.training.shown.resident import Resident
from sightline.deep.weights.recipe import Recipe
from sightline.transforms.augmentation import Augmentation

NAME = "two_processes"
ROUNDS, EPOCHS, CLASSES = 5, 3, 10
LEAST = 0.85
SIZES = {"resnet18": (96, 64, 6), "small": (32, 500, 6), "plain": (32, 128, 4)}
"""Side of a picture, pictures of a step, steps of an epoch."""
FAR = {"resnet18": 0.1, "small": 0.1, "plain": 1e-4}
"""How far losses may be from each other, as a share."""


class Timed(Trainer):
    """Writes down when each epoch began."""

    def before_epoch(self, number: int) -> None:
        super().before_epoch(number)
        self.began = [*getattr(self, "began", []), time.perf_counter()]


def main() -> None:
    """Measure all networks, or those named."""
    if sys.argv[1:2] == ["learn"]:
        learn(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
        return
    harness.need_two_free_cores()
    for name in sys.argv[1:] or list(SIZES):
        record(name, *measure(name, ROUNDS))
    harness.conclude(NAME)


def measure(name: str, rounds: int) -> tuple[harness.Figure, ...]:
    """Both sides, in turns; first whether they learn the same."""
    forms = {"one process, two threads": (1, 2), "two processes": (2, 1)}
    rates: dict[str, list[float]] = {form: [] for form in forms}
    far = []
    for _ in range(rounds):
        found = {form: started(name, *how) for form, how in forms.items()}
        one, two = (np.array(each["losses"]) for each in found.values())
        far.append(float(np.abs(two / one - 1).max()))
        if not far[-1] <= FAR[name]:
            raise harness.DisagreementError(f"{name}: losses differ by {far[-1]:.1e}; allowed {FAR[name]:g}")
        for form, each in found.items():
            print(f"{name}, {form}: {each['rate']:.1f} a second", flush=True)
            rates[form].append(each["rate"])
    one_rates, two_rates = (np.array(found) for found in rates.values())
    made = [harness.Figure(f"{name}, {form}", "a second", tuple(found), "higher") for form, found in rates.items()]
    ratio = tuple((two_rates / one_rates).tolist())
    made.append(
        harness.Figure(f"{name}, two processes / one", "x", ratio, "higher", LEAST if name != "plain" else None)
    )
    made.append(harness.Figure(f"{name}, losses differ by", "%", tuple(100 * each for each in far), "lower"))
    return tuple(made)


def started(name: str, count: int, threads: int) -> dict[str, Any]:
    """What the first of so many processes says: the losses of its epochs, and pictures a second."""
    with tempfile.TemporaryDirectory() as place:
        there = Path(place) / "found.json"
        command = [sys.executable, "-m", "benchmarks.two_processes", "learn", name, str(threads), str(there)]
        running = [subprocess.Popen(command, cwd=harness.ROOT, env=environment(rank, count)) for rank in ranks(count)]
        if any([process.wait() for process in running]):
            raise RuntimeError(f"{name} in {count} processes: one of them failed")
        found: dict[str, Any] = json.loads(there.read_text("utf-8"))
        return found


def ranks(count: int) -> list[dict[str, str]]:
    """What a launcher says to each process; nothing to one that is alone."""
    if count == 1:
        return [{}]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    same = {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [{**same, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]


def environment(said: dict[str, str], count: int) -> dict[str, str]:
    """This one's, without GPUs."""
    return {**os.environ, **said, "CUDA_VISIBLE_DEVICES": ""}


def learn(name: str, threads: int, there: Path) -> None:
    """Train, as one process of however many there are."""
    px, batch, _ = SIZES[name]
    network, groups = network_of(name, px)
    regime = Regime(epochs=EPOCHS, batch=batch, rate=0.01, optimizer="sgd", warm_up=0.0)
    trainer = Timed(network, shown(name, threads), regime, groups)
    trainer.threads = threads
    trainer.run()
    took = time.perf_counter() - trainer.began[1]
    if trainer.ranks.rank == 0:
        seen = (EPOCHS - 1) * len(trainer.batches)
        there.write_text(json.dumps({"losses": trainer.losses, "rate": seen / took}), "utf-8")


def network_of(name: str, px: int) -> tuple[Any, list[dict[str, Any]]]:
    """A drawn network that answers, and its parameters."""
    import torch

    torch.manual_seed(harness.SEED)
    if name == "plain":
        network = plain()
    else:
        recipe = Recipe(Path(name), name, px=px)
        body = looking(drawn(recipe, harness.SEED), recipe)
        network = headed(body, drawn_head(body, px, CLASSES, harness.SEED))
    network = network.to(memory_format=torch.channels_last)
    return network, [{"params": [one for one in network.parameters() if one.requires_grad], **PLAIN_GROUP}]


PLAIN_GROUP = {"share": 1.0, "weight_decay": 5e-4}


def plain() -> Any:
    """Four convolutions without normalization."""
    import torch

    nn = torch.nn

    class Plain(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            widths = [(3, 32), (32, 64), (64, 128), (128, 128)]
            layers = [nn.Sequential(nn.Conv2d(*width, 3, 2, 1), nn.ReLU()) for width in widths]
            self.layers, self.head = nn.Sequential(*layers), nn.Linear(128, CLASSES)

        def forward(self, pictures: Any) -> Any:
            return self.head(self.layers(pictures.permute(0, 3, 1, 2).float() / 128 - 1).mean((2, 3)))

    return Plain()


def shown(name: str, workers: int) -> Shown:
    """Pictures of ten classes, each of a color of its own behind noise."""
    px, batch, steps = SIZES[name]
    random = np.random.default_rng(harness.SEED)
    y = np.arange(batch * steps) % CLASSES
    colors = random.integers(0, 100, (CLASSES, 1, 1, 3), np.uint8)
    pictures = colors[y] + random.integers(0, 156, (len(y), px, px, 3), np.uint8)
    if name == "small":
        return Resident(pictures, y, seed=harness.SEED)
    return Batches(list(pictures), of_classes(y), px, Augmentation(), harness.SEED, workers)


def record(name: str, *figures: harness.Figure) -> None:
    """Put figures on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="How fast do two processes train one network together, against one process on two threads?",
            data="drawn pictures of 96 px (ResNet-18, batches of 64) and of 32 px (the small network, batches of 500)",
            figures=figures,
            agreement="losses of each epoch compared in each round; the figures say how far they were apart",
            threads="two in each of both sides",
        )
    )


if __name__ == "__main__":
    main()
