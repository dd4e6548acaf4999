"""From a network in torch to an ONNX file that gives the same numbers, and has been seen to."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.deep.nets.backbones import looking, module_of, sized
from sightline.deep.turns import exporting, learning
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ExportError, InputError
from sightline.extras import need
from sightline.networks.feed import PX
from sightline.networks.network import EMBEDDING, FEATURES, NAME, POOLED, PREFIX, Network
from sightline.runtime.notes import drop_notes
from sightline.runtime.onnx_file import with_metadata

OPSET = 18
MULTIPLE, OTHER_PX = 32, 64
"""Sizes that an export is tried at beside its own."""
CHECKED = 4
"""Drawn pictures that the network and its export must agree on."""
ALLOWED = 1e-3
"""Largest difference, as a share of the largest value: float32 in another order of summing stays below 1e-4."""


def exported(recipe: Recipe, name: str) -> Network:
    """The backbone of a recipe as an ONNX network that takes (1, h, w, 3) uint8, with normalization inside.

    Its outputs are the embedding, (1, d), and the last features: a map (1, c, h, w) or tokens (1, t, c).

    Raises:
        InputError: the weights do not fit or are no numbers, or torch cannot export the network.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    network = module_of(recipe)
    return exported_module(network, sized(network, recipe), name)


def exported_module(network: Any, recipe: Recipe, name: str) -> Network:
    """A timm network without its head, as it is in memory, as `exported` gives it.

    Args:
        network: in evaluation mode, on the CPU.
        recipe: what it is and what it is fed; the file of its weights is not looked at.
        name: what to call it.

    Raises:
        InputError: it takes no pictures of that size, what it gives is not finite, or torch cannot export it.
        ExportError: the export answers otherwise than the network.
    """
    torch: Any = need("torch")
    wrapped = looking(network, recipe)
    drawn = np.random.default_rng(0).integers(0, 256, (CHECKED, recipe.px, recipe.px, 3), np.uint8)
    embedding, features = _seen(torch, wrapped, drawn, recipe)
    texts = {
        NAME: name,
        PX: str(recipe.px),
        PREFIX: str(getattr(network, "num_prefix_tokens", 0) if features.ndim == 3 else 0),
        POOLED: "mean" if _is_mean(embedding, features) else "other",
        "sightline.recipe": json.dumps({"arch": recipe.arch, "mean": recipe.mean, "std": recipe.std, "px": recipe.px}),
    }
    with exporting():
        onnx, freed = (with_metadata(one, texts) for one in _onnx(torch, wrapped, drawn[:1], recipe))
    found = Network.of(onnx, name)
    _check(found, drawn, embedding)
    return _freed(torch, wrapped, freed, found)


def _seen(torch: Any, wrapped: Any, drawn: Array, recipe: Recipe) -> tuple[Array, Array]:
    """What the network itself gives for drawn pictures: the embedding, finite, and the last features."""
    try:
        with learning(), torch.no_grad():
            embedding, features = (one.numpy() for one in wrapped(torch.from_numpy(drawn)))
    except Exception as error:  # whatever a layer says of a size that it does not take
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{recipe.weights}: {recipe.arch} gives no embedding of a picture of {recipe.px} x {recipe.px} px "
            f"({reason}); give the size and kwargs that it was trained with, in the header of a .safetensors file"
        ) from None
    if not np.isfinite(embedding).all():
        raise InputError(
            f"{recipe.weights}: {recipe.arch} with these weights gives an embedding that is not finite; allowed: "
            "finite weights, with mean and std in the header as they were in training"
        )
    return embedding, features


def _freed(torch: Any, wrapped: Any, freed: bytes, fixed: Network) -> Network:
    """The export that takes any size, where it gives the network's numbers at others too; else the fixed one.

    What torch exports at one size holds at others if no operator has that size in it: true of most convolutional
    networks, whose padding is the same for all multiples of 32, and of none with a table of positions. Asked for free
    sizes itself, torch takes twice as long, and with such padding a hundred times.
    """
    try:
        found = Network.of(freed, fixed.name)
        for px in (fixed.feed.height + OTHER_PX, max(MULTIPLE, fixed.feed.height - OTHER_PX)):
            px -= px % MULTIPLE
            drawn = np.random.default_rng(px).integers(0, 256, (2, px, px, 3), np.uint8)
            with learning(), torch.no_grad():
                embedding = wrapped(torch.from_numpy(drawn))[0].numpy()
            _check(found.at(px), drawn, embedding)
    except Exception:  # whatever either side says of a size that it does not take
        return fixed
    return found


def _onnx(torch: Any, wrapped: Any, drawn: Array, recipe: Recipe) -> tuple[bytes, bytes]:
    """The export, and the same with height and width free."""
    quiet = io.StringIO()  # the exporter reports each of its steps to whoever watches
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                wrapped, (torch.from_numpy(drawn),), input_names=["pictures"], output_names=[EMBEDDING, FEATURES],
                opset_version=OPSET, dynamo=True, external_data=False, verbose=False,
            )  # fmt: skip
        model = program.model_proto
        drop_notes(model)
        onnx: bytes = model.SerializeToString()
        _free(model)
    except Exception as error:  # from anywhere in the exporter
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"torch {torch.__version__} cannot export {recipe.arch} ({reason})") from None
    return onnx, model.SerializeToString()


def _free(model: Any) -> None:
    """Let height and width be any; what the exporter noted of shapes in between goes."""
    features = model.graph.output[1]
    places = (2, 3) if len(features.type.tensor_type.shape.dim) == 4 else (1,)
    for port, sides in ((model.graph.input[0], (1, 2)), (features, places)):
        for side in sides:
            size = port.type.tensor_type.shape.dim[side]
            size.ClearField("dim_value")
            size.dim_param = f"{port.name}_{side}"
    del model.graph.value_info[:]


def _is_mean(embedding: Array, features: Array) -> bool:
    """Whether the embedding is the mean of the features over places."""
    if features.ndim != 4 or features.shape[1] != embedding.shape[1]:
        return False
    return bool(np.allclose(features.mean((2, 3)), embedding, atol=ALLOWED * float(np.abs(embedding).max() + 1e-12)))


def _check(network: Network, drawn: Array, embedding: Array) -> None:
    made = np.stack([network.embed(picture) for picture in drawn])
    off = float(np.abs(made - embedding).max() / (np.abs(embedding).max() + 1e-12))
    if not off <= ALLOWED:
        raise ExportError(
            f"the export of {network.name} differs from the network by {off:.1e} of its largest value; allowed: "
            f"{ALLOWED:g}; export it with another version of torch"
        )
