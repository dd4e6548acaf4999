"""Weights by timm's name, where the hub's cache has them or may fetch them; no torch is needed to find out."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from sightline.deep.weights.reaching import ANSWER_S, cache_folder, latest, library, place_of, repositories, unfetched
from sightline.deep.weights.recipe import TIMM_NAME, Recipe
from sightline.errors import InputError

FILES = ("config.json", "model.safetensors")
OWNER = "timm"
PREFERRED = (
    "vit_small_patch14_dinov2",
    "convnext_tiny",
    "mobilenetv4_conv_medium",
    "efficientnet_b0",
    "mobilenetv3_large_100",
    "mobilenetv2_100",
    "resnet50",
    "resnet18",
    "mobilenetv3_small_100",
)
"""What is taken where nobody asked for a network and the cache has several: what sees most for two cores."""
NOT_THERE = {
    "alexnet": "torchvision's; the guide on models says how to make a .safetensors file of them",
    "googlenet": "torchvision's; the guide on models says how to make a .safetensors file of them",
    "lenet5": "none at all: it begins from nothing, with --only \"Trained(arch='lenet5', px=32)\"",
    "small": 'none at all: it begins from nothing, with --only "Trained(px=32)"',
}
"""Our own architectures, whose weights no hub has."""
INSTEAD = "a .safetensors or .onnx file, or a name of timm with its tag"


def recipe_of(name: str) -> Recipe:
    """The weights that timm calls `name` ("mobilenetv3_small_100", "mobilenetv3_small_100.lamb_in1k").

    What lies in the cache is taken as it is and nobody is asked; else the hub is, unless HF_HUB_OFFLINE forbids it.

    Raises:
        InputError: no such name, one that several in the cache have, or weights that are not there and cannot be
            fetched.
        MissingExtraError: they would have to be fetched, and the extra [deep] is not installed.
    """
    if not re.fullmatch(TIMM_NAME, name):
        raise InputError(
            f'"{name}" is neither a file nor a name of timm; give a .onnx or .safetensors file, or a name as '
            '"mobilenetv3_small_100"'
        )
    if name in NOT_THERE:
        raise InputError(f'"{name}" was given, whose weights are {NOT_THERE[name]}')
    kept = _kept(name)
    if len(kept) > 1:
        raise InputError(
            f'"{name}" was given, and the hub\'s cache has {", ".join(kept)[:200]}; allowed: one of them; give the '
            "name with its tag"
        )
    return Recipe.of_folder(next(iter(kept.values())) if kept else _fetched(name))


def at_hand() -> str | None:
    """The name of weights that the cache has, where what exports them is installed too; None where there are none."""
    if importlib.util.find_spec("timm") is None:
        return None
    names = _names()
    liked = [name for kind in PREFERRED for name in names if name.split(".")[0] == kind]
    return next((name for name in liked if _kept(name)), None)


def without_folders(text: str, name: str) -> str:
    """What is said of weights in the cache, with their name for the path of their files: reports go to other people."""
    place = re.escape(str(place_of(f"{OWNER}/{name}")))
    return re.sub(rf"{place}[\w./-]*", name, text).replace(str(cache_folder()), "the hub's cache")


def _kept(name: str) -> dict[str, Path]:
    """What is whole in the cache of that name, or of that name and any tag: names with the folders of their files."""
    # A name without a tag stands for the one tag that is here.
    names = [one for one in _names() if one == name] or [one for one in _names() if one.startswith(f"{name}.")]
    folders = {one: latest(place_of(f"{OWNER}/{one}"), _is_whole) for one in names}
    return {one: folder for one, folder in folders.items() if folder is not None}


def _names() -> list[str]:
    """Of timm's weights in the cache, whole or not."""
    return [one.removeprefix(f"{OWNER}/") for one in repositories() if one.startswith(f"{OWNER}/")]


def _is_whole(folder: Path) -> bool:
    return all((folder / file).is_file() for file in FILES)


def _fetched(name: str) -> Path:
    hub = library(name, INSTEAD)
    try:
        paths = [hub.hf_hub_download(f"{OWNER}/{name}", file, etag_timeout=ANSWER_S) for file in FILES]
    except Exception as error:  # each kind of failure has a class of its own there, by the version of the library
        raise unfetched(name, INSTEAD, error) from None
    return Path(paths[0]).parent
