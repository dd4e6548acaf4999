"""How fast networks are trained from files, against a bare loop of torch over tensors in memory.

Data: drawn JPEG files of 256x192 and 1024x768, and drawn pictures of 32 px. Networks: ResNet-18 at 224 px in batches of
32, and the ResNet-20 of 3x3 convolutions for 32 px (K. He et al., CVPR 2016) in batches of 128; bf16, SGD, channels
last, both cores. The peer has its batches ready and does nothing but forward, loss, backward and step. Ours reads each
file in every epoch, or finds it prepared, changes it, and learns from it through `Trainer`, with all that it watches
for. Both sides are measured in turns.
`python -m benchmarks.training_speed resnet20` measures what is named and leaves the rest on record.
"""
# claim: 0.95 of a bare loop's pictures a second from small files and from memory, 0.9 from large ones
# peers: timm

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from sightline.data.pictures import Pictures
from sightline.data.store import PixelStore, content_digest
from sightline.deep.courses.head import headed
from sightline.deep.nets.backbones import drawn, looking
from sightline.deep.training.loop import Trainer
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, Shown, of_classes
from sightline.deep.training.shown.resident import Resident
from sightline.deep.weights.recipe import Recipe
from sightline.evaluation.drawn import drawn_jpegs
from sightline.preparation.preparation import Preparation
from sightline.resources import available_cores
from sightline.transforms.augmentation import Augmentation

NAME = "training_speed"
ROUNDS, CLASSES, RATE = 5, 10, 0.05
LARGE_BATCH, LARGE_STEPS, SMALL_BATCH, SMALL_STEPS = 32, 20, 128, 40
LEAST = {
    "256 px files": 0.95,
    "1024 px files": 0.9,
    "1024 px files, reduced": 0.9,
    "prepared before": 0.95,
    "in memory": 0.95,
}


def main() -> None:
    """Measure both networks, or those named."""
    import torch

    torch.set_num_threads(available_cores())
    for name in sys.argv[1:] or ["resnet18", "resnet20"]:
        with tempfile.TemporaryDirectory() as place:
            sources = large(Path(place)) if name == "resnet18" else small()
            record(name, *measure(name, sources))
    harness.conclude(NAME)


def measure(name: str, sources: dict[str, Shown]) -> tuple[harness.Figure, ...]:
    """Both sides, in turns."""
    px, batch, steps = (224, LARGE_BATCH, LARGE_STEPS) if name == "resnet18" else (32, SMALL_BATCH, SMALL_STEPS)
    forms: dict[str, Callable[[], float]] = {"bare loop": bare(network_of(name), px, batch, steps)}
    for source, shown in sources.items():
        forms[source] = ours(network_of(name), shown, batch)
    rates: dict[str, list[float]] = {form: [] for form in forms}
    for number in range(ROUNDS + 1):  # the first also chooses kernels
        for form, run in forms.items():
            rate = run()
            print(f"{name}, {form}: {rate:.1f} a second", flush=True)
            if number:
                rates[form].append(rate)
    made = [harness.Figure(f"{name}, {form}", "a second", tuple(found), "higher") for form, found in rates.items()]
    for form in sources:
        ratios = tuple((np.array(rates[form]) / rates["bare loop"]).tolist())
        made.append(harness.Figure(f"{name}, {form} / bare loop", "x", ratios, "higher", LEAST[form]))
    return tuple(made)


