"""Sentences around the text of a class: a network that has read captions knows those better than single words.

A. Radford et al.: Learning transferable visual models from natural language supervision. ICML 2021, of prompts, and of
the mean of the vectors of several.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from sightline.errors import InputError, nearest
from sightline.files import read_small

PLACE = "{}"
MOST_TEMPLATES = 100
MOST_LETTERS = 300
"""Of a template and of a text: networks read 64 or 77 tokens."""
MAX_FILE_BYTES = 100_000
USUAL = "plain"
SETS: Mapping[str, tuple[str, ...]] = {
    "plain": ("a photo of a {}.",),
    "photo": (
        "a photo of a {}.",
        "a close-up of a {}.",
        "a sharp, well lit picture of a {}.",
        "a blurry picture of a {}.",
        "a dark picture of a {}.",
        "a {} seen from afar.",
        "a picture that shows a {}.",
    ),
    "texture": (
        "a photo of a {} texture.",
        "a close-up of a {} surface.",
        "a {} pattern.",
        "something with a {} surface.",
        "a material that looks {}.",
    ),
    "satellite": (
        "a satellite image of a {}.",
        "an aerial photo of a {}.",
        "a {} seen from above.",
        "an overhead view of a {}.",
        "a remote sensing image of a {}.",
    ),
    "medical": (
        "a medical image of a {}.",
        "a scan that shows a {}.",
        "a microscope image of a {}.",
        "a medical picture with signs of a {}.",
    ),
}
"""Templates by what the pictures are."""
_ARTICLE = re.compile(r"(a|an|the|one|no|some)\s", re.IGNORECASE)


def templates_of(asked: str) -> tuple[str, ...]:
    """The templates that `asked` means: the name of a set, one template with {}, or a file with one in each line.

    Raises:
        InputError: none of these, a template without {}, too many, or one that is too long.
    """
    if asked in SETS:
        return SETS[asked]
    if PLACE in asked:
        return _checked((asked,), "--prompts")
    path = Path(asked)
    if not os.path.isfile(path):  # never raises, as `Path.is_file` does of what is too long for a name
        raise InputError(
            f'--prompts "{asked[:80]}" was given; allowed: {", ".join(SETS)}, a template with {PLACE} for the class, '
            f'as "a photo of a {PLACE}.", or a file of templates; {nearest(asked, SETS)}'
        )
    try:
        raw = read_small(path, MAX_FILE_BYTES)
        lines = raw.decode() if len(raw) <= MAX_FILE_BYTES else None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path} ({error}); give a text file with one template in each line") from None
    if lines is None:
        raise InputError(f"{path} has more than {MAX_FILE_BYTES:,} bytes; give one template in each line")
    return _checked(tuple(line.strip() for line in lines.splitlines() if line.strip()), str(path))


def _checked(templates: tuple[str, ...], where: str) -> tuple[str, ...]:
    if not 1 <= len(templates) <= MOST_TEMPLATES:
        raise InputError(f"{where} has {len(templates)} templates; allowed: 1 to {MOST_TEMPLATES}, one in each line")
    for one in templates:
        if one.count(PLACE) != 1 or len(one) > MOST_LETTERS:
            raise InputError(
                f'{where}: the template "{one[:80]}" was given; allowed: up to {MOST_LETTERS} letters with {PLACE} '
                f'once, where the class stands, as "a photo of a {PLACE}."'
            )
    return templates


def prompt(template: str, text: str) -> str:
    """A template with the text of a class in its place; an article of the text takes that of the template's.

    >>> prompt("a photo of a {}.", "daisy"), prompt("a photo of a {}.", "an intact mat")
    ('a photo of a daisy.', 'a photo of an intact mat.')
    """
    if _ARTICLE.match(text):
        template = re.sub(r"\b(a|an|the) (?=\{\})", "", template, count=1, flags=re.IGNORECASE)
    return template.replace(PLACE, text)
