"""From a network in torch to an ONNX file that gives the same numbers, and has been seen to."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.deep.backbones import module_of
from sightline.deep.recipe import Recipe
from sightline.errors import ExportError, InputError
from sightline.extras import need
from sightline.networks.network import EMBEDDING, FEATURES, NAME, POOLED, PREFIX, Network
from sightline.runtime.onnx_file import with_metadata

OPSET = 18
CHECKED = 4
"""Drawn pictures that the network and its export must agree on."""
ALLOWED = 1e-3
"""Largest difference, as a share of the largest value: float32 in another order of summing stays below 1e-4."""


def exported(recipe: Recipe, name: str) -> Network:
    """The backbone of a recipe as an ONNX network that takes (n, h, w, 3) uint8, with normalization inside.

    Its outputs are the embedding, (n, d), and the last features: a map (n, c, h, w) or tokens (n, t, c).

    Raises:
        InputError: the weights do not fit, or torch cannot export the network.
        ExportError: the export answers otherwise than the network.
        MissingExtraError: the extra [deep] is not installed.
    """
    torch: Any = need("torch")
    network = module_of(recipe)
    wrapped = _wrapped(torch, network, recipe)
    drawn = np.random.default_rng(0).integers(0, 256, (CHECKED, recipe.px, recipe.px, 3), np.uint8)
    with torch.no_grad():
        embedding, features = (one.numpy() for one in wrapped(torch.from_numpy(drawn)))
    texts = {
        NAME: name,
        PREFIX: str(getattr(network, "num_prefix_tokens", 0) if features.ndim == 3 else 0),
        POOLED: "mean" if _is_mean(embedding, features) else "other",
        "sightline.recipe": json.dumps({"arch": recipe.arch, "mean": recipe.mean, "std": recipe.std, "px": recipe.px}),
    }
    found = Network.of(with_metadata(_onnx(torch, wrapped, drawn[:2], recipe), texts), name)
    _check(found, drawn, embedding)
    return found


def _wrapped(torch: Any, network: Any, recipe: Recipe) -> Any:
    """The network with normalization before it, and both outputs behind it."""

    class Backbone(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            scale, shift = (torch.tensor(one).view(1, 3, 1, 1) * 255 for one in (recipe.std, recipe.mean))
            self.register_buffer("scale", scale)
            self.register_buffer("shift", shift)

        def forward(self, pictures: Any) -> Any:
            scaled = (pictures.permute(0, 3, 1, 2).float() - self.shift) / self.scale
            features = self.network.forward_features(scaled)
            embedding = self.network.forward_head(features, pre_logits=True)
            if getattr(self.network, "output_fmt", "NCHW") == "NHWC":
                features = features.permute(0, 3, 1, 2)
            return embedding.flatten(1), features

    return Backbone().eval()


def _onnx(torch: Any, wrapped: Any, drawn: Array, recipe: Recipe) -> bytes:
    quiet = io.StringIO()  # the exporter reports each of its steps to whoever watches
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                wrapped, (torch.from_numpy(drawn),), input_names=["pictures"], output_names=[EMBEDDING, FEATURES],
                opset_version=OPSET, dynamo=True, dynamic_shapes=({0: torch.export.Dim("n")},), external_data=False,
                verbose=False,
            )  # fmt: skip
        onnx: bytes = program.model_proto.SerializeToString()
    except Exception as error:  # from anywhere in the exporter
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"torch {torch.__version__} cannot export {recipe.arch} ({reason})") from None
    return onnx


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
