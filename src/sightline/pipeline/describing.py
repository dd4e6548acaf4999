"""The other side of a `Crew`: makes what it is asked for, until its input ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.arrays import Array
from sightline.pipeline.batches import Steps, flat, unpacked
from sightline.processes import serve
from sightline.threads import one_thread_each


class _Describing:
    """Answers, with the steps it was told of."""

    def __init__(self) -> None:
        self._known: dict[int, Steps] = {}

    def answer(self, about: Mapping[str, Any], arrays: list[Array]) -> tuple[dict[str, Any], list[Array]]:
        """What the steps make of the pictures; where they fail, only that."""
        pictures, learned = arrays[: about["pictures"]], arrays[about["pictures"] :]
        self._known.pop(about.get("forget", 0), None)
        try:
            if "new" in about:
                self._known[about["steps"]] = unpacked(about["new"], learned)
            plain, made = flat(self._known[about["steps"]].of(pictures))
        except Exception:  # who asked does it again, and raises where whoever waits can see it
            return {"made": False}, []
        return {**plain, "made": True}, made


if __name__ == "__main__":
    with one_thread_each():
        serve(_Describing().answer)
