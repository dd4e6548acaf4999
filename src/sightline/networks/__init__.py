"""Networks that somebody has trained, as descriptors: a picture to what the network makes of it."""

from sightline.networks.embedding import Embedding
from sightline.networks.zero_shot import ZeroShot

__all__ = ["Embedding", "ZeroShot"]
