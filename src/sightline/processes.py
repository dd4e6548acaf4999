"""Processes of our own that answer over pipes, for work that threads cannot share (docs/decisions/0013).

A process is told the name of one of our modules and nothing else; no code and no object travels. A message is a JSON
table and arrays, both ways in turn. When this process ends, however it ends, the other reads the end of its input when
it has done what it was at, and ends too.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

import numpy as np
import numpy.typing as npt

Arrays: TypeAlias = Sequence[npt.NDArray[Any]]
Message: TypeAlias = tuple[dict[str, Any], list[npt.NDArray[Any]]]
LOST = (OSError, EOFError)
"""What reading and writing raise once the other process is gone."""
MAX_TABLE_BYTES, MAX_ARRAY_BYTES = 64_000_000, 8_000_000_000
PLAIN = "biuf"
"""Kinds of dtypes that travel."""
PIPE_BYTES = 1 << 20
"""What a pipe holds where the system lets us say: every time it is full, or empty, two processes take turns."""


def send(stream: BinaryIO, about: Mapping[str, Any], arrays: Arrays = ()) -> None:
    """Write one message."""
    rows = [np.asarray(one, order="C") for one in arrays]
    header = json.dumps({"about": dict(about), "arrays": [[one.dtype.str, one.shape] for one in rows]}).encode()
    stream.write(struct.pack("<Q", len(header)) + header)
    for one in rows:
        stream.write(_bytes_of(one))
    stream.flush()


def receive(stream: BinaryIO) -> Message:
    """Read one message.

    Raises:
        EOFError: the other process is gone.
        ValueError: what came is no message.
    """
    (length,) = struct.unpack("<Q", _fill(stream, memoryview(bytearray(8))))
    if length > MAX_TABLE_BYTES:
        raise ValueError(f"a table of {length:,} bytes was announced; allowed: {MAX_TABLE_BYTES:,}")
    header = json.loads(bytes(_fill(stream, memoryview(bytearray(length)))))
    return header["about"], [_array(stream, np.dtype(kind), shape) for kind, shape in header["arrays"]]


def _array(stream: BinaryIO, kind: np.dtype[Any], shape: Sequence[int]) -> npt.NDArray[Any]:
    if kind.kind not in PLAIN or (needed := kind.itemsize * int(np.prod(shape, dtype=object))) > MAX_ARRAY_BYTES:
        raise ValueError(f"{kind} of shape {shape} was announced; allowed: numbers, up to {MAX_ARRAY_BYTES:,} bytes")
    found = np.empty(shape, kind)
    if needed:
        _fill(stream, _bytes_of(found))
    return found


def _bytes_of(array: npt.NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _fill(stream: BinaryIO, view: memoryview) -> memoryview:
    done = 0
    while done < len(view):
        count = stream.readinto(view[done:])  # type: ignore[attr-defined]  # every binary stream of a process has it
        if not count:
            raise EOFError("the other process is gone")
        done += count
    return view


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold `PIPE_BYTES`: arrays go through in half the time."""
    with contextlib.suppress(ImportError, AttributeError, OSError):  # no Linux, or as many as a user may have
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


START = (
    "import runpy, sys; place = sys.argv.pop(1); sys.path.insert(0, place); import sightline; sys.path.remove(place); "
    "sys.path.append(place); runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
"""This very package first, wherever another may be installed; then nothing of its folder stands before others."""


def command(module: str) -> list[str]:
    """What runs a module of ours in a process of its own, isolated as this one is; no file of the folder at hand."""
    flags = {"-I": sys.flags.isolated, "-E": sys.flags.ignore_environment, "-s": sys.flags.no_user_site}
    given = [flag for flag, is_set in flags.items() if is_set]
    return [sys.executable, "-P", *given, "-c", START, str(Path(__file__).parent.parent), module]


def can_start() -> bool:
    """Whether this program is a Python that runs modules: an application with Python inside would start itself."""
    name = Path(sys.executable or "").name.lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)


class Process:
    """A process that runs a module of ours, which calls `serve`.

    Args:
        module: its full name.
    """

    def __init__(self, module: str) -> None:
        # One thread each, as in the process that asks.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self._running = subprocess.Popen(
            command(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._in, self._out = cast(BinaryIO, self._running.stdin), cast(BinaryIO, self._running.stdout)
        for pipe in (self._in, self._out):
            _widen(pipe)

    def wait_until_ready(self) -> None:
        """Until it has imported what it needs.

        Raises:
            OSError, EOFError: it did not start.
        """
        self._answer()

    def ask(self, about: Mapping[str, Any], arrays: Arrays = ()) -> Message:
        """The answer to a message; after an error, or an interruption, the process is of no use any more.

        Raises:
            OSError, EOFError: it is gone.
        """
        send(self._in, about, arrays)
        return self._answer()

    def _answer(self) -> Message:
        try:
            return receive(self._out)
        except ValueError as error:
            raise EOFError(f"it answered what is no message: {error}") from None

    def end(self) -> None:
        """Stop it, whatever it does; nothing is lost but its answer."""
        self._running.kill()
        self._running.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):  # what was still to be written
                pipe.close()


def serve(answer: Callable[[dict[str, Any], list[npt.NDArray[Any]]], tuple[Mapping[str, Any], Arrays]]) -> None:
    """Answer messages on standard input until it ends; what anybody prints meanwhile goes nowhere near the answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            send(out, {"ready": True})
            while True:
                send(out, *answer(*receive(sys.stdin.buffer)))
        except LOST:
            return
