"""What an exporter noted in an ONNX file of the way here, which computes nothing."""

from __future__ import annotations

from typing import Any

NOTES = ("doc_string", "metadata_props")
"""What `onnx.proto` calls texts for people, wherever they stand: of a model, a graph, a node, a function, a value, an
array. torch.onnx.export writes into each node which lines of which files of its machine it comes from."""


def drop_notes(model: Any) -> None:
    """Leave what is computed alone: folders and lines of the machine that exported are in no file that ships.

    Args:
        model: an `onnx.ModelProto`, or a part of one; it is changed, down to the graphs inside of its nodes.
    """
    for name in NOTES:
        if name in model.DESCRIPTOR.fields_by_name:
            model.ClearField(name)
    for field, value in model.ListFields():
        if field.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                drop_notes(part)
