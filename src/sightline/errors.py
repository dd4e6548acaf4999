"""What can go wrong, as one tree. Each leaf is one line for a person and one exit code for a script.

    SightlineError                     exit 2
    ├── InputError                     something that was given cannot be used
    │   ├── UnreadableError            one picture: missing, broken, too large, of no known kind
    │   ├── CatalogError               a data set: no pictures, one class, a missing column
    │   ├── TaskError                  task.toml: an unknown key, a value out of range
    │   └── ComponentError             a component: an unknown name, a parameter out of range
    ├── ArtifactError                  model.sight: truncated, tampered, of a future format, or it could not be written
    ├── MissingExtraError              a feature whose libraries are not installed
    └── GateError                      exit 1: the input is fine, the answer is "no"
        ├── LeakError                  the same picture in two parts that the user gave
        ├── BudgetError                no candidate meets a limit
        └── ExportError                an export answers otherwise than what it was made of

A message says what was given, what is allowed and what to do, in one line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class SightlineError(Exception):
    """Base of every error raised on purpose."""

    exit_code: ClassVar[int] = 2


class InputError(SightlineError):
    """Something that was given cannot be used."""


class UnreadableError(InputError):
    """One picture cannot be read; the message is the reason alone, without the path."""


class CatalogError(InputError):
    """A data set cannot be used as it is."""


class TaskError(InputError):
    """A task definition cannot be used as it is."""


class ComponentError(InputError):
    """A component is unknown or was given a parameter it does not take."""


class ArtifactError(SightlineError):
    """A model file cannot be read or written; the message names the part."""


class MissingExtraError(SightlineError):
    """A feature needs an extra that is not installed."""


class GateError(SightlineError):
    """The input is fine; the answer is no."""

    exit_code: ClassVar[int] = 1


class LeakError(GateError):
    """The same picture is in two parts that the user gave."""


class BudgetError(GateError):
    """No candidate meets a limit of the task or the command line."""


class ExportError(GateError):
    """An export answers otherwise than what it was made of."""


SHOWN = 20
"""Names that one line of an error holds."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an "unknown name" message: the nearest known names, or the first `SHOWN` of all when none is near.

    >>> nearest("clases", ["classes", "costs"])
    'did you mean "classes"?'
    >>> nearest("zzz", ["b", "a"])
    'known: a, b'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=2, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f'"{match}"' for match in close) + "?"
    more = len(names) - SHOWN
    return "known: " + ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
