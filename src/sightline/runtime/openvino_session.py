"""A network in OpenVINO: what `Session` is, from the same bytes, often faster on the same processor."""

from __future__ import annotations

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
        openvino: Any = need("openvino")
        try:
            model = openvino.Core().read_model(onnx)
            self.inputs = tuple(map(_port, model.inputs))
            self.outputs = tuple(map(_port, model.outputs))
            _fix_batch(model)
            self._compiled: Any = openvino.compile_model(model, "CPU", _settings(precision))
        except Exception as error:  # OpenVINO raises RuntimeError and its own
            raise InputError(f"OpenVINO cannot run the network: {one_line(error)}") from None
        self._places = {port.name: number for number, port in enumerate(self.outputs)}
        self._own = threading.local()

    def run(self, fed: Array, wanted: Sequence[str]) -> list[Array]:
        """The wanted outputs for what the one input is fed.

        Raises:
            InputError: it does not take such an array.
        """
        request = self._request()
        try:
            request.infer({0: np.ascontiguousarray(fed)}, share_inputs=True)
            # A copy: the request is this thread's, and its next run writes to the same place.
            return [np.array(request.get_output_tensor(self._places[name]).data) for name in wanted]
        except Exception as error:
            raise InputError(f"the network fails on {fed.shape} {fed.dtype}: {one_line(error)}") from None

    def _request(self) -> Any:
        """What runs the network for this thread."""
        if not hasattr(self._own, "request"):
            self._own.request = self._compiled.create_infer_request()
        return self._own.request


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


def _fix_batch(model: Any) -> None:
    """One picture at a time where only their number is free: known shapes compile to faster code."""
    for port in model.inputs if len(model.inputs) == 1 else ():
        shape = port.get_partial_shape()
        if len(shape) == 4 and shape[0].is_dynamic and not any(size.is_dynamic for size in list(shape)[1:]):
            shape[0] = 1
            model.reshape(shape)


def _port(found: Any) -> Port:
    shape = tuple(size.get_length() if size.is_static else None for size in found.get_partial_shape())
    kind = found.get_element_type().get_type_name()
    return Port(found.get_any_name(), shape, KINDS.get(kind, kind))
