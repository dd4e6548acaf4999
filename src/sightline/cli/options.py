"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="Folder of class folders, or CSV or Parquet with path,label.")
]
ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="model.sight, as fit wrote it.")]
TaskFile = Annotated[Path | None, typer.Option("--task", help="task.toml; `sightline init` writes one.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output and nothing else.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=256, help="Threads; default: the cores.")]
Group = Annotated[str | None, typer.Option("--group", help="Column whose equal values stay on one side of a split.")]
GroupPattern = Annotated[
    str | None, typer.Option("--group-pattern", help="Regular expression; its first group in the path is the group.")
]
Metadata = Annotated[
    Path | None, typer.Option("--metadata", help="Table with path (or file) and columns to join to the pictures.")
]
