"""Running networks: ONNX files, and the libraries that compute them."""
