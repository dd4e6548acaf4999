"""What may go wrong with one candidate and is no reason to lose the others."""

from __future__ import annotations

import cv2

from sightline.errors import InputError

FAILURES = (InputError, MemoryError, ArithmeticError, ValueError, RuntimeError, cv2.error)
"""A picture that is refused, memory that is not there, a matrix that has no solution, what OpenCV or an outside
component raises. numpy's LinAlgError is a ValueError."""


def reason(error: BaseException) -> str:
    """What to say of it in one line.

    >>> reason(InputError("pictures are too small")), reason(MemoryError())
    ('pictures are too small', 'it failed: MemoryError')
    """
    line = " ".join(str(error).split())[:300]
    if isinstance(error, InputError):
        return line
    return f"it failed: {type(error).__name__}{f' ({line})' if line else ''}"
