"""`sightline audit`: what is wrong with the data, before anything is learned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sightline.cli.options import Data, Group, GroupPattern, Json, Metadata, TaskFile
from sightline.cli.terminal import print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sightline.findings import Finding


def command(
    data: Data,
    task: TaskFile = None,
    group: Group = None,
    group_pattern: GroupPattern = None,
    metadata: Metadata = None,
    json: Json = False,
) -> None:
    """Broken files, copies, leaks, label conflicts, class counts, divided groups.

    Exit code 1 when a finding is an error: a leak, or nothing to learn a class from.
    """
    from sightline.auditing.audit import audit
    from sightline.data.read import read
    from sightline.evaluation.figures import many
    from sightline.task import Task

    catalog = read(data, metadata=metadata, group=group, group_pattern=group_pattern)
    with progress_bar(quiet=json) as progress:
        findings = audit(catalog, Task.load(task) if task else None, progress=progress)
    if json:
        print_json([finding.to_dict() for finding in findings])
    else:
        print_findings(findings)
        say(f"{many(len(catalog), 'picture')} in {many(len(catalog.classes), 'class', 'classes')} looked at")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def print_findings(findings: Sequence[Finding], limit: int = 25) -> None:
    """The first findings as a table; they come worst first."""
    rows = [[finding.severity, finding.kind, finding.message, finding.remedy] for finding in findings[:limit]]
    print_table("Findings", ["", "kind", "what", "what to do"], rows)
    if len(findings) > limit:
        say(f"and {len(findings) - limit} more; --json shows all")
