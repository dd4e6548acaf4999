"""Networks that somebody has trained, as descriptors: a picture to what the network makes of it."""

from sightline.networks.embedding import Embedding

__all__ = ["Embedding"]
