"""A lazy sequence of prepared pictures: what every training component is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from sightline.arrays import Picture
from sightline.contracts import is_scalar_index, positions_of
from sightline.data.store import PixelStore
from sightline.inputs.source import Item
from sightline.preparation.preparation import Preparation


class Pictures(Sequence[Picture]):
    """n pictures that are read and prepared when asked for, one at a time.

    `pictures[3]` is an (h, w, c) array; `pictures[[3, 5]]`, a mask or a slice is a view that reads nothing.
    `shape == (n,)`; there is no way to turn it into one array by accident. Between processes it travels as its items.

    Args:
        items: paths, bytes or arrays.
        preparation: brings each to what the components see.
        store: prepared pixels kept from an earlier pass.
        digests: content digest of each item, for the store.
    """

    def __init__(
        self,
        items: Sequence[Item],
        preparation: Preparation,
        store: PixelStore | None = None,
        digests: Sequence[bytes] | None = None,
    ) -> None:
        self.items = items
        self.preparation = preparation
        self.store = store if digests is not None else None
        self.digests = digests
        self.shape = (len(items),)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        if is_scalar_index(index):
            return self._prepared(range(len(self))[int(index)])
        rows = positions_of(index, len(self))
        digests = None if self.digests is None else [self.digests[row] for row in rows]
        return Pictures([self.items[row] for row in rows], self.preparation, self.store, digests)

    def _prepared(self, row: int) -> Picture:
        if self.store is None or self.digests is None:
            return self.preparation.apply(self.items[row])
        picture = self.store.get(self.digests[row])
        if picture is None:
            picture = self.preparation.apply(self.items[row])
            self.store.put(self.digests[row], picture)
        return picture

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"{len(self)} pictures were about to be read into one array; describe them first "
            "(a descriptor's transform), or iterate over them"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "store": None}

    def __repr__(self) -> str:
        return f"Pictures({len(self)}, {self.preparation.describe()})"
