"""The pictures of a training, as they are shown: in which order, in which batches, changed how."""
