"""A picture as a trained network sees it: the vector before its last layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.contracts import GlobalDescriptor
from sightline.errors import ComponentError, InputError
from sightline.networks.feed import MOST_PX
from sightline.networks.library import digest_in, find, remember
from sightline.networks.network import Network
from sightline.networks.views import parts
from sightline.runtime.engine import REFERENCE

ONNX = "onnx_"
"""What the network is called among the arrays of a component."""


class Embedding(GlobalDescriptor):
    """The embedding of a network, frozen: (d,) float32, d as the network says.

    The network looks at the whole picture, brought to its own size, or at squares of it; those of a picture are
    averaged. It says nothing of its own about the task: a classifier learns from its vectors.
    Cost: O(1) runs of the network a picture, one for each square.

    A. S. Razavian et al.: CNN features off-the-shelf: an astounding baseline for recognition. CVPR workshops, 2014.
    Y. Gong et al.: Multi-scale orderless pooling of deep convolutional activation features. ECCV 2014.

    Args:
        network: "name@digest" of a network of this process (`Network.key`); a model file brings its own.
        zoom: 0 for the whole picture; from 1, squares of the shorter side divided by this, averaged.
        px: side of the squares that the network is fed; 0 for what it was trained with. Somewhat more often sees more
            (Touvron et al., "Fixing the train-test resolution discrepancy", NeurIPS 2019).

    >>> Embedding(network="mobilenetv2_100@0123456789abcdef", zoom=1.5)
    Embedding(network='mobilenetv2_100@0123456789abcdef', zoom=1.5)
    """

    limits: ClassVar = {"zoom": (0, 8), "px": (0, MOST_PX)}
    carried = (ONNX,)
    engine = REFERENCE
    """What computes a network that `restore` takes: a model file says it; the pipeline is the same with any."""

    def __init__(self, network: str = "", zoom: float = 0.0, px: int = 0) -> None:
        self.network = network
        self.zoom = zoom
        self.px = px

    @property
    def held(self) -> Network:
        """The network, fed what `px` says.

        Raises:
            ComponentError: it is not at hand.
            InputError: it takes no pictures of that size.
        """
        found: Network | None = self.__dict__.get("_network")
        if found is None or found.digest != digest_in(self.network):
            found = self.__dict__["_network"] = find(self.network)
        return found.at(self.px) if self.px else found

    @property
    def onnx_(self) -> Array:
        """(m,) uint8: the bytes of the network's file."""
        return np.frombuffer(self.held.onnx, np.uint8)

    def restore(self, arrays: Mapping[str, Array]) -> Self:
        """Take the network that a model file brings.

        Raises:
            ComponentError: it is missing, cannot be used, or is another than the parameter says.
        """
        if ONNX not in arrays:
            raise ComponentError(f'Embedding: the network "{self.network}" is missing')
        try:
            network = Network.of(arrays[ONNX].tobytes(), self.network.rpartition("@")[0], self.engine)
        except InputError as error:
            raise ComponentError(f'Embedding: the network "{self.network}" cannot be used: {error}') from None
        if network.digest != digest_in(self.network):
            raise ComponentError(f'Embedding: the network "{self.network}" was expected, "{network.key}" was given')
        return self.hold(network)

    def hold(self, network: Network) -> Self:
        """Keep a network at hand that is the one that the parameter says."""
        self.__dict__["_network"] = remember(network)
        return self

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 3) uint8 picture to (d,) float32."""
        self.accepts.check(picture, "Embedding")
        if self.zoom and self.zoom < 1:
            raise ComponentError(f"Embedding was given zoom={self.zoom}; allowed: 0 for the whole picture, or from 1")
        vectors = [self.held.embed(part) for part in parts(picture, self.zoom)]
        if len(vectors) == 1:
            return vectors[0]
        return np.asarray(np.mean(np.stack(vectors), axis=0, dtype=np.float64), np.float32)
