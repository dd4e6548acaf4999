"""Numbers and names as a person reads them: one spelling for each kind of figure in the report."""

from __future__ import annotations

import math
import re
from typing import Any

from markupsafe import Markup

from sightline.metrics.uncertainty import Interval

NOTHING = "\N{EN DASH}"
"""Stands where there is no number."""

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(value: Any) -> Any:
    """Text without what XML and UTF-8 cannot hold or what reverses the text around it; anything else as it is.

    Names of files and classes are hostile input: Linux allows control characters and broken UTF-8 (which Python
    reads as lone surrogates), and direction overrides show "gpj.exe" as "exe.jpg".
    """
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSAFE.sub("\ufffd", value)
    return value


def percent(share: float | None, decimals: int = 1) -> str:
    """A share in [0, 1] as "93.1 %"; "100.0 %" and "0.0 %" only where that is exact."""
    text = _hundredths(share, decimals)
    return text if text == NOTHING else f"{text} %"


def percent_interval(share: Interval) -> str:
    """A share with its interval: "93.1 % (91.0 to 94.8)"."""
    return _with_limits(percent(share.value), _hundredths(share.low, 1), _hundredths(share.high, 1))


def number(value: float | None, decimals: int = 3) -> str:
    """A plain number with fixed decimals; a real minus sign."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def number_interval(value: Interval) -> str:
    """A plain number with its interval: "0.214 (0.180 to 0.251)"."""
    return _with_limits(number(value.value), number(value.low), number(value.high))


def count(value: int | None) -> str:
    """A whole number with separators: "1,797"."""
    return NOTHING if value is None else f"{value:,}"


def many(n: int, what: str, plural: str = "") -> str:
    """A number of things: "1 picture", "2,000 pictures"; `plural` where no s makes it."""
    return f"{count(n)} {what if n == 1 else plural or f'{what}s'}"


def milliseconds(value: float | None) -> str:
    """A time from milliseconds, with three figures: "0.35 ms", "12.4 ms", "1.25 s"."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{_three(value / 1000)} s" if value >= 999.5 else f"{_three(value)} ms"


def per_second(value: float | None, unit: str = "") -> str:
    """A rate: "312 a second"; `unit` follows the number (" pictures")."""
    if value is None or not math.isfinite(value):
        return NOTHING
    shown = f"{value:,.0f}" if value >= 10 else _three(value)
    return f"{shown}{unit} a second"


def size(value: int | None) -> str:
    """Bytes in decimal units with three figures: "842 B", "1.31 MB"."""
    if value is None:
        return NOTHING
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5 or unit == "GB":
            break
        amount /= 1000
    return f"{value} B" if unit == "B" else f"{_three(amount)} {unit}"


def duration(seconds: float | None) -> str:
    """A time for a person: "8.4 s", "1 min 52 s", "2 min", "2 h 5 min"."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s".removesuffix(" 0 s")
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def of_hundred(share: Interval) -> str:
    """A share for everyone: "93 of 100 cases (91 to 95)"; of 1,000 or 10,000 where 100 would round the rest away."""
    base = 100
    while base < 10_000 and 1 - 1 / base < share.value < 1:
        base *= 10
    value, low, high = (_whole(limit, base) for limit in (share.value, share.low, share.high))
    return _with_limits(f"{value} of {base:,} cases", low, high)


def _whole(share: float, base: int) -> str:
    if not math.isfinite(share):
        return NOTHING
    rounded = round(share * base)
    return f"{base - 1 if rounded == base and share < 1 else rounded:,}"


def _hundredths(share: float | None, decimals: int) -> str:
    if share is None or not math.isfinite(share):
        return NOTHING
    step = 10.0**-decimals
    amount = 100 * share
    if 0 < share < 1:  # rounding must not claim perfection
        amount = min(max(amount, step), 100 - step)
    return f"{amount:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _three(value: float) -> str:
    """Three figures, never an exponent."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def _with_limits(value: str, low: str, high: str) -> str:
    return value if NOTHING in (value, low, high) else f"{value} ({low} to {high})"
