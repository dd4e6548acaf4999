"""How an error reaches a person, as one line, and a program, as the one JSON document that it asked for."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import typer

from sightline.cli.terminal import print_json, say
from sightline.errors import SightlineError


def fail(kind: str, message: str, code: int) -> NoReturn:
    """End the command with one line on standard error and, with --json, the same as a document on standard output.

    {"error": {"kind": "catalog", "message": "...", "exit_code": 2}}
    """
    say(f"error: {message}")
    report(kind, message, code)
    sys.exit(code)


def report(kind: str, message: str, code: int) -> None:
    """The document alone, where the line has been said already."""
    if not json_asked(sys.argv[1:]) or sys.stdout is None:
        return
    with suppress(OSError):  # nobody there to read it, or no room: standard error has told it
        print_json({"error": {"kind": kind, "message": message, "exit_code": code}})
        sys.stdout.flush()
        return
    discard_output()


def kind_of(error: SightlineError) -> str:
    """What kind of error it is, for programs: the words of its class.

    >>> from sightline.errors import MissingExtraError
    >>> kind_of(MissingExtraError("gone"))
    'missing-extra'
    """
    words = re.findall("[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return "-".join(words).lower()


def json_asked(arguments: Sequence[str]) -> bool:
    """Whether --json stands in a command line, even one that cannot be understood; after -- all are names of files."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def usage_error(leaving: SystemExit) -> str | None:
    """What Typer could not understand, where that made it leave; a person has been shown it already."""
    cause = leaving.__context__
    if cause is None or isinstance(cause, (typer.Exit, typer.Abort)):
        return None
    # Typer has its own copy of click or not, by its version, so the class of its errors has no name to test for
    shown: str = getattr(cause, "format_message", cause.__str__)()
    return shown


def interrupted(leaving: SystemExit) -> bool:
    """Whether Typer has caught a Ctrl-C; a verb that was stopped, and said so, leaves with the same code."""
    cause = leaving.__context__
    return leaving.code == 130 and (cause is None or isinstance(cause.__cause__, KeyboardInterrupt))


def discard_output() -> None:
    """Python flushes standard output once more at its end, and would complain once more."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
