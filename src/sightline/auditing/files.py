"""Files that cannot be read, and files whose depth is reduced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sightline.auditing.counted import counted, verb
from sightline.data.catalog import Catalog
from sightline.data.survey import Survey
from sightline.findings import MAX_SOURCES, Finding


def broken_files(catalog: Catalog, survey: Survey) -> Iterator[Finding]:
    """One finding for each file that cannot be read, up to a bound, then one for the rest."""
    rows = sorted(survey.broken)
    for row in rows[:MAX_SOURCES]:
        uri = catalog.source(row).uri
        reason = survey.broken[row]
        yield Finding("broken-file", "warning", f"{uri}: {reason}", "repair or remove it", {"reason": reason}, (uri,))
    rest = rows[MAX_SOURCES:]
    if rest:
        reasons = dict(Counter(survey.broken[row] for row in rest).most_common(10))
        sources = tuple(catalog.source(row).uri for row in rest[:MAX_SOURCES])
        message = f"{counted(len(rest), 'more file')} cannot be read"
        yield Finding("broken-file", "warning", message, "repair or remove them", {"reasons": reasons}, sources)


def reduced_depth(survey: Survey) -> Iterator[Finding]:
    """16-bit pictures are brought to 8 bits; that is said, not done in silence."""
    deep = {name: count for name, count in survey.formats.items() if name.endswith(("16 bit", "uint16"))}
    if deep:
        n = sum(deep.values())
        message = f"{counted(n, 'picture')} of 16 bits {verb(n, 'is', 'are')} scaled to 8 bits (65535 becomes 255)"
        remedy = "if they use a small part of the 16-bit range, stretch them to it before"
        yield Finding("depth-reduced", "warning", message, remedy, {"formats": deep})
