from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.arrays import Picture
from sightline.evaluation.report_data import MAX_MISTAKES, Neighbor
from sightline.inputs.source import Item
from sightline.parallel import silent
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.collect import collect
from sightline.search.delivering.mistakes import Wrong
from sightline.search.delivering.page import _nearest, _thumbnail, shown_mistakes
from tests.pictures import mat, noise, write_picture


def wrong(path: Path, number: int = 0) -> Wrong:
    return Wrong(str(path), f"{number}.png", "a", "b", 0.9)


def test_a_mistake_is_shown_with_what_is_nearest_to_it(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "1.png", noise(40, 0))
    asked: list[Wrong] = []

    def nearest(mistake: Wrong) -> list[Neighbor]:
        asked.append(mistake)
        return [Neighbor("t.png", "b", 0.9)]

    many = [wrong(path, number) for number in range(MAX_MISTAKES + 3)]
    shown = shown_mistakes(many, True, nearest)
    assert asked == many[:MAX_MISTAKES]
    assert shown[0].nearest == (Neighbor("t.png", "b", 0.9),) and shown[-1].nearest == ()
    assert shown[0].picture is not None and shown[0].picture.shape == (40, 40, 3)
    assert (shown[0].source, shown[0].truth, shown[0].predicted, shown[0].confidence) == ("0.png", "a", "b", 0.9)


def test_nothing_is_read_that_is_not_to_be_embedded_and_a_lost_file_is_no_end(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "1.png", noise(8, 0))
    (bare,) = shown_mistakes([wrong(path)], False, None)
    (lost,) = shown_mistakes([wrong(tmp_path / "gone.png")], True, None)
    assert bare.picture is None and lost.picture is None and bare.nearest == ()


@pytest.mark.parametrize("kind", ["array", "bytes"])
def test_a_picture_in_memory_is_no_neighbor_of_its_own_and_bears_the_number_of_its_row(
    kind: str, tmp_path: Path
) -> None:
    pictures: list[Item] = [mat(32, seed, broken=bool(seed % 2)) for seed in range(24)]
    if kind == "bytes":
        pictures = [write_picture(tmp_path / "1.png", np.asarray(one)).read_bytes() for one in pictures]
    catalog = sl.read([b"broken", *pictures], labels=["bad", *["ok", "bad"] * 12])
    run = sl.fit(catalog, time_s=8, only="HOG(size_px=32) > Ridge()")
    data = collect(
        catalog, sl.Task(), None, store=None, preparation=sl.Preparation(), allow_leaks=False, seed=0, progress=silent,
        workers=2,
    )  # fmt: skip
    assert run.model.reference is not None
    assert sorted(run.model.reference.sources or ()) == sorted(f"{kind} {row}" for row in range(1, 25))
    nearest = _nearest(run.model, data, True)
    assert nearest is not None
    for row, item in enumerate(pictures, 1):
        found = nearest(Wrong(item, f"{kind} {row}", "ok", "bad", 0.9))
        assert len(found) == 3 and f"{kind} {row}" not in {one.source for one in found}
        for one in found:
            shown = sl.Preparation(max_side_px=96).apply(catalog.items[int(one.source.split()[1])])
            assert one.picture is not None and np.array_equal(one.picture, shown)


def test_a_thumbnail_of_a_large_jpeg_decodes_no_more_than_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    apply = Preparation.apply_bytes

    def counted(self: Preparation, data: bytes) -> Picture:
        decoded.append(self.decode)
        return apply(self, data)

    monkeypatch.setattr(Preparation, "apply_bytes", counted)
    large, small = (write_picture(tmp_path / f"{side}.jpg", mat(side, 0, broken=False)) for side in (800, 100))
    for item in (str(large), large.read_bytes(), str(small), mat(800, 0, broken=False)):
        shown = _thumbnail(item)
        assert shown is not None and max(shown.shape) == 96
    assert decoded == [8, 8, 1]
    assert _thumbnail(b"no picture") is None
