from __future__ import annotations

from pathlib import Path

from sightline.evaluation.report_data import MAX_MISTAKES, Neighbor
from sightline.inputs.source import Item
from sightline.search.delivering.mistakes import Wrong
from sightline.search.delivering.page import shown_mistakes
from tests.pictures import noise, write_picture


def wrong(path: Path, number: int = 0) -> Wrong:
    return Wrong(str(path), f"{number}.png", "a", "b", 0.9)


def test_a_mistake_is_shown_with_what_is_nearest_to_it(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "1.png", noise(40, 0))
    asked: list[Item] = []

    def nearest(item: Item) -> list[Neighbor]:
        asked.append(item)
        return [Neighbor("t.png", "b", 0.9)]

    many = [wrong(path, number) for number in range(MAX_MISTAKES + 3)]
    shown = shown_mistakes(many, True, nearest)
    assert asked == [str(path)] * MAX_MISTAKES
    assert shown[0].nearest == (Neighbor("t.png", "b", 0.9),) and shown[-1].nearest == ()
    assert shown[0].picture is not None and shown[0].picture.shape == (40, 40, 3)
    assert (shown[0].source, shown[0].truth, shown[0].predicted, shown[0].confidence) == ("0.png", "a", "b", 0.9)


def test_nothing_is_read_that_is_not_to_be_embedded_and_a_lost_file_is_no_end(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "1.png", noise(8, 0))
    (bare,) = shown_mistakes([wrong(path)], False, None)
    (lost,) = shown_mistakes([wrong(tmp_path / "gone.png")], True, None)
    assert bare.picture is None and lost.picture is None and bare.nearest == ()
