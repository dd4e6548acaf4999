"""The families of networks: what each member costs, under which license its weights are, what others have measured.

The table is data beside this file, so that it is there without torch; tests count it anew where the extra [deep] is.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need
from sightline.files import read_small, write_whole

TABLE = Path(__file__).with_suffix(".csv")
SOURCES: Mapping[str, str] = {
    "DINOv2": "https://github.com/facebookresearch/dinov2/blob/main/README.md",
    "FastViT": "https://github.com/apple/ml-fastvit/blob/main/README.md",
    "OpenCLIP": "https://github.com/mlfoundations/open_clip/blob/main/docs/openclip_results.csv",
    "SigLIP 2": "https://github.com/google-research/big_vision/blob/main/"
    "big_vision/configs/proj/image_text/README_siglip2.md",
    "TinyViT": "https://github.com/microsoft/Cream/blob/main/TinyViT/README.md",
    "timm": "https://github.com/huggingface/pytorch-image-models/blob/main/results/results-imagenet.csv",
    "timm news": "https://github.com/huggingface/pytorch-image-models/blob/main/README.md",
    "torchvision": "https://docs.pytorch.org/vision/stable/models.html",
}
"""Who measured a top-1 accuracy -> where it stands: a library's own evaluation, or the authors'."""
WARM_UP, LEAST_LOOKS, MOST_S = 3, 10, 2.0
"""Looks before any is timed; looks that are timed at least; and how long, where those take less."""
MAX_BYTES = 1_000_000
MOST_MS = 1e9


@dataclasses.dataclass(frozen=True)
class Member:
    """A network that can be asked for by name.

    Attributes:
        family: what its paper calls the architecture.
        name: the architecture, as timm or `backbones.OWN` names it.
        tag: of its usual weights, as timm names them; "" where there are none by that way.
        px: side of the pictures that those weights were trained with.
        parameters: without the head.
        macs: multiply-accumulates for one picture of that size, of convolutions and products of matrices.
        license: of the usual weights, as who offers them declares it; "" where there are none.
        top1: percent of ImageNet-1k's validation pictures that the usual weights, or a head on them, get right; None
            where no source was found.
        source: who measured that, a key of `SOURCES`, or "".
        how: at which size, or with which head.
    """

    family: str
    name: str
    tag: str
    px: int
    parameters: int
    macs: int
    license: str
    top1: float | None
    source: str
    how: str

    @property
    def weights(self) -> str:
        """What `--backbone` takes: the name with the tag."""
        return f"{self.name}.{self.tag}" if self.tag else self.name

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form, with the address of the source."""
        plain = dataclasses.asdict(self) | {"license": self.license or None, "tag": self.tag or None}
        return plain | {"source": SOURCES.get(self.source), "how": self.how or None, "weights": self.weights}


def members(asked: str = "") -> list[Member]:
    """The members of a name or family; where none is called so as a whole, those that have the text in theirs.

    >>> [one.name for one in members("densenet")]
    ['densenet121', 'densenet201']

    Args:
        asked: whatever its case; "" for all of them.

    Raises:
        InputError: none does.
    """
    text = asked.lower()
    found = [one for one in _table() if text in (one.family.lower(), one.name.lower(), one.weights.lower())]
    found = found or [one for one in _table() if text in one.family.lower() or text in one.weights.lower()]
    if not found:
        families = ", ".join(dict.fromkeys(one.family for one in _table()))
        raise InputError(
            f'no network here is called "{asked[:80]}"; allowed: a part of a name or of a family ({families}); '
            "timm has more, by its own names"
        )
    return found


@functools.cache
def _table() -> tuple[Member, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_member(row) for row in csv.DictReader(file))


def _member(row: Mapping[str, str]) -> Member:
    numbers = {name: int(row[name]) for name in ("px", "parameters", "macs")}
    return Member(**{**row, **numbers, "top1": float(row["top1"]) if row["top1"] else None})  # type: ignore[arg-type]


def counted(recipe: Recipe) -> tuple[int, int]:
    """Parameters without the head, and multiply-accumulates for one picture of the recipe's size; nothing is computed.

    Convolutions and products of matrices are counted, those of attention included.

    Raises:
        InputError: nobody knows the architecture.
        MissingExtraError: the extra [deep] is not installed.
    """
    torch, counters = need("torch"), need("torch.utils.flop_counter")
    from sightline.deep.nets.backbones import drawn

    with torch.device("meta"), counters.FlopCounterMode(display=False) as counter:
        network = drawn(recipe, 0).requires_grad_(False)
        features = network.forward_features(torch.empty(1, 3, recipe.px, recipe.px))
        network.forward_head(features, pre_logits=True)
    return sum(one.numel() for one in network.parameters()), counter.get_total_flops() // 2


def latency_ms(member: Member) -> float:
    """Median time of one look at one picture on one core, as a model would: exported, in onnxruntime.

    The weights are drawn at random: the time does not depend on them.

    Raises:
        InputError: torch cannot export it.
        MissingExtraError: the extra [deep] is not installed.
    """
    need("torch")
    from sightline.deep.export import exported_module
    from sightline.deep.nets.backbones import drawn

    recipe = Recipe(Path(member.name), member.name, px=member.px)
    network = exported_module(drawn(recipe, 0), recipe, member.name)
    picture = np.random.default_rng(0).integers(0, 256, (member.px, member.px, 3), np.uint8)
    for _ in range(WARM_UP):
        network.embed(picture)
    took: list[float] = []
    while len(took) < LEAST_LOOKS or sum(took) < MOST_S:
        started = time.perf_counter()
        network.embed(picture)
        took.append(time.perf_counter() - started)
    return 1000 * float(np.median(took))


def kept_latencies(path: Path, machine: str) -> dict[str, float]:
    """What was measured on a machine before, by the name of the member; of a file that is not there, nothing.

    Raises:
        InputError: it holds something else.
    """
    return dict(_kept(path).get(machine, {}))


def keep_latency(path: Path, machine: str, name: str, ms: float) -> None:
    """Add what was measured; what is known of other members and machines stays. The folder is made if need be.

    Raises:
        InputError: the file holds something else.
        ArtifactError: it cannot be written.
    """
    kept = _kept(path)
    kept.setdefault(machine, {})[name] = round(ms, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(kept, indent=1, sort_keys=True).encode())


def _kept(path: Path) -> dict[str, dict[str, float]]:
    """Machine -> name -> milliseconds."""
    try:
        kept: Any = json.loads(read_small(path, MAX_BYTES))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give another --cache") from None
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict) or not all(_are_times(one) for one in kept.values()):
        raise InputError(f"{path} holds no latencies of networks; give another --cache, or remove it")
    return kept


def _are_times(value: object) -> bool:
    return isinstance(value, dict) and all(type(ms) in (int, float) and 0 < ms < MOST_MS for ms in value.values())
