"""Where in a network gradients of an answer run: HiResCAM of convolutions, rollout of attention. Needs the weights."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Picture, Vector
from sightline.deep.nets.backbones import module_of
from sightline.deep.wanted import weights_of
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError
from sightline.extras import need

Map = npt.NDArray[np.float32]
"""(rows, columns) float32, positive where a place speaks for what is asked."""
FINEST = 16
"""Pixels to a place of the layer that HiResCAM looks at: twice as fine as the last one, and late enough."""


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

        HiResCAM where the network is one of convolutions, of its last layer with places of 16 pixels: Grad-CAM with the
        gradient of each place, where that has their mean, which says of no place what it did. The rollout of attention,
        weighted by its gradients, where it is a transformer; its tokens count as much as the answer follows from them:
        one of them alone, or all alike where it is their mean.

        R. L. Draelos, L. Carin: Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
        networks. 2020.
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
        attends = bool(blocks) and all(hasattr(getattr(block, "attn", None), "attn_drop") for block in blocks)
        with self._lock:  # what the layers give is kept in the network itself
            try:
                return self._rollout(picture, direction, blocks) if attends else self._hires_cam(picture, direction)
            except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
                # timm's families are built in a hundred ways, and some in none that either can be asked of
                raise self._refused(" ".join(str(error).split())[:160]) from None

    def _refused(self, reason: str) -> InputError:
        return InputError(f"{self.recipe.arch} cannot be asked for gradients ({reason}); use the method occlusion")

    def _embedding(self, picture: Picture) -> Any:
        return self._answer(self._features(picture))

    def _features(self, picture: Picture) -> Any:
        torch: Any = need("torch")
        scale, shift = (torch.tensor(one).view(1, 3, 1, 1) * 255 for one in (self.recipe.std, self.recipe.mean))
        pixels = torch.from_numpy(np.ascontiguousarray(picture)[None]).permute(0, 3, 1, 2)
        return self.network.forward_features((pixels.float() - shift) / scale)

    def _answer(self, features: Any) -> Any:
        return self.network.forward_head(features, pre_logits=True).flatten(1)

    def _hires_cam(self, picture: Picture, direction: Vector) -> Map:
        listed = self._listed()
        activation, gradient = self._backward(picture, direction, [self.network.get_submodule(listed["module"])])[0]
        shape, depth = activation.shape, listed["num_chs"]
        last = getattr(self.network, "output_fmt", "NCHW") == "NHWC" or shape[0] != depth  # VOLO says nothing of it
        if len(shape) != 3 or shape[2 if last else 0] != depth:
            raise self._refused(f"a layer gives {list(shape)} where a map of {depth} channels is listed")
        if last:
            activation, gradient = (one.transpose(2, 0, 1) for one in (activation, gradient))
        return np.asarray((activation * gradient).sum(axis=0), np.float32)

    def _listed(self) -> Mapping[str, Any]:
        """What timm says of the last layer whose places are 16 pixels, or of the last that it lists."""
        info = self.network.feature_info
        listed = info.info if hasattr(info, "info") else info
        fine = [one for one in listed if one["reduction"] <= FINEST] or list(listed)
        last: Mapping[str, Any] = fine[-1]
        return last

    def _rollout(self, picture: Picture, direction: Vector, blocks: list[Any]) -> Map:
        layers = [block.attn.attn_drop for block in blocks]
        *steps, (tokens, asked) = self._backward(picture, direction, layers)
        if tokens.ndim != 2 or any(attention.shape[1:] != (len(tokens), len(tokens)) for attention, _ in steps):
            raise self._refused("its attention is not between the tokens that it answers from")
        relevance = np.eye(len(tokens))
        for attention, gradient in steps:
            relevance += np.maximum(attention * gradient, 0).mean(axis=0) @ relevance
        # Which tokens answer is seen, and not read from a name: the first, the first two, or the mean of some.
        shares = np.linalg.norm(asked, axis=1)
        places = (shares @ relevance / max(shares.sum(), 1e-12))[int(getattr(self.network, "num_prefix_tokens", 0)) :]
        side = round(len(places) ** 0.5)
        if side * side != len(places):
            raise self._refused(f"its {len(places)} tokens are no square")
        return np.asarray(places.reshape(side, side), np.float32)

    def _backward(self, picture: Picture, direction: Vector, layers: list[Any]) -> list[tuple[Array, Array]]:
        """What each layer and at last `forward_features` gave, and the gradient there, both without the batch."""
        torch: Any = need("torch")
        seen: list[Any] = []

        def keep(made: Any) -> None:
            if isinstance(made, torch.Tensor):
                made.retain_grad()
                seen.append(made)

        with ExitStack() as watched:
            for layer in layers:
                watched.callback(layer.register_forward_hook(lambda layer, given, made: keep(made)).remove)
            features = self._features(picture)
            keep(features)
            (self._answer(features)[0] @ torch.from_numpy(np.asarray(direction, np.float32))).backward()
        self.network.zero_grad(set_to_none=True)
        if len(seen) != len(layers) + 1 or any(len(one) != 1 or one.grad is None for one in seen):
            raise self._refused("a layer does not give one array that the answer follows from")
        return [(one.detach()[0].numpy(), one.grad[0].numpy()) for one in seen]


@functools.lru_cache(maxsize=1)
def _kept(asked: str, changed_ns: int, size: int) -> Gradients:
    """The network of some weights, until the file is another."""
    return Gradients.of(weights_of(asked)[0])
