"""Pictures that a person names on a command line, and what is said where they cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from sightline.cli.terminal import say
from sightline.errors import CatalogError

UNREAD = 2
"""Exit code where no picture at all could be read: the rows with the reasons have been written before."""


def named_pictures(inputs: Sequence[str]) -> list[str]:
    """The pictures that the inputs name. An input that names none is told, and stays: it gets a row with its reason.

    Raises:
        CatalogError: none of the inputs names a picture; what is wrong with the first.
    """
    from sightline.data.listing import list_pictures

    found: list[str] = []
    refused: list[CatalogError] = []
    for name in inputs:
        try:
            found += list_pictures([name])
        except CatalogError as error:
            found.append(name)
            refused.append(error)
    if refused and len(refused) == len(inputs):
        raise refused[0]
    for one in refused:
        say(f"warning: {one}")
    return found


def tell_unread(n: int, unread: int, wrote: object = None) -> None:
    """How many pictures could not be read, where any could not or a file was written.

    Raises:
        typer.Exit: none could be read.
    """
    from sightline.evaluation.figures import many

    if unread or wrote:
        say(f"{many(n, 'picture')}, {unread} could not be read{f'; wrote {wrote}' if wrote else ''}")
    if n and unread == n:
        say("error: none of the pictures could be read; each row has its reason; give pictures that can be")
        raise typer.Exit(UNREAD)
