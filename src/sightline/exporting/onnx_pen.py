"""Writing before and behind a network that is an ONNX file already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.extras import need
from sightline.runtime.notes import drop_notes

PREFIX = "sightline/"
"""What our values are called, so that none of the network's bears the same name."""


class OnnxPen:
    """A network's graph, to which steps are added.

    Args:
        onnx: the bytes of the network's file, with one input.
        width: values of its embedding.

    Raises:
        MissingExtraError: the package onnx is not installed.
    """

    def __init__(self, onnx: bytes, width: int) -> None:
        self._library: Any = need("onnx")
        self._model = self._library.load_model_from_string(onnx)
        self._graph = self._model.graph
        self._first: list[Any] | None = None
        self._count = 0
        self.width = width
        self.FLOAT: int = self._library.TensorProto.FLOAT
        self.FLOAT16: int = self._library.TensorProto.FLOAT16

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """The name of what an operator makes of its inputs."""
        return self._add(operator, inputs, self._name(), attributes)

    def constant(self, value: npt.ArrayLike) -> str:
        """The name of a float32 array that is kept in the file."""
        name = self._name()
        self._graph.initializer.append(self._library.numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def give(self, value: str, name: str, k: int) -> None:
        """Make a value of shape (n, k) the one output."""
        taken = {output for node in self._graph.node for output in node.output}
        rows = self._input().type.tensor_type.shape.dim[0]
        for node in self._graph.node if name in taken else ():  # what the network calls so is called otherwise
            node.input[:] = [f"{PREFIX}{name}" if one == name else one for one in node.input]
            node.output[:] = [f"{PREFIX}{name}" if one == name else one for one in node.output]
        self._add("Identity", (value,), name, {})
        del self._graph.output[:]
        shape = [rows.dim_param or rows.dim_value or "n", k]
        self._graph.output.append(self._library.helper.make_tensor_value_info(name, self.FLOAT, shape))

    @contextmanager
    def before_all(self, height: int, width: int) -> Iterator[tuple[str, str]]:
        """Steps that come before the network.

        Inside: the name of pictures (n, height, width, 3) uint8, which become the file's input, and the name of what
        the network takes.
        """
        old = self._input()
        rows = old.type.tensor_type.shape.dim[0]
        pictures = f"{PREFIX}pictures"
        shape: Sequence[int | str] = [rows.dim_param or rows.dim_value or "n", height, width, 3]
        new = self._library.helper.make_tensor_value_info(pictures, self._library.TensorProto.UINT8, shape)
        self._graph.input.remove(old)
        self._graph.input.insert(0, new)
        self._first = []
        yield pictures, old.name
        for position, node in enumerate(self._first):  # a graph lists its nodes in the order in which they run
            self._graph.node.insert(position, node)
        self._first = None

    def fix_size(self, height: int, width: int) -> None:
        """Let the input, (n, h, w, 3), take this size alone."""
        sizes = self._input().type.tensor_type.shape.dim
        sizes[1].dim_value, sizes[2].dim_value = height, width

    def rename(self, value: str, name: str) -> None:
        """Call a value otherwise."""
        self._add("Identity", (value,), name, {})

    def file(self) -> bytes:
        """The bytes of the file, without the network's metadata: what it says of outputs and inputs is no longer so.

        Nor is there anything else that its exporter noted, such as folders of its machine.
        """
        drop_notes(self._model)
        return bytes(self._model.SerializeToString())

    def _input(self) -> Any:
        """The one input; old files list what they hold themselves there too."""
        held = {one.name for one in self._graph.initializer}
        return next(one for one in self._graph.input if one.name not in held)

    def _name(self) -> str:
        self._count += 1
        return f"{PREFIX}{self._count}"

    def _add(self, operator: str, inputs: Sequence[str], output: str, attributes: dict[str, Any]) -> str:
        made = self._library.helper.make_node(operator, list(inputs), [output], name=f"{PREFIX}{output}", **attributes)
        if self._first is None:
            self._graph.node.append(made)
        else:
            self._first.append(made)
        return output
