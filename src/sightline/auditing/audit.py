"""`sl.audit`: everything the data can tell before anything is learned from it."""

from __future__ import annotations

from pathlib import Path

from sightline.auditing.classes import class_findings
from sightline.auditing.duplicates import duplicate_findings, duplicate_sets
from sightline.auditing.files import broken_files, reduced_depth
from sightline.auditing.groups import split_groups
from sightline.data.catalog import Catalog
from sightline.data.read import labelled
from sightline.data.survey import Survey, survey
from sightline.findings import Finding
from sightline.parallel import Progress, silent
from sightline.task import Task

_RANK = {"error": 0, "warning": 1, "info": 2}


def audit(catalog: str | Path | Catalog, task: Task | None = None, *, progress: Progress = silent) -> list[Finding]:
    """What is wrong or noteworthy in a collection, or in the folder or table that `read` takes, worst first.

    Broken files, pixel-identical copies (across parts: a leak), one picture under two labels, class counts, groups on
    two sides, and the keys of the task that nothing checks yet. What `fit` refuses to learn from is an error. Opens
    every file once; changes nothing.

    Raises:
        CatalogError: the catalog has a class that the task does not, or does not know the groups of the task.
    """
    task = task or Task()
    catalog = labelled(catalog).grouped(task.group, task.group_pattern)
    if task.classes:
        catalog = catalog.ordered_as(task.classes)
    seen = survey(catalog, progress=progress)
    return findings_of(catalog, task, seen, duplicate_sets(catalog, seen))


def findings_of(catalog: Catalog, task: Task, seen: Survey, copies: list[list[int]]) -> list[Finding]:
    """The findings of `audit` from a pass over the files that was made already."""
    readable = catalog.subset(seen.readable())
    found = [
        *broken_files(catalog, seen),
        *duplicate_findings(catalog, copies),
        *split_groups(catalog),
        *class_findings(readable),
        *reduced_depth(seen),
        *catalog.notes,
        *task.unchecked(),
    ]
    return sorted(found, key=lambda finding: _RANK[finding.severity])
