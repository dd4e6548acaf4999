"""The other side of a `Crew`: does what it is asked for, until its input ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import cv2  # noqa: F401  # loaded first, so that it can be held at one thread

from sightline.arrays import Array
from sightline.contracts import LocalFeatures
from sightline.pipeline import graph as tree
from sightline.pipeline import quickness
from sightline.pipeline.batches import Pool, Steps, flat, raised, unpacked
from sightline.processes import serve
from sightline.threads import one_thread_each

Answer: TypeAlias = tuple[dict[str, Any], list[Array]]


class _CrewMember:
    """Answers, with the steps it was told of."""

    def __init__(self) -> None:
        self._known: dict[int, Steps] = {}
        self._pool: Pool | None = None
        self._errands = {"make": self._make, "fit": self._fit, "measure": self._measure}

    def answer(self, about: Mapping[str, Any], arrays: list[Array]) -> Answer:
        """What was asked for, or only that it fails."""
        try:
            plain, found = self._errands[about["do"]](about, arrays)
        except Exception:  # who asked does it again, and raises where whoever waits can see it
            self._known.pop(about.get("steps", 0), None)
            return {"done": False}, []
        return {**plain, "done": True}, found

    def _make(self, about: Mapping[str, Any], arrays: list[Array]) -> Answer:
        pictures, learned = arrays[: about["pictures"]], arrays[about["pictures"] :]
        self._known.pop(about.get("forget", 0), None)
        if "new" in about:
            self._known[about["steps"]] = unpacked(about["new"], learned)
        return flat(self._known[about["steps"]].of(pictures))

    def _fit(self, about: Mapping[str, Any], arrays: list[Array]) -> Answer:
        rows, *new = arrays
        if "new" in about:
            self._pool = Pool(cast("list[LocalFeatures]", raised(about["new"], new[1:])), new[0])
        node = cast(Pool, self._pool).fit(tree.from_dict(about["node"]), rows.tolist())
        state = tree.state(node)
        return {"names": list(state)}, list(state.values())

    def _measure(self, about: Mapping[str, Any], arrays: list[Array]) -> Answer:
        return {"quickness": dataclasses.asdict(quickness.unpacked(about["trip"], arrays).made())}, []


if __name__ == "__main__":
    with one_thread_each():
        serve(_CrewMember().answer)
