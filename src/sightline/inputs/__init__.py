"""Bytes to arrays, one way only: what a picture file is, whether it can be read, and its upright pixels."""

from sightline.inputs.headers import Header, read_header
from sightline.inputs.raster import RasterRead, decode, to_picture
from sightline.inputs.source import Item, Source, is_picture_name, read_bytes

__all__ = [
    "Header",
    "Item",
    "RasterRead",
    "Source",
    "decode",
    "is_picture_name",
    "read_bytes",
    "read_header",
    "to_picture",
]