def bare(network: Any, px: int, batch: int, steps: int) -> Callable[[], float]:
    """Pictures a second of a loop that has everything ready."""
    import torch

    random = torch.Generator().manual_seed(harness.SEED)
    pictures = torch.randint(0, 256, (batch, px, px, 3), generator=random, dtype=torch.uint8)
    targets = torch.randint(0, CLASSES, (batch,), generator=random)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def run() -> float:
        network.train()
        started = time.perf_counter()
        for _ in range(steps):
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(pictures)
            loss = torch.nn.functional.cross_entropy(logits.float(), targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        return batch * steps / (time.perf_counter() - started)

    return run


def ours(network: Any, shown: Shown, batch: int) -> Callable[[], float]:
    """Pictures a second of one epoch through `Trainer`."""
    groups = [{"params": list(network.parameters()), "share": 1.0, "weight_decay": 5e-4}]
    regime = Regime(epochs=1, batch=batch, rate=RATE, optimizer="sgd", precision="bf16")

    def run() -> float:
        trainer = Trainer(network, shown, regime, groups)
        trainer.threads = available_cores()
        started = time.perf_counter()
        trainer.run()
        return len(shown) / (time.perf_counter() - started)

    return run


def network_of(name: str) -> Any:
    """A network with a head, drawn, channels last."""
    import torch

    torch.manual_seed(harness.SEED)
    if name == "resnet18":
        recipe = Recipe(Path(name), name)
        body = looking(drawn(recipe, harness.SEED), recipe)
        return headed(body, torch.nn.Linear(512, CLASSES)).to(memory_format=torch.channels_last)
    return resnet20().to(memory_format=torch.channels_last)


def resnet20() -> Any:
    """Three stages of three blocks of two 3x3 convolutions, 16 to 64 wide; shortcuts by padding."""
    import torch

    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, inside: int, outside: int) -> None:
            super().__init__()
            self.step = outside // inside
            convolutions = nn.Conv2d(inside, outside, 3, self.step, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
            self.body = nn.Sequential(
                *convolutions, nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside)
            )
            self.missing = outside - inside

        def forward(self, maps: Any) -> Any:
            short = maps[:, :, :: self.step, :: self.step] if self.step > 1 else maps
            if self.missing:
                short = nn.functional.pad(short, (0, 0, 0, 0, 0, self.missing))
            return torch.relu(self.body(maps) + short)

    class ResNet20(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
            blocks = [Block(inside, outside) for inside, outside in itertools.pairwise(widths)]
            self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
            self.blocks, self.head = nn.Sequential(*blocks), nn.Linear(64, CLASSES)

        def forward(self, pictures: Any) -> Any:
            maps = self.blocks(self.stem(pictures.permute(0, 3, 1, 2).float() / 128 - 1))
            return self.head(maps.mean((2, 3)))

    return ResNet20()


def large(folder: Path) -> dict[str, Shown]:
    """Files of two sizes, and the larger ones prepared before."""
    files = {size: written(folder / size, size, LARGE_BATCH * LARGE_STEPS) for size in ("256x192", "1024x768")}
    kept = prepared(files["1024x768"], folder / "kept")
    return {
        "256 px files": shown(Pictures(files["256x192"], Preparation())),
        "1024 px files": shown(Pictures(files["1024x768"], Preparation())),
        "1024 px files, reduced": shown(Pictures(files["1024x768"], Preparation(decode=2))),
        "prepared before": shown(kept),
    }


def written(folder: Path, size: str, count: int) -> list[Path]:
    """Drawn photographs as files."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number:03}.jpg" for number in range(count)]
    for path, data in zip(paths, drawn_jpegs(size, count), strict=True):
        path.write_bytes(data)
    return paths


def prepared(paths: Sequence[Path], folder: Path) -> Pictures:
    """The pictures with a store that has them."""
    preparation = Preparation()
    store = PixelStore(folder, preparation.key())
    kept = Pictures(paths, preparation, store, [content_digest(path.read_bytes()) for path in paths])
    for number in range(len(paths)):
        kept[number]
    return kept


def shown(pictures: Pictures) -> Batches:
    """As a training sees them."""
    return Batches(pictures, of_classes(np.arange(len(pictures)) % CLASSES), 224, Augmentation(), ahead=False)


def small() -> dict[str, Shown]:
    """Pictures of 32 px in memory."""
    random = np.random.default_rng(harness.SEED)
    count = SMALL_BATCH * SMALL_STEPS
    pictures = random.integers(0, 256, (count, 32, 32, 3), np.uint8)
    return {"in memory": Resident(pictures, np.arange(count) % CLASSES)}


def record(name: str, *figures: harness.Figure) -> None:
    """Put figures on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="How fast are networks trained from files, against a bare loop over tensors in memory?",
            data="drawn JPEG files of 256x192 and 1024x768, drawn pictures of 32 px",
            figures=figures,
            agreement="the same network, loss, optimizer and precision; losses of a first step are not compared",
            threads=f"{available_cores()} cores for each side",
        )
    )


if __name__ == "__main__":
    main()
