"""Groups (pieces, patients, recordings) that stand on two sides of a split that the user gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sightline.auditing.counted import counted, verb
from sightline.data.catalog import SPLITS, Catalog
from sightline.findings import Finding


def split_groups(catalog: Catalog) -> Iterator[Finding]:
    """One finding when any group has pictures in two parts."""
    if catalog.groups is None or catalog.splits is None:
        return
    parts: dict[str, set[int]] = defaultdict(set)
    for name, part in zip(catalog.groups, catalog.splits.tolist(), strict=True):
        if name:
            parts[name].add(part)
    divided = sorted(name for name, found in parts.items() if len(found) > 1)
    if divided:
        sides = sorted({SPLITS[part] for name in divided for part in parts[name]})
        stand = verb(len(divided), "stands", "stand")
        message = f"{len(divided)} of {counted(len(parts), 'group')} {stand} on two sides ({' and '.join(sides)})"
        remedy = "move each group to one side; until then figures on the test part are flattered"
        yield Finding("divided-group", "warning", message, remedy, {"groups": divided[:100], "count": len(divided)})
