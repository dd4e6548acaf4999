"""Every picture of the guide to the classical components: which there are, drawing them, and whether they are fresh."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from docs.pictures import classifiers, color, geometric, keypoints, projections, summaries, texture
from docs.pictures.panels import Panel, figure
from sightline.components import names_of
from sightline.contracts import Classifier

CLASSIFIERS = "classifiers"
DRAWN: Mapping[str, Callable[[], list[Panel]]] = {
    "HOG": texture.hog,
    "ORB": keypoints.orb,
    "PHOG": texture.phog,
    "SIFT": keypoints.sift,
    "ColorCorrelogram": color.color_correlogram,
    "ColorHistogram": color.color_histogram,
    "ColorMoments": color.color_moments,
    "ContourShape": geometric.contour_shape,
    "Cooccurrence": texture.cooccurrence,
    "DenseSIFT": keypoints.dense_sift,
    "GaborBank": texture.gabor_bank,
    "HuMoments": geometric.hu_moments,
    "IntensityStatistics": texture.intensity_statistics,
    "LocalBinaryPattern": texture.local_binary_pattern,
    "LocalPhaseQuantization": texture.local_phase_quantization,
    "Patches": keypoints.patches,
    "PrincipalMoments": geometric.principal_moments,
    "ZernikeMoments": geometric.zernike_moments,
    "VLAD": summaries.vlad,
    "BagOfVisualWords": summaries.bag_of_visual_words,
    "FisherVector": summaries.fisher_vector,
    "LocalMoments": summaries.local_moments,
    "PatchDictionary": summaries.patch_dictionary,
    "SpatialPyramid": summaries.spatial_pyramid,
    "PCA": projections.pca,
    "HomogeneousMap": projections.homogeneous_map,
    "PowerNormalization": projections.power_normalization,
    CLASSIFIERS: classifiers.decision_regions,
}
"""Component -> its picture; the classifiers share one."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
EMBEDDED = re.compile(r"data:image/png;base64,([\w+/=]*)")
SHAPE = re.compile(r"<(circle|path)\b[^>]*?(?:/>|>.*?</\1>)")
FOUND = ("ORB", "PatchDictionary", "SIFT")
"""Of these only the frame is compared: where keypoints lie differs from version to version of OpenCV, which words of
patches are found from processor to processor, as rounding decides between many that are as good."""
MOVED_PX = 2.0
CHANGED = 6.0
"""A number in the text may differ by so much, and the pixels of an embedded picture so much on average: another version
of OpenCV, or another processor, rounds otherwise. What a reader would see differs by more."""


def picture_of(component: str) -> str:
    """The name of the picture in which a component is shown."""
    return CLASSIFIERS if component in names_of(Classifier) else component


@functools.cache
def draw(name: str) -> str:
    """The text of one SVG file."""
    function = DRAWN[name]
    return figure(name, (function.__doc__ or "").strip(), function())


def write(folder: Path) -> None:
    """Draw what is out of date, and remove pictures of names that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.svg"):
        if path.stem not in DRAWN:
            path.unlink()
    for name in DRAWN:
        path, drawn = folder / f"{name}.svg", draw(name)
        if not path.exists() or not alike(path.read_text("utf-8"), drawn, name in FOUND):
            path.write_text(drawn, "utf-8")


def stale(folder: Path) -> Iterator[str]:
    """Pictures that are not what would be drawn."""
    there = {path.stem: path.read_text("utf-8") for path in folder.glob("*.svg")}
    for name in sorted(there.keys() | DRAWN.keys()):
        fresh = name in DRAWN and name in there and alike(there[name], draw(name), name in FOUND)
        if not fresh:
            state = "missing" if name not in there else "of a name that is gone" if name not in DRAWN else "out of date"
            yield f"{folder.name}/{name}.svg is {state}; run: scripts/docs"


def alike(first: str, second: str, frame_only: bool = False) -> bool:
    """Whether two drawings show the same: equal texts but for small differences of numbers and of embedded pixels.

    With `frame_only`, whatever the numbers, the pixels, and the dots and lines are.
    """
    texts = [EMBEDDED.sub("", SHAPE.sub("", text) if frame_only else text) for text in (first, second)]
    if NUMBER.sub("#", texts[0]) != NUMBER.sub("#", texts[1]):
        return False
    if frame_only:
        return True
    numbers = [np.array(NUMBER.findall(text), np.float64) for text in texts]
    if np.abs(numbers[0] - numbers[1]).max(initial=0) > MOVED_PX:
        return False
    pairs = zip(EMBEDDED.findall(first), EMBEDDED.findall(second), strict=True)
    return all(_same_pixels(one, other) for one, other in pairs)


def _same_pixels(first: str, second: str) -> bool:
    one, other = (np.asarray(cv2.imdecode(_bytes(code), cv2.IMREAD_COLOR)) for code in (first, second))
    return one.shape == other.shape and float(cv2.absdiff(one, other).mean()) <= CHANGED


def _bytes(code: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(base64.b64decode(code), np.uint8)
