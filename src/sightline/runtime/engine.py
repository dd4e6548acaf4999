"""Which library computes a network, and how exactly."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from sightline.arrays import Array
from sightline.errors import InputError
from sightline.runtime.openvino_session import OpenVinoSession
from sightline.runtime.session import Port, Session

PRECISIONS = {"onnxruntime": ("fp32",), "openvino": ("fp32", "bf16")}
"""Library -> what it can compute with. A network of int8 holds its precision itself, and either library runs it."""


class Running(Protocol):
    """A network that is ready to run, whatever computes it; safe to use from several threads at once."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def run(self, fed: Array, wanted: Sequence[str]) -> list[Array]:
        """The wanted outputs for what the one input is fed."""
        ...


@dataclasses.dataclass(frozen=True)
class Engine:
    """What computes a network; the default is the reference, which every installation has.

    Attributes:
        runtime: "onnxruntime" or "openvino".
        precision: "fp32", with OpenVINO also "bf16".

    Raises:
        InputError: another library, or a precision that it does not compute with.
    """

    runtime: str = "onnxruntime"
    precision: str = "fp32"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS.get(self.runtime, ()):
            allowed = "; ".join(f"{name} with {' or '.join(known)}" for name, known in PRECISIONS.items())
            raise InputError(f"{self.runtime} with {self.precision} was given to run networks; allowed: {allowed}")

    def at_hand(self) -> Self:
        """This one where its library is installed, else the reference, whose answers this one was held against."""
        return self if self.runtime == "onnxruntime" or importlib.util.find_spec(self.runtime) else type(self)()

    def session(self, onnx: bytes) -> Running:
        """A network, ready to run.

        Raises:
            InputError: no ONNX file, one that leaves values to other files, or one that the library cannot run.
            MissingExtraError: the library is not installed.
        """
        return Session(onnx) if self.runtime == "onnxruntime" else OpenVinoSession(onnx, self.precision)

    def to_dict(self) -> dict[str, str]:
        """A JSON-serializable form that `from_dict` reads back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave.

        Raises:
            InputError: a key is missing or unknown, or a value is none of those allowed.
        """
        if set(plain) != {"runtime", "precision"} or not all(isinstance(value, str) for value in plain.values()):
            raise InputError(f'an engine has "runtime" and "precision", both texts; given: {sorted(map(str, plain))}')
        return cls(plain["runtime"], plain["precision"])

    def __str__(self) -> str:
        return f"{self.runtime} {self.precision}"


REFERENCE = Engine()
"""What every other one is held against."""
