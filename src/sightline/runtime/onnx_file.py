"""What an ONNX file says of itself, read from its bytes: nothing is computed, and no other file is opened.

An ONNX file is one Protocol Buffers message. Only the few fields that decide whether it may be used are looked at; the
numbers are those of `onnx.proto`. A message may be continued by appending fields to it, which is how metadata is added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sightline.errors import InputError

MAX_DEPTH = 16
"""Graphs inside nodes inside graphs."""
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MODEL_GRAPH, MODEL_METADATA, MODEL_FUNCTIONS = 7, 14, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_OPERATOR, NODE_ATTRIBUTE, NODE_DOMAIN = 4, 5, 7
FUNCTION_NODE, FUNCTION_DEFAULT = 7, 11
ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS, ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
TENSOR_NAME, TENSOR_EXTERNAL, TENSOR_LOCATION = 8, 13, 14
OUTSIDE = 1
"""The place of a tensor's values: another file."""
BITS = 32
"""Of a key or of a choice among names; whoever reads the file drops what is above them."""
OTHER_FORMAT = slice(4, 8), b"ORTM"
"""Where bytes say this, onnxruntime takes them for its own format, whatever else they are."""


def external_tensors(onnx: bytes) -> list[str]:
    """Names of the tensors whose values the file leaves to other files.

    Raises:
        InputError: the bytes are no ONNX file.
    """
    return [name for kind, name in _walk(onnx) if kind == "external"]


def check_closed(onnx: bytes) -> None:
    """Refuse a file that needs others, before any library sees it: it would open whatever the network names.

    Raises:
        InputError: the bytes are no ONNX file, or some of its values are in another one.
    """
    if outside := external_tensors(onnx):
        more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
        raise InputError(
            f'an ONNX network leaves the values of "{outside[0]}"{more} to another file; allowed: all values inside; '
            "export it with external_data=False"
        )


def operators(onnx: bytes) -> set[str]:
    """The operators that are used, as "Conv" or "domain.Name" outside the standard.

    Raises:
        InputError: the bytes are no ONNX file.
    """
    return {name for kind, name in _walk(onnx) if kind == "operator"}


def metadata(onnx: bytes) -> dict[str, str]:
    """The texts that an exporter left in the file, by name; of one given twice, the last.

    Raises:
        InputError: the bytes are no ONNX file.
    """
    found = {}
    for number, value in _model(onnx):
        if number == MODEL_METADATA and isinstance(value, memoryview):
            entry = {key: bytes(text).decode(errors="replace") for key, text in _texts(value)}
            found[entry.get(1, "")] = entry.get(2, "")
    return found


def with_metadata(onnx: bytes, texts: Mapping[str, str]) -> bytes:
    """The file with these texts added; one that has the same name as an earlier one takes its place."""
    return onnx + b"".join(
        _field(MODEL_METADATA, _field(1, name.encode()) + _field(2, text.encode())) for name, text in texts.items()
    )


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def _texts(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    return ((number, value) for number, value in fields(message) if isinstance(value, memoryview))


def _model(onnx: bytes) -> Iterator[tuple[int, int | memoryview]]:
    if not onnx:
        raise InputError("an empty file is no ONNX network")
    place, mark = OTHER_FORMAT
    if onnx[place] == mark:
        raise InputError("the bytes are no ONNX network but one in onnxruntime's own format; give the .onnx file")
    yield from fields(memoryview(onnx))


def _walk(onnx: bytes) -> Iterator[tuple[str, str]]:
    for number, part in _model(onnx):
        if isinstance(part, memoryview):
            if number == MODEL_GRAPH:
                yield from _graph(part, 0)
            elif number == MODEL_FUNCTIONS:
                yield from _function(part)


def _function(function: memoryview) -> Iterator[tuple[str, str]]:
    for number, part in _texts(function):
        if number == FUNCTION_NODE:
            yield from _node(part, 0)
        elif number == FUNCTION_DEFAULT:
            yield from _attribute(part, 0)


def _graph(graph: memoryview, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        raise InputError(f"an ONNX network has graphs nested more than {MAX_DEPTH} deep")
    for number, part in _texts(graph):
        if number == GRAPH_NODE:
            yield from _node(part, depth)
        elif number == GRAPH_INITIALIZER:
            yield from _tensor(part)
        elif number == GRAPH_SPARSE:
            yield from _sparse(part)


def _node(node: memoryview, depth: int) -> Iterator[tuple[str, str]]:
    parts = list(_texts(node))
    named = {number: bytes(text).decode(errors="replace") for number, text in parts if number != NODE_ATTRIBUTE}
    domain = named.get(NODE_DOMAIN, "")
    yield "operator", f"{domain}.{named.get(NODE_OPERATOR, '')}".removeprefix("ai.onnx.").lstrip(".")
    for number, attribute in parts:
        if number == NODE_ATTRIBUTE:
            yield from _attribute(attribute, depth)


def _attribute(attribute: memoryview, depth: int) -> Iterator[tuple[str, str]]:
    for number, part in _texts(attribute):
        if number in ATTRIBUTE_TENSORS:
            yield from _tensor(part)
        elif number in ATTRIBUTE_GRAPHS:
            yield from _graph(part, depth + 1)
        elif number in ATTRIBUTE_SPARSE:
            yield from _sparse(part)


def _sparse(tensor: memoryview) -> Iterator[tuple[str, str]]:
    for number, part in _texts(tensor):
        if number in (1, 2):  # values, indices
            yield from _tensor(part)


def _tensor(tensor: memoryview) -> Iterator[tuple[str, str]]:
    name, outside = "", False
    for number, value in fields(tensor):
        if number == TENSOR_NAME and isinstance(value, memoryview):
            name = bytes(value).decode(errors="replace")
        located = number == TENSOR_LOCATION and isinstance(value, int) and value % 2**BITS == OUTSIDE
        outside = outside or number == TENSOR_EXTERNAL or located
    if outside:
        yield "external", name


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a Protocol Buffers message: texts and messages as views, all else as integers.

    Raises:
        InputError: the bytes are no such message.
    """
    at, end = 0, len(message)
    while at < end:
        key, at = _read_varint(message, at)
        number, kind = key >> 3, key & 7
        if not number or key >> BITS:
            raise _no_message()
        if kind == VARINT:
            value, at = _read_varint(message, at)
            yield number, value
            continue
        if kind == BYTES:
            size, at = _read_varint(message, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise _no_message()
        if at + size > end:
            raise _no_message()
        content = message[at : at + size]
        yield number, content if kind == BYTES else int.from_bytes(content, "little")
        at += size


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise _no_message()
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise _no_message()


def _no_message() -> InputError:
    return InputError("the bytes are no ONNX network, or it is truncated; export it again")
