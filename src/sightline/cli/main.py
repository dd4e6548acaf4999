"""`sightline`: the command, its verbs, and how errors reach a person.

Verbs are imported when they are called, so that `sightline --help` loads nothing heavy.
"""

from __future__ import annotations

import io
import sys

import typer

from sightline.cli import (
    audit,
    bench,
    compare,
    demo,
    doctor,
    evaluate,
    explain,
    export,
    fit,
    init,
    models,
    predict,
    pretrain,
    similar,
    zeroshot,
)
from sightline.cli.failure import discard_output, fail, interrupted, kind_of, report, usage_error
from sightline.cli.hints import hint
from sightline.cli.terminal import say
from sightline.errors import SightlineError
from sightline.version import __version__

INTERRUPTED = 130
"""As shells tell a Ctrl-C."""

app = typer.Typer(
    help="From a folder of labelled pictures to a classifier that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (
    demo,
    init,
    audit,
    fit,
    evaluate,
    compare,
    predict,
    explain,
    similar,
    bench,
    export,
    models,
    doctor,
    zeroshot,
    pretrain,
):
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
    """Run the command; an error of ours is one line on standard error and the exit code of its kind.

    With --json, standard output gets one document in any case: the result, or what the error was.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal or pipe that knows no "é" shows \\xe9
            stream.reconfigure(errors="backslashreplace")
    try:
        _run()
    except SightlineError as error:
        fail(kind_of(error), str(error), error.exit_code)
    except KeyboardInterrupt:
        stopped = "stopped; nothing was lost that had been written"
        say(stopped)
        report("interrupted", stopped, INTERRUPTED)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); what is left to flush has nowhere to go.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.filename is not None:
            fail("system", f"{error.filename}: {error.strerror}", 2)
        discard_output()
        say(f"error: cannot write the result: {error.strerror}")
        sys.exit(2)
    except MemoryError:
        fail("memory", "out of memory; use fewer workers (--workers 1) or a machine with more", 2)


def _run() -> None:
    try:
        app()
    except SystemExit as leaving:
        if interrupted(leaving):
            raise KeyboardInterrupt from None
        misunderstood = usage_error(leaving)
        if misunderstood is not None:
            said = hint(sys.argv[1:], misunderstood)
            if said is not None:
                say(f"hint: {said}")
            report("usage", f"{misunderstood}; {said}" if said else misunderstood, 2)
        if sys.stdout is not None:  # None where it was closed before we began
            sys.stdout.flush()  # a full disk is told here, in one line
        raise
