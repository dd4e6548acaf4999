"""A network in OpenVINO: what `Session` is, from the same bytes, often faster on the same processor."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from sightline.arrays import Array
from sightline.errors import InputError
from sightline.extras import need
from sightline.resources import available_cores
from sightline.runtime.onnx_file import check_closed
from sightline.runtime.session import Port, one_line

KINDS = {"f32": "float32", "u8": "uint8", "f16": "float16", "f64": "float64"}
"""What OpenVINO calls the types of arrays -> what NumPy does."""
PRECISIONS = {"fp32": "f32", "bf16": "bf16"}
"""What we call a precision of computing -> what OpenVINO does."""


TELEMETRY = "openvino_telemetry"
SHAPES = 8
"""Shapes of inputs that a session keeps compiled."""
_alone = threading.Lock()
_begun = threading.Event()


class OpenVinoSession:
    """An ONNX network, ready to run in OpenVINO. Safe to use from several threads at once.

    Args:
        onnx: the bytes of the file, everything it needs inside.
        precision: "fp32", or "bf16": half of the bits, where the processor computes with them.

    Raises:
        InputError: no ONNX file, one that leaves values to other files, one that OpenVINO cannot run, or another
            precision.
        MissingExtraError: the extra [fast] is not installed.
    """

    def __init__(self, onnx: bytes, precision: str = "fp32") -> None:
        check_closed(onnx)
        if precision not in PRECISIONS:
            raise InputError(f'"{precision}" is no precision to compute with; allowed: {", ".join(PRECISIONS)}')
        self._openvino = _library()
        self._settings = _settings(precision)
        try:
            self._model = self._openvino.Core().read_model(onnx)
            self.inputs = tuple(map(_port, self._model.inputs))
            self.outputs = tuple(map(_port, self._model.outputs))
        except Exception as error:  # OpenVINO raises RuntimeError and its own
            raise self._refused(error) from None
        self._places = {port.name: number for number, port in enumerate(self.outputs)}
        self._lock = threading.Lock()
        self._ready: dict[tuple[int, ...], _Ready] = {}
        if (usual := _one_picture(self.inputs)) is not None:
            self._compiled(usual)  # what it takes is known: what cannot be run is told here

    def run(self, fed: Array, wanted: Sequence[str]) -> list[Array]:
        """The wanted outputs for what the one input is fed.

        Raises:
            InputError: it does not take such an array.
        """
        if _begun.is_set():
            return self._run(fed, wanted)
        with _alone:  # the first two runs of a process at once wait for each other for ever (2026.4)
            made = self._run(fed, wanted)
            _begun.set()
            return made

    def _run(self, fed: Array, wanted: Sequence[str]) -> list[Array]:
        ready = self._compiled(fed.shape)
        try:
            request = ready.take()
            try:
                request.infer({0: np.ascontiguousarray(fed)}, share_inputs=True)
                # A copy: the next run of the request writes to the same place.
                return [np.array(request.get_output_tensor(self._places[name]).data) for name in wanted]
            finally:
                ready.idle.append(request)
        except Exception as error:
            raise InputError(f"the network fails on {fed.shape} {fed.dtype}: {one_line(error)}") from None

    def _compiled(self, shape: tuple[int, ...]) -> _Ready:
        """The network for inputs of this shape: shapes that are known compile to faster code than free ones."""
        with self._lock:
            if shape in self._ready:
                return self._ready[shape]
            try:
                model = self._model.clone()
                if model.is_dynamic():
                    wanted = self._openvino.PartialShape(list(shape))
                    if not model.inputs[0].get_partial_shape().compatible(wanted):
                        raise InputError(f"the network fails on {shape}; allowed: {list(self.inputs[0].shape)}")
                    model.reshape(wanted)
                found = _Ready(self._openvino.compile_model(model, "CPU", self._settings))
            except InputError:
                raise
            except Exception as error:
                raise self._refused(error) from None
            if len(self._ready) == SHAPES:
                del self._ready[next(iter(self._ready))]
            self._ready[shape] = found
            return found

    @staticmethod
    def _refused(error: Exception) -> InputError:
        return InputError(f"OpenVINO cannot run the network: {one_line(error)}")


class _Ready:
    """A compiled network, and its requests that nobody uses at the moment.

    They are not one for each thread: a thread that ends with the process would take it down with its request.
    """

    def __init__(self, compiled: Any) -> None:
        self.compiled = compiled
        self.idle: list[Any] = []

    def take(self) -> Any:
        """A request for one run."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.compiled.create_infer_request()


def _one_picture(inputs: Sequence[Port]) -> tuple[int, ...] | None:
    """The shape of one input where only the number of pictures is free; None where more is."""
    if len(inputs) != 1 or len(inputs[0].shape) < 2:
        return None
    rest = [size for size in inputs[0].shape[1:] if size is not None]
    return (inputs[0].shape[0] or 1, *rest) if len(rest) + 1 == len(inputs[0].shape) else None


def _library() -> Any:
    """OpenVINO, without the package by which it tells its makers of every import: then it takes its own stub of that.

    Raises:
        MissingExtraError: the extra [fast] is not installed.
    """
    with _alone:
        kept: dict[str, Any] = sys.modules
        known = TELEMETRY in kept
        if not known:
            kept[TELEMETRY] = None  # as if it were not installed
        try:
            return need("openvino")
        finally:
            if not known:
                del kept[TELEMETRY]


def _settings(precision: str) -> dict[str, Any]:
    """One thread for each run, and as many runs beside each other as there are cores.

    OpenVINO would else run one after the other, however many threads ask, and keep them on cores of its own choice.
    """
    cores = available_cores()
    return {
        "NUM_STREAMS": cores,
        "INFERENCE_NUM_THREADS": cores,
        "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
        "ENABLE_CPU_PINNING": False,
    }


def _port(found: Any) -> Port:
    shape = tuple(size.get_length() if size.is_static else None for size in found.get_partial_shape())
    kind = found.get_element_type().get_type_name()
    return Port(found.get_any_name(), shape, KINDS.get(kind, kind))
