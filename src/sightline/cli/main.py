"""`sightline`: the command, its verbs, and how errors reach a person.

Verbs are imported when they are called, so that `sightline --help` loads nothing heavy.
"""

from __future__ import annotations

import io
import os
import sys

import typer

from sightline.cli import audit, bench, compare, demo, doctor, evaluate, fit, init, predict, similar
from sightline.cli.terminal import say
from sightline.errors import SightlineError
from sightline.version import __version__

app = typer.Typer(
    help="From a folder of labelled pictures to a classifier that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (demo, init, audit, fit, evaluate, compare, predict, similar, bench, doctor):
    app.command(verb.__name__.rsplit(".", 1)[1])(verb.command)


def _version(asked: bool) -> None:
    if asked:
        print(f"sightline {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> None:
    """Run the command; an error of ours is one line on standard error and the exit code of its kind."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal or pipe that knows no "é" shows \\xe9
            stream.reconfigure(errors="backslashreplace")
    try:
        _run()
    except SightlineError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("stopped; nothing was lost that had been written")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); what is left to flush has nowhere to go.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.filename is not None:
            say(f"error: {error.filename}: {error.strerror}")
            sys.exit(2)
        _discard_output()
        say(f"error: cannot write the result: {error.strerror}")
        sys.exit(2)
    except MemoryError:
        say("error: out of memory; use fewer workers (--workers 1) or a machine with more")
        sys.exit(2)


def _run() -> None:
    try:
        app()
    except SystemExit as leaving:
        if leaving.code == 130:  # Typer has caught the Ctrl-C
            raise KeyboardInterrupt from None
        if sys.stdout is not None:  # None where it was closed before we began
            sys.stdout.flush()  # a full disk is told here, in one line
        raise


def _discard_output() -> None:
    """Python flushes standard output once more at its end, and would complain once more."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
