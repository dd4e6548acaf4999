"""Other forms of a model: other engines, another precision, one ONNX file; each held against the model by a gate."""
