"""Pictures seen in several ways: mirrored, turned. What a classifier learns from them holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sightline.arrays import Indices, Picture
from sightline.contracts import is_scalar_index, positions_of
from sightline.data.pictures import Pictures


def _turned(quarters: int, mirrored: bool) -> Callable[[Picture], Picture]:
    def view(picture: Picture) -> Picture:
        turned: Picture = np.rot90(picture[:, ::-1] if mirrored else picture, quarters)
        return np.ascontiguousarray(turned)

    return view


NAMES: Mapping[str, tuple[str, ...]] = {
    "none": ("as it is",),
    "mirrored": ("as it is", "mirrored"),
    "turned": tuple(
        name + (f" turned {90 * quarters}" if quarters else "")
        for name in ("as it is", "mirrored")
        for quarters in range(4)
    ),
}
"""What each view of a set is: the same name is the same view in all of them."""
VIEWS: Mapping[str, tuple[Callable[[Picture], Picture], ...]] = {
    "none": (_turned(0, False),),
    "mirrored": (_turned(0, False), _turned(0, True)),
    "turned": tuple(_turned(quarters, mirrored) for mirrored in (False, True) for quarters in range(4)),
}
"""What a picture may be learned from: itself; its mirror image too; all turns by 90 degrees of both."""


class Views(Sequence[Picture]):
    """n pictures in v views each, v n in all: first every picture as it is, then every picture in the next view, ...

    Args:
        pictures: n pictures.
        augment: a key of `VIEWS`.
    """

    def __init__(self, pictures: Pictures, augment: str) -> None:
        self.pictures = pictures
        self.augment = augment
        self.shape = (len(pictures) * len(VIEWS[augment]),)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        if is_scalar_index(index):
            view, row = divmod(range(len(self))[int(index)], len(self.pictures))
            return VIEWS[self.augment][view](self.pictures[row])
        return _Chosen(self, positions_of(index, len(self)))

    @property
    def copies(self) -> int:
        """Views of each picture."""
        return len(VIEWS[self.augment])

    @property
    def names(self) -> tuple[str, ...]:
        """What each view is."""
        return NAMES[self.augment]

    def rows(self, rows: Indices) -> Indices:
        """Where all views of some of the n pictures are."""
        return of_all_views(rows, len(self.pictures), self.augment)


class _Chosen(Sequence[Picture]):
    def __init__(self, views: Views, rows: Indices) -> None:
        self.views = views
        self.chosen = rows
        self.shape = rows.shape

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: Any) -> Any:
        if is_scalar_index(index):
            return self.views[int(self.chosen[int(index)])]
        return _Chosen(self.views, self.chosen[positions_of(index, len(self))])


def of_all_views(rows: Indices, n: int, augment: str) -> Indices:
    """Rows of n pictures as rows of their views."""
    return np.concatenate([rows + view * n for view in range(len(VIEWS[augment]))])
