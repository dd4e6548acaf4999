"""What may go wrong with one candidate and is no reason to lose the others."""

from __future__ import annotations

from pathlib import Path

import cv2

from sightline.errors import ExportError, InputError, SightlineError

PLAIN = (InputError, MemoryError, ArithmeticError, ValueError, RuntimeError, cv2.error)
"""Says itself what is wrong: a picture that is refused, memory that is not there, a matrix that has no solution.
numpy's LinAlgError is a ValueError."""
OWN = (InputError, ExportError)
"""Of our own errors, those about what one candidate was given or made: its network's export may answer otherwise."""


def is_failure(error: Exception) -> bool:
    """Whether an error is one candidate's own, whatever an outside component raises.

    Not what we raise for the user: an extra that is not installed, a model file that cannot be written.
    """
    return isinstance(error, OWN) or not isinstance(error, SightlineError)


def reason(error: Exception) -> str:
    """What to say of it in one line; of what may be a mistake in a component, where it was raised.

    >>> reason(InputError("pictures are too small")), reason(MemoryError())
    ('pictures are too small', 'it failed: MemoryError')
    """
    line = " ".join(str(error).split())[:300]
    if isinstance(error, OWN):
        return line
    said = f"it failed: {type(error).__name__}{f' ({line})' if line else ''}"
    return said if isinstance(error, PLAIN) else said + _where(error)


def _where(error: Exception) -> str:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "" if at is None else f" in {Path(at.tb_frame.f_code.co_filename).name}, line {at.tb_lineno}"
