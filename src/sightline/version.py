"""The version, in one place, and the versions of the libraries that decide what we answer."""

from __future__ import annotations

import functools
from collections.abc import Mapping

__version__ = "0.1.0"

ASKED = (
    "opencv-python-headless", "simplejpeg", "pillow", "onnxruntime", "scikit-learn", "scipy", "scikit-learn-intelex",
)  # fmt: skip
"""Distributions that decide how a file is decoded, what a picture is described by and what is learned from it."""


@functools.cache
def libraries() -> Mapping[str, str]:
    """Their versions by name, with those that NumPy and OpenCV give themselves; "absent" where one is not installed.

    What is installed is asked, so that no training library is imported for it. The first call takes some milliseconds,
    and nothing that only loads and predicts makes one.
    """
    from importlib.metadata import PackageNotFoundError, version

    import cv2
    import numpy as np

    # OpenCV may come from a package of another name; where ours is there, its number says which build it is as well.
    found = {"numpy": np.__version__, "opencv": cv2.__version__}
    for name in ASKED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def made_with() -> str:
    """What belongs into the key of everything that is kept between runs: another version may answer otherwise."""
    return ", ".join(f"{name} {at}" for name, at in {"sightline": __version__, **libraries()}.items())
