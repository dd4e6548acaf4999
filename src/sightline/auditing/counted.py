"""How findings count."""

from __future__ import annotations


def counted(n: int, what: str, plural: str = "") -> str:
    """Number and noun: "1 picture", "3 pictures"; `plural` where no s makes it."""
    return f"{n} {what if n == 1 else plural or f'{what}s'}"


def verb(n: int, one: str, several: str) -> str:
    """ "is" or "are", by how many."""
    return one if n == 1 else several
