"""The main job on photographs and factory pictures, where they are at hand; their test parts are not touched."""

from __future__ import annotations

from pathlib import Path

import sightline as sl


def test_flowers_are_told_apart_better_than_by_chance(real_data: Path) -> None:
    catalog = sl.read(real_data / "flowers" / "train")
    run = sl.fit(catalog, time_s=30, only="LocalBinaryPattern(grid=2) + ColorHistogram() > LinearSVM(C=0.001)")
    assert len(catalog) == 400
    assert run.evaluation.balanced_accuracy.low > 0.4  # five classes: 0.2 by chance


def test_exposures_of_a_tile_stay_on_one_side(real_data: Path) -> None:
    folder = real_data / "magnetic_tile"
    catalog = sl.read(folder, metadata=folder / "groups.csv", group="tile_group").part("train")
    assert "divided-group" not in {finding.kind for finding in sl.audit(catalog)}
    run = sl.fit(catalog, time_s=30, only="HOG() > LinearSVM(C=0.001)")
    record = run.winner.record
    assert record is not None
    tiles = [catalog.groups[row] for row in record.index] if catalog.groups else []
    assert len({(tile, fold) for tile, fold in zip(tiles, record.fold.tolist(), strict=True)}) == len(set(tiles))
