"""Weights by timm's name, where the hub's cache has them or may fetch them; no torch is needed to find out."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sightline.deep.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need

NAME = r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?"
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
ANSWER_S = 2
"""A hub that does not answer within this is none: who has no network is told at once."""
OFF = ("1", "on", "yes", "true")


def recipe_of(name: str) -> Recipe:
    """The weights that timm calls `name` ("mobilenetv3_small_100", "mobilenetv3_small_100.lamb_in1k").

    What lies in the cache is taken as it is and nobody is asked; else the hub is, unless HF_HUB_OFFLINE forbids it.

    Raises:
        InputError: no such name, or weights that are not in the cache and cannot be fetched.
        MissingExtraError: they would have to be fetched, and the extra [deep] is not installed.
    """
    if not re.fullmatch(NAME, name):
        raise InputError(
            f'"{name}" is neither a file nor a name of timm; give a .onnx or .safetensors file, or a name as '
            '"mobilenetv3_small_100"'
        )
    folder = next(_kept(name), None)
    return Recipe.of_folder(_fetched(name) if folder is None else folder)


def at_hand() -> str | None:
    """The name of weights that the cache has, where what exports them is installed too; None where there are none."""
    if importlib.util.find_spec("timm") is None:
        return None
    try:
        found = sorted(path.name for path in cache_folder().glob(f"models--{OWNER}--*"))
    except OSError:
        return None
    names = [name.removeprefix(f"models--{OWNER}--") for name in found]
    liked = [name for kind in PREFERRED for name in names if name.split(".")[0] == kind]
    return next((name for name in liked if next(_kept(name), None) is not None), None)


def cache_folder() -> Path:
    """Where the hub keeps what it fetched."""
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def _kept(name: str) -> Iterator[Path]:
    """Folders in the cache with the weights of that name, the version last fetched first."""
    try:
        # A name without a tag stands for the one tag that is here.
        found = sorted(cache_folder().glob(f"models--{OWNER}--{name}")) or sorted(
            cache_folder().glob(f"models--{OWNER}--{name}.*")
        )
    except OSError:
        return
    for repository in found if len(found) == 1 else ():
        try:
            latest = (repository / "refs" / "main").read_text("ascii").strip()
        except (OSError, ValueError):
            continue
        folder = repository / "snapshots" / latest
        if re.fullmatch(r"[0-9a-f]{6,64}", latest) and all((folder / file).is_file() for file in FILES):
            yield folder


def _fetched(name: str) -> Path:
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in OFF:
        raise InputError(
            f'the weights "{name}" are not in {cache_folder()} and HF_HUB_OFFLINE forbids to fetch them; '
            "give a .safetensors or .onnx file"
        )
    hub: Any = need("huggingface_hub")
    try:
        # The library itself tries again for half a minute; who has no network is told at once.
        client, where = need("huggingface_hub.utils").get_session(), need("huggingface_hub.constants").ENDPOINT
        client.head(where, timeout=ANSWER_S)
        paths = [hub.hf_hub_download(f"{OWNER}/{name}", file, etag_timeout=ANSWER_S) for file in FILES]
    except Exception as error:  # each kind of failure has a class of its own there, by the version of the library
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f'the weights "{name}" are not in {cache_folder()} and could not be fetched ({reason}); give a '
            ".safetensors or .onnx file, or a name of timm with its tag"
        ) from None
    return Path(paths[0]).parent
