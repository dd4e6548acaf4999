"""What the descriptors of shape see."""

from __future__ import annotations

import cv2
import numpy as np

from docs.pictures import scenes
from docs.pictures.panels import SIDE, Panel, bars, image, path, photo
from sightline.arrays import Array
from sightline.classical.descriptors import contour, principal
from sightline.classical.descriptors.contour import ContourShape
from sightline.classical.descriptors.moments import HuMoments, ZernikeMoments
from sightline.classical.descriptors.principal import PrincipalMoments
from sightline.classical.descriptors.silhouette import silhouette
from sightline.evaluation import svg

POINTS = 256


def hu_moments() -> list[Panel]:
    """Seven numbers of a wrench, of its turned and smaller copy, and of a nut."""
    shown = (scenes.wrench(), scenes.wrench(angle=140, scale=0.7), scenes.nut())
    names = ("a wrench", "turned and smaller", "a nut")
    photos = [photo(picture, name, 108) for picture, name in zip(shown, names, strict=True)]
    found = [np.abs(HuMoments().describe(picture)) for picture in shown]
    return [
        *[_marked(panel, number) for number, panel in enumerate(photos)],
        bars(found, "the seven moments, logarithmic, without signs: nearly the same for both wrenches", 290, 108),
    ]


def _marked(panel: Panel, number: int) -> Panel:
    mark = svg.rectangle(0, panel.height - 6, panel.width, 6, f"c{number}")
    return Panel([*panel.parts, mark], panel.caption, panel.width, panel.height)


def zernike_moments() -> list[Panel]:
    """25 magnitudes of a wrench and of its turned copy, and of a nut, with the disc that is looked at."""
    shown = (scenes.wrench(scale=0.9), scenes.wrench(angle=140, scale=0.9), scenes.nut())
    names = ("a wrench, and the disc that counts", "turned", "a nut")
    photos = [_in_disc(picture, name) for picture, name in zip(shown, names, strict=True)]
    found = [ZernikeMoments().describe(picture) for picture in shown]
    return [
        *[_marked(panel, number) for number, panel in enumerate(photos)],
        bars(found, "the 25 magnitudes to degree 8: the same for both wrenches", 290, 108),
    ]


def _in_disc(picture: Array, caption: str, side: float = 108) -> Panel:
    light = cv2.moments(np.ascontiguousarray(picture[..., 0]))
    center = np.array([light["m10"], light["m01"]]) / light["m00"] + 0.5
    turns = np.linspace(0, 2 * np.pi, 60)
    circle = center + len(picture) / 2 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    inside = np.clip(circle / len(picture) * side, 0, side)
    return Panel([image(picture, width=side, height=side), path(inside, "line c4")], caption, side, side)


def contour_shape() -> list[Panel]:
    """The outline that Otsu's threshold gives, what few frequencies make of it, and the eight numbers."""
    picture = scenes.wrench(angle=-30)
    outline, _ = cv2.findContours(silhouette(picture[..., 0]), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = outline[0][:, 0].astype(np.float64) + 0.5
    seen = Panel([image(picture), path(points * (SIDE / len(picture)), "line c0", closed=True)], "the object's outline")
    redrawn = [_redrawn(points * (SIDE / len(picture)), count) for count in (4, 16)]
    values = ContourShape(fourier=0).describe(picture)
    return [seen, *redrawn, bars([values], "and eight numbers", 190, labels=contour.NAMES)]


def _redrawn(points: Array, count: int) -> Panel:
    """The outline from its mean and `count` Fourier frequencies: -count / 2 to count / 2."""
    closed = np.append(points, points[:1], axis=0) @ np.array([1, 1j])
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(closed)))])
    waves = np.fft.fft(np.interp(np.arange(POINTS) * (along[-1] / POINTS), along, closed))
    frequencies = np.fft.fftfreq(POINTS) * POINTS
    waves[np.abs(frequencies) > count / 2] = 0
    drawn = np.fft.ifft(waves)
    outline = np.stack([drawn.real, drawn.imag], axis=1)
    return Panel([path(outline, "line c0", closed=True)], f"what {count} Fourier frequencies know of it")


def principal_moments() -> list[Panel]:
    """Three pins of a few pixels, and four numbers of each."""
    shown = [scenes.pin(bend, angle) for bend, angle in ((0.0, 20), (0.08, 65), (0.3, -40))]
    names = ("a straight pin", "bent a little", "bent")
    photos = [
        _marked(photo(picture, name, 108), number)
        for number, (picture, name) in enumerate(zip(shown, names, strict=True))
    ]
    found = [PrincipalMoments(find="standout").describe(picture)[:4] for picture in shown]
    return [*photos, bars(found, "four of the 13 numbers", 190, labels=principal.NAMES[:4])]
