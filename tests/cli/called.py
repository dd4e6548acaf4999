"""The command called inside the test's own process: a tenth of the time that a process of its own takes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from sightline.cli.main import main


class Done(NamedTuple):
    """How a command ended: its exit code, and what it wrote to standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line that says what is wrong; it is the last."""
        lines = self.err.splitlines()
        assert [line for line in lines if line.startswith("error: ")] == lines[-1:], self.err
        return lines[-1]


Call = Callable[..., Done]


def caller(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A function that runs `sightline ARGS...`."""

    def call(*args: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["sightline", *map(str, args)])
        with pytest.raises(SystemExit) as leaving:
            main()
        code = leaving.value.code
        return Done(0 if code is None else int(code), *capsys.readouterr())

    return call
