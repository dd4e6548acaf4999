"""What descriptors that learn a network have in common: the network, as the bytes of its export."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from sightline.arrays import Array, Picture, Vector
from sightline.contracts import GlobalDescriptor
from sightline.deep.changes import Changes
from sightline.deep.training.watch import Watch
from sightline.deep.weights.recipe import Recipe
from sightline.errors import ComponentError, InputError
from sightline.networks.embedding import ONNX, Embedding
from sightline.networks.feed import MOST_PX
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.transforms.augmentation import Augmentation

SEEDS = (0, 2**32 - 1)
"""As the command line takes them; torch takes none of hundreds of digits."""
EXPORT_S = 8.0
"""Seconds of one core that an export takes, and the checks of it."""


class LearnedNetwork(GlobalDescriptor):
    """The embedding of a network that `fit` learns. Cost: one run of the network a picture."""

    changes: Changes | None

    learned = (ONNX,)
    onnx_: Array
    watch: Watch | None = None
    """Who looks on while it is fitted; set on the instance before `fit`, and no part of what it is."""
    remarks: tuple[str, ...] = ()
    """What went otherwise than planned in `fit`, a line each."""

    def describe(self, picture: Picture) -> Vector:
        """One (h, w, 3) uint8 picture to (d,) float32."""
        self.accepts.check(picture, type(self).__name__)
        return self.held.embed(picture)

    @property
    def held(self) -> Network:
        """The network that was learned.

        Raises:
            ComponentError: not fitted.
        """
        self.check_fitted()
        known: tuple[Array, Network] | None = self.__dict__.get("_network")
        if known is None or known[0] is not self.onnx_:
            self._take(Network.of(self.onnx_.tobytes()))
            known = self.__dict__["_network"]
        return known[1]

    def restore(self, arrays: Mapping[str, Array]) -> Self:
        """Take back what was learned.

        Raises:
            ComponentError: it is missing or no network.
        """
        super().restore(arrays)
        try:
            self._take(Network.of(self.onnx_.tobytes()))
        except InputError as error:
            raise ComponentError(f"{type(self).__name__}: what was learned cannot be used: {error}") from None
        return self

    def shipped(self) -> GlobalDescriptor:
        """What was learned as an `Embedding`: what explains, converts and stores networks knows that."""
        if not self.is_fitted():
            return self
        held = self.held
        found = Embedding(network=held.key).hold(held)
        found.trained_with = self.trained_with
        return found

    def _augmentation(self) -> Augmentation:
        return (self.changes or Changes()).augmentation()

    def _watched(self, said: list[str]) -> Watch:
        """Who looks on; what went otherwise than planned is put into `said`."""
        return dataclasses.replace(self.watch or Watch(), said=said.append)

    def _learned(self, network: Network, said: Sequence[str]) -> Self:
        """Keep what `fit` made, and what was said meanwhile."""
        if self.watch is not None and self.watch.checkpoints is not None:
            self.watch.checkpoints.clear()
        self._take(network)
        self.remarks = tuple(said)
        self.trained_with = {library: version(library) for library in ("timm", "torch")}
        return self

    def _take(self, network: Network) -> None:
        network = remember(network)
        self.onnx_ = np.frombuffer(network.onnx, np.uint8)
        self.__dict__["_network"] = self.onnx_, network


class FromNothing(LearnedNetwork):
    """The embedding of a network of some architecture that begins with drawn weights. Cost: one run a picture."""

    limits: ClassVar = {"px": (16, MOST_PX), "epochs": (1, 10_000), "rate": (0, 10), "seed": SEEDS}

    arch: str
    px: int

    def recipe(self) -> Recipe:
        """What learns.

        Raises:
            InputError: no name of an architecture.
        """
        return Recipe(Path(self.arch), self.arch, px=self.px)

    def least_fit_s(self) -> float:
        """Seconds of one core to fit any number of pictures, at least."""
        return EXPORT_S

    @abc.abstractmethod
    def expected_fit_s(self, n: int) -> float:
        """Seconds of one core to fit n pictures, by a measured step.

        Raises:
            InputError, MissingExtraError: as `fit`.
        """


class Checked(Sequence[Picture]):
    """Pictures that are refused, not converted, where a network does not take them.

    Args:
        pictures: n pictures; a sequence is read when it is asked for.
        who: takes them, for the message.
    """

    def __init__(self, pictures: Iterable[Picture], who: GlobalDescriptor) -> None:
        self._pictures = pictures if isinstance(pictures, Sequence) else list(pictures)
        self._who = who

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: Any) -> Any:
        picture = self._pictures[index]
        self._who.accepts.check(picture, type(self._who).__name__)
        return picture
