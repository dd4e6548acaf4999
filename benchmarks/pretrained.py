"""From a folder of photographs to predictions with a trained network: ours in every form it ships, and a loop of timm.

Data: 600 drawn JPEG files of 1024x768 in two classes, and drawn weights: only speed is asked for, and that both sides
see the same numbers. The peer does what its documentation shows: timm's own transform on Pillow pictures, batches of
32, torch on as many threads as there are cores; the better of reading in the loop and of a DataLoader with two workers.
Ours is `Model.predict` on the paths, in the form that `fit` ships and in the form that `sightline export` chooses on
this machine, each with full and with reduced decoding.
All are measured in turns. `python -m benchmarks.pretrained resnet18` measures what is named and leaves the rest.
"""
# claim: 3.5 times as many pictures a second as a loop of timm, 5 times with [fast]
# peers: timm

from __future__ import annotations

import dataclasses
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import sightline as sl
from benchmarks import harness
from sightline.deep.wanted import network_of
from sightline.evaluation.drawn import drawn_jpegs
from sightline.exporting.export import export
from sightline.inputs.raster import decode
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation

NAME = "pretrained"
PICTURES, CLASSES, ROUNDS, BATCH = 600, ("dark", "light"), 5, 32
REDUCED = 2
PEERS = {"mobilenetv3_small_100": (3.5, 5.0), "resnet18": (None, 6.0)}
"""timm's name -> the ratios to reach, as shipped and as exported."""
LEAST_PER_S = {"mobilenetv3_small_100": 450.0}
OVERHEAD_MS = 1.5


def main() -> None:
    """Measure all, or those named."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        catalog = photographs(folder / "data")
        for name in sys.argv[1:] or list(PEERS):
            record(*measure(name, catalog, folder))
    harness.conclude(NAME)


def measure(name: str, catalog: sl.Catalog, folder: Path) -> tuple[harness.Figure, ...]:
    """All forms of one network in turns."""
    network = weights(name, folder)
    paths = [str(item) for item in catalog.items]
    loops = peers(name, folder, paths)
    agree(network, loops)
    shipped = model(network, catalog, Preparation())
    fast = export(shipped, catalog, "auto")
    print(f"{name}: exported as {fast.chosen.way}", flush=True)
    forms: dict[str, Callable[[], object]] = {
        "timm, in the loop": loops.plain,
        "timm, DataLoader": loops.loaded,
        "as shipped": lambda: shipped.predict(paths),
        "as shipped, reduced decoding": lambda: reduced(shipped).predict(paths),
        f"exported ({fast.chosen.way})": lambda: fast.model.predict(paths),
        "exported, reduced decoding": lambda: reduced(fast.model).predict(paths),
    }
    rates = {form: [] for form in forms}  # type: dict[str, list[float]]
    for _ in range(ROUNDS):
        for form, run in forms.items():
            began = time.perf_counter()
            run()
            rates[form].append(PICTURES / (time.perf_counter() - began))
            print(f"{name}, {form}: {rates[form][-1]:.0f} a second", flush=True)
    return (*figures(name, rates), overhead(name, shipped, network))


def figures(name: str, rates: dict[str, list[float]]) -> list[harness.Figure]:
    """Rates of each form, and ours over the better peer of the same round."""
    best = np.maximum(rates["timm, in the loop"], rates["timm, DataLoader"])
    made = [harness.Figure(f"{name}, {form}", "a second", tuple(values), "higher") for form, values in rates.items()]
    shipped, fast = PEERS[name]
    for form, values in list(rates.items())[2:]:
        least = fast if form.startswith("exported") else shipped
        ratios = tuple(float(one) for one in np.array(values) / best)
        made.append(harness.Figure(f"{name}, {form} / timm", "x", ratios, "higher", least))
    return made


def overhead(name: str, shipped: sl.Model, network: Network) -> harness.Figure:
    """One array through the model less the network alone, one after the other."""
    picture = np.random.default_rng(0).integers(0, 256, (network.feed.height, network.feed.width, 3), np.uint8)
    took = []
    for _ in range(200):
        began = time.perf_counter()
        shipped.predict([picture], workers=1)
        middle = time.perf_counter()
        network.embed(picture)
        took.append(1e3 * (2 * middle - began - time.perf_counter()))
    return harness.Figure(
        f"{name}, one array, over the network alone", "ms", (float(np.median(took)),), "lower", OVERHEAD_MS
    )


def photographs(root: Path) -> sl.Catalog:
    """Drawn photographs in two classes, as files."""
    for number, data in enumerate(drawn_jpegs("1024x768", PICTURES)):
        path = root / CLASSES[number % 2] / f"{number:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if number % 2 else darker(data))
    return sl.read(root)


def darker(data: bytes) -> bytes:
    """The same file with half the light."""
    half = np.ascontiguousarray(decode(data) // 2)
    return cv2.imencode(".jpg", half, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def weights(name: str, folder: Path) -> Network:
    """A network of timm with drawn weights, by way of a file as a user has it."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(harness.SEED)
    path = folder / f"{name}.safetensors"
    save_file(timm.create_model(name).state_dict(), path, {"arch": name})
    return network_of(str(path))


