"""A network in onnxruntime, on one thread: several threads of ours can each run it on a picture of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.errors import InputError
from sightline.runtime.onnx_file import check_closed

KINDS = {
    "tensor(float)": "float32",
    "tensor(uint8)": "uint8",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
}
"""What onnxruntime calls the types of arrays -> what NumPy does."""
QUIET = 4
"""onnxruntime's own log: fatal errors alone. What fails is raised, and told in our words."""


@dataclasses.dataclass(frozen=True)
class Port:
    """An input or output of a network.

    Attributes:
        name: as the file calls it.
        shape: None where it may vary.
        dtype: NumPy's name, or what onnxruntime calls a type that is no plain array of numbers.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class Session:
    """An ONNX network, ready to run. Safe to use from several threads at once.

    Args:
        onnx: the bytes of the file, everything it needs inside.
        threads: for one run.

    Raises:
        InputError: no ONNX file, one that leaves values to other files, or one that onnxruntime cannot run.
    """

    def __init__(self, onnx: bytes, threads: int = 1) -> None:
        check_closed(onnx)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = QUIET
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it would keep a core from others
        try:
            self._session: Any = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class of errors for each cause, all of its own
            raise InputError(f"onnxruntime cannot run the network: {one_line(error)}") from None
        self.inputs = tuple(map(_port, self._session.get_inputs()))
        self.outputs = tuple(map(_port, self._session.get_outputs()))

    def run(self, fed: Array, wanted: Sequence[str]) -> list[Array]:
        """The wanted outputs for what the one input is fed.

        Raises:
            InputError: it does not take such an array.
        """
        try:
            made: list[Array] = self._session.run(list(wanted), {self.inputs[0].name: np.ascontiguousarray(fed)})
        except Exception as error:
            raise InputError(f"the network fails on {fed.shape} {fed.dtype}: {one_line(error)}") from None
        return made


def _port(found: Any) -> Port:
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in found.shape)
    return Port(found.name, shape, KINDS.get(found.type, found.type))


def one_line(error: Exception) -> str:
    """What a library says of an error, on one line of 300 characters at most."""
    line = " ".join(str(error).split())
    return line if len(line) <= 300 else line[:297] + "..."
