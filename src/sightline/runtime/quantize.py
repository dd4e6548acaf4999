"""A network of int8: weights and activations in eight bits, with ranges seen on real inputs."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sightline.arrays import Array
from sightline.errors import InputError
from sightline.extras import need
from sightline.runtime.notes import drop_notes
from sightline.runtime.onnx_file import check_closed, metadata, operators, with_metadata
from sightline.runtime.session import Session, one_line

QUANTIZED = ("Conv", "MatMul", "Gemm", "Add", "GlobalAveragePool", "AveragePool", "MaxPool", "Clip", "Relu")
"""Operators that are computed in eight bits: those that take the time, and what lies between them, so that values need
not become floats in between. Activations such as Sigmoid and Softmax stay as they are."""
HEAVY = ("Conv", "MatMul", "Gemm")
EARLY, SHARE = 5, 8
"""So many of the first of these stay as they are, at most one of eight: what they get wrong every later one builds on.
Of MobileNetV2's 52 the first five cost 8 % of the time, and without them its embedding is a third less off."""
MARK = "QuantizeLinear"


def quantized(onnx: bytes, fed: Sequence[Array]) -> bytes:
    """The network in eight bits, as an ONNX file that onnxruntime and OpenVINO both run; its metadata is kept.

    What else its exporter noted, such as folders of its machine, is not.

    Weights have a scale for each output channel, activations one for each tensor, from the least and the largest value
    seen. Which operator is computed in eight bits stands in the file (QuantizeLinear, DequantizeLinear).

    Args:
        onnx: the bytes of the file, everything it needs inside; one input.
        fed: inputs of real pictures, at least one; a hundred are enough.

    Raises:
        InputError: no inputs, no ONNX file, a network that is quantized already or cannot be.
        MissingExtraError: the package onnx is not installed.
    """
    check_closed(onnx)
    if not fed:
        raise InputError("no pictures were given to see the range of values on; give at least one")
    if MARK in operators(onnx):
        raise InputError("the network is quantized already; give the one that it was made of")
    library: Any = need("onnx")
    name = Session(onnx).inputs[0].name
    try:
        with tempfile.TemporaryDirectory(prefix="sightline-int8-") as folder, _silence():
            made = Path(folder) / "made.onnx"
            _quantize(library.load_model_from_string(onnx), made, _Reader(name, fed))
            found = made.read_bytes()
    except Exception as error:  # from anywhere in onnxruntime's tools
        raise InputError(f"the network cannot be quantized: {one_line(error)}") from None
    return with_metadata(found, metadata(onnx))


def _quantize(given: Any, made: Path, reader: _Reader) -> None:
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    drop_notes(given)
    quantize_static(
        given,
        str(made),
        reader,
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(QUANTIZED),
        nodes_to_exclude=_early(given),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )


def _early(given: Any) -> list[str]:
    """Names of the first nodes that take the time; nodes without a name are given one."""
    for number, node in enumerate(given.graph.node):
        node.name = node.name or f"sightline/{number}"
    heavy = [node.name for node in given.graph.node if node.op_type in HEAVY]
    return heavy[: min(EARLY, len(heavy) // SHARE)]


class _Reader:
    """Hands out inputs one after the other, as onnxruntime asks for them."""

    def __init__(self, name: str, fed: Sequence[Array]) -> None:
        self._rest = ({name: one} for one in fed)

    def get_next(self) -> dict[str, Array] | None:
        return next(self._rest, None)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Without the advice that the tools give on the root logger."""
    before: int = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