def model(network: Network, catalog: sl.Catalog, preparation: Preparation) -> sl.Model:
    """Logistic regression on the embedding, fitted on all pictures."""
    node = parse(f"Embedding(network='{network.key}') > PowerNormalization() > LogisticRegression(standardize=False)")
    pictures = [preparation.apply(item) for item in catalog.items]
    tree.fit(node, pictures, catalog.labels)
    return sl.Model(sl.Task().with_classes(catalog.classes), preparation, node)


def reduced(shipped: sl.Model) -> sl.Model:
    """The same with pictures decoded at half size."""
    return dataclasses.replace(shipped, preparation=dataclasses.replace(shipped.preparation, decode=REDUCED))


@dataclasses.dataclass(frozen=True)
class Loops:
    """The peer: two loops over the same files, and its network."""

    plain: Callable[[], object]
    loaded: Callable[[], object]
    network: Any


def peers(name: str, folder: Path, paths: list[str]) -> Loops:
    """timm with the same weights."""
    import timm
    import torch
    from PIL import Image
    from safetensors.torch import load_file

    torch.set_num_threads(2)
    network = timm.create_model(name)
    network.load_state_dict(load_file(folder / f"{name}.safetensors"))
    network.eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(network), is_training=False)

    class Files(torch.utils.data.Dataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(paths)

        def __getitem__(self, row: int) -> Any:
            return transform(Image.open(paths[row]).convert("RGB"))

    files = Files()

    def plain() -> object:
        with torch.inference_mode():
            return [
                network(torch.stack([files[row] for row in range(start, min(start + BATCH, len(paths)))])).argmax(1)
                for start in range(0, len(paths), BATCH)
            ]

    def loaded() -> object:
        loader = torch.utils.data.DataLoader(files, batch_size=BATCH, num_workers=2)
        with torch.inference_mode():
            return [network(batch).argmax(1) for batch in loader]

    return Loops(plain, loaded, network)


def agree(network: Network, loops: Loops) -> None:
    """Raise unless both networks give the same embedding for the same pixels."""
    import torch

    feed = network.feed
    picture = np.random.default_rng(1).integers(0, 256, (feed.height, feed.width, 3), np.uint8)
    mean, std = (torch.tensor(loops.network.default_cfg[what]).view(1, 3, 1, 1) for what in ("mean", "std"))
    scaled = (torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255 - mean) / std
    with torch.inference_mode():
        theirs = loops.network.forward_head(loops.network.forward_features(scaled), pre_logits=True).flatten().numpy()
    off = float(np.abs(network.embed(picture) - theirs).max() / np.abs(theirs).max())
    if not off < 1e-3:
        raise harness.DisagreementError(f"the embeddings differ by {off:.1e} of the largest value")


def record(*figures: harness.Figure) -> None:
    """Put figures on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="How many photographs a second go from a folder to predictions with a trained network?",
            data="600 drawn JPEG files of 1024x768, drawn weights",
            figures=figures,
            agreement="embeddings of the same pixels within 1e-3 of the largest value; exports passed the gate",
            threads="two cores for each side, as each uses them by default",
        )
    )


if __name__ == "__main__":
    main()
