"""Where in a network gradients of an answer run: Grad-CAM of convolutions, rollout of attention. Needs the weights."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.deep.backbones import module_of
from sightline.deep.recipe import Recipe
from sightline.deep.wanted import weights_of
from sightline.errors import InputError
from sightline.extras import need

Map = npt.NDArray[np.float32]
"""(rows, columns) float32, positive where a place speaks for what is asked."""
FINEST = 16
"""Pixels to a place of the layer that Grad-CAM looks at: twice as fine as the last one, and late enough."""


@dataclasses.dataclass(frozen=True, eq=False)
class Gradients:
    """A network with its weights, ready to be asked where it looks, by several threads as well.

    Attributes:
        recipe: what it was made by.
        network: timm's module, in evaluation mode.
    """

    recipe: Recipe
    network: Any
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, recipe: Recipe) -> Gradients:
        """The network of a recipe.

        Raises:
            InputError: the weights do not fit.
            MissingExtraError: the extra [deep] is not installed.
        """
        network = module_of(recipe)
        for layer in network.modules():
            if hasattr(layer, "fused_attn"):  # a fused one does not give what it attended to
                layer.fused_attn = False
        return cls(recipe, network)

    @classmethod
    def of_weights(cls, asked: str | os.PathLike[str]) -> Gradients:
        """The network of a .safetensors file, or of a name of timm; the last one is kept, and given again.

        Raises:
            InputError: no such file or name, one without gradients, or weights that do not fit.
            MissingExtraError: the extra [deep] is not installed.
        """
        if not isinstance(asked, (str, os.PathLike)):
            given = type(asked).__name__
            raise InputError(f"weights of type {given} were given; allowed: a .safetensors file, or a name of timm")
        name = os.fspath(asked)
        if name.lower().endswith(".onnx"):
            raise InputError(f"{name} has no gradients, as no .onnx file has; give the .safetensors file behind it")
        recipe = weights_of(name)[0]
        state = recipe.weights.stat()
        return _kept(name, state.st_mtime_ns, state.st_size)

    def embed(self, picture: Picture) -> Vector:
        """(h, w, 3) uint8, at the network's size, to its embedding (d,) float32."""
        torch: Any = need("torch")
        with self._lock, torch.no_grad():  # another thread's hooks may be on the layers, and want gradients
            vector: Vector = self._embedding(picture)[0].numpy()
        return vector

    def look(self, picture: Picture, direction: Vector) -> Map:
        """Where a picture moves its embedding in a direction.

        Grad-CAM where the network is one of convolutions, of its last layer with places of 16 pixels; the rollout of
        attention, weighted by its gradients, where it is a transformer.

        R. R. Selvaraju et al.: Grad-CAM: visual explanations from deep networks via gradient-based localization.
        ICCV 2017.
        H. Chefer, S. Gur, L. Wolf: Generic attention-model explainability for interpreting bi-modal and encoder-decoder
        transformers. ICCV 2021.

        Args:
            picture: (h, w, 3) uint8 at the network's size.
            direction: (d,) in the space of its embeddings, as the gradient of an answer is.

        Raises:
            InputError: a network of which neither can be asked.
        """
        blocks = list(getattr(self.network, "blocks", ()))
        with self._lock:  # what the layers give is kept in the network itself
            if blocks and all(hasattr(getattr(block, "attn", None), "attn_drop") for block in blocks):
                return self._rollout(picture, direction, blocks)
            return self._grad_cam(picture, direction)

    def _embedding(self, picture: Picture) -> Any:
        torch: Any = need("torch")
        scale, shift = (torch.tensor(one).view(1, 3, 1, 1) * 255 for one in (self.recipe.std, self.recipe.mean))
        fed = (torch.from_numpy(np.ascontiguousarray(picture)[None]).permute(0, 3, 1, 2).float() - shift) / scale
        return self.network.forward_head(self.network.forward_features(fed), pre_logits=True).flatten(1)

    def _grad_cam(self, picture: Picture, direction: Vector) -> Map:
        layer = self._layer()
        with _watched([layer]) as seen:
            activation, gradient = self._backward(picture, direction, seen)[0]
        if activation.ndim != 3:
            raise InputError(f"the layers of {self.recipe.arch} give no maps; use the method occlusion")
        if getattr(self.network, "output_fmt", "NCHW") == "NHWC":
            activation, gradient = (one.transpose(2, 0, 1) for one in (activation, gradient))
        weights = gradient.mean(axis=(1, 2))
        return np.asarray(np.tensordot(weights, activation, axes=1), np.float32)

    def _layer(self) -> Any:
        """The last layer whose places are 16 pixels, or the last that timm lists."""
        info = self.network.feature_info
        listed = info.info if hasattr(info, "info") else info
        fine = [one for one in listed if one["reduction"] <= FINEST] or list(listed)
        return self.network.get_submodule(fine[-1]["module"])

    def _rollout(self, picture: Picture, direction: Vector, blocks: list[Any]) -> Map:
        with _watched([block.attn.attn_drop for block in blocks]) as seen:
            steps = self._backward(picture, direction, seen)
        relevance = np.eye(steps[0][0].shape[-1])
        for attention, gradient in steps:
            relevance += np.maximum(attention * gradient, 0).mean(axis=0) @ relevance
        prefix = int(getattr(self.network, "num_prefix_tokens", 0))
        asked = relevance[0] if prefix else relevance.mean(axis=0)  # the token that answers, or the mean of all
        places = asked[prefix:]
        side = round(len(places) ** 0.5)
        if side * side != len(places):
            raise InputError(f"the {len(places)} tokens of {self.recipe.arch} are no square; use the method occlusion")
        return np.asarray(places.reshape(side, side), np.float32)

    def _backward(self, picture: Picture, direction: Vector, seen: list[Any]) -> list[tuple[Array, Array]]:
        """What each watched layer gave, and the gradient there, both without the batch."""
        torch: Any = need("torch")
        (self._embedding(picture)[0] @ torch.from_numpy(np.asarray(direction, np.float32))).backward()
        found = [(one.detach()[0].numpy(), one.grad[0].numpy()) for one in seen]
        self.network.zero_grad(set_to_none=True)
        return found


@functools.lru_cache(maxsize=1)
def _kept(asked: str, changed_ns: int, size: int) -> Gradients:
    """The network of some weights, until the file is another."""
    return Gradients.of(weights_of(asked)[0])


@contextmanager
def _watched(layers: list[Any]) -> Iterator[list[Any]]:
    """Inside, what the layers give is kept, with its gradient, in the order of the layers that run."""
    seen: list[Any] = []

    def keep(layer: Any, given: Any, made: Any) -> None:
        made.retain_grad()
        seen.append(made)

    with ExitStack() as stack:
        for layer in layers:
            stack.callback(layer.register_forward_hook(keep).remove)
        yield seen
