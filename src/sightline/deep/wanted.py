"""The network that somebody asks for, by file or name: made once, then found beside the runs without torch."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from sightline.deep.weights.kept_exports import Kept, kept_or_made, nowhere, store_of
from sightline.deep.weights.origins import remember_origin
from sightline.deep.weights.recipe import Recipe
from sightline.deep.zeroshot.image_text import image_text
from sightline.deep.zeroshot.repository import is_image_text
from sightline.errors import InputError
from sightline.files import read_small
from sightline.findings import Finding
from sightline.networks.library import remember
from sightline.networks.network import MAX_BYTES, Network
from sightline.parallel import Progress, silent

VARIABLE = "SIGHTLINE_BACKBONE"
"""The environment's word for a network to start from, where no argument says one."""
AS_NOW = "2"
"""Raised when an export of the same weights would be another file."""


def network_of(asked: str, kept: Kept = nowhere, progress: Progress = silent) -> Network:
    """The network that `asked` means, known to this process by its key.

    Args:
        asked: a .onnx file, taken as it is; a .safetensors file whose header says its architecture; or a name of timm,
            whose weights are taken from the hub's cache, or fetched where that is allowed; or what `image_text` takes,
            of whose two towers this is the one of pictures.
        kept: gives where exports outlive the run, once it is known what would be; torch is only asked for what is not
            there.
        progress: told before what takes long.

    Raises:
        InputError: no such file or name, weights that do not fit, a network that gives no embedding.
        ExportError: the export of some weights answers otherwise than they do.
        MissingExtraError: it would have to be exported, and the extra [deep] is not installed.
    """
    if asked.lower().endswith(".onnx"):
        return remember(_of_onnx(Path(asked)))
    if is_image_text(asked):
        return image_text(asked, kept, progress).network
    recipe, name = weights_of(asked)

    def made() -> Network:
        from sightline.deep.export import exported

        return exported(recipe, name)

    network = kept_or_made(store_of(kept), recipe.key(), f"export {AS_NOW}", name, made, progress)
    return remember_origin(remember(network), recipe)


def weights_of(asked: str) -> tuple[Recipe, str]:
    """The weights that `asked` means, a .safetensors file or a name of timm, and what people call them.

    Raises:
        InputError: no such file or name, or one of another kind.
    """
    if asked.lower().endswith(".safetensors"):
        return Recipe.of_file(Path(asked)), Path(asked).stem
    if asked.lower().endswith(".onnx"):
        raise InputError(
            f"{asked} was given where weights are needed, and an ONNX file has no gradients; allowed: a .safetensors "
            "file or a name of timm, the weights that it was exported from"
        )
    if Path(asked).suffix and os.path.isfile(asked):
        raise InputError(
            f"{asked} is no network; allowed: a .safetensors file or a name of timm, and where nothing is learned or "
            "derived a .onnx file"
        )
    from sightline.deep.weights.hub import recipe_of

    return recipe_of(asked), asked


def asked_or_at_hand(
    asked: str | None, kept: Kept = nowhere, progress: Progress = silent, needed: bool = False
) -> tuple[Network | None, list[Finding]]:
    """The network that is asked for, by an argument or by SIGHTLINE_BACKBONE; else one that is at hand anyway, if any.

    One that nobody asked for and that cannot be used is a finding, unless nothing can be done without one (`needed`).

    Raises:
        SightlineError: as `network_of`, of one that was asked for.
        InputError: the one at hand cannot be used and is needed, or "" was asked for.
    """
    if asked is not None and not asked.strip():
        raise InputError(
            f'--backbone "{asked}" was given; allowed: a .onnx or .safetensors file, or a name of timm '
            "(--backbone NAME)"
        )
    if asked := asked or os.environ.get(VARIABLE):
        return network_of(asked, kept, progress), []
    from sightline.deep.weights.hub import at_hand, without_folders

    name = at_hand()
    if name is None:
        return None, []
    try:
        return network_of(name, kept, progress), []
    except Exception as error:  # nobody asked for it: whatever a library says of it must not end a fit
        reason = " ".join(without_folders(str(error), name).split()).removeprefix(f"{name}: ")
        message = f"the network {name} is in the hub's cache and cannot be used: {reason or type(error).__name__}"
        remedy = "repair or remove it, or give --backbone"
        if needed:
            raise InputError(f"{message}; {remedy}") from None
        return None, [Finding("network-unusable", "info", message, remedy)]


def _of_onnx(path: Path) -> Network:
    try:
        onnx = read_small(path, MAX_BYTES)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give a .onnx or .safetensors file") from None
    try:
        return _tried(Network.of(onnx, path.stem))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _tried(network: Network) -> Network:
    """The network, having answered once: what it does not do for a drawn picture it would not do for any."""
    network.feed.check_unit()
    size = (network.feed.height, network.feed.width, 3)
    if not np.isfinite(network.embed(np.random.default_rng(0).integers(0, 256, size, np.uint8))).all():
        raise InputError("the network gives an embedding that is not finite for a drawn picture; export it again")
    return network
