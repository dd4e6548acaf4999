"""What each class is called in words that a network of texts understands."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Self

from sightline.deep.zeroshot.prompts import MOST_LETTERS
from sightline.errors import InputError, nearest

MOST_CLASSES = 1000
"""Each takes as many runs of the text tower as there are templates: 20 ms each of a middling one on a core."""
EXAMPLE = '--classes "an intact mat, a broken mat" or "normal=an intact mat, torn=a broken mat"'


@dataclasses.dataclass(frozen=True)
class ClassTexts:
    """The names of k classes, in order, and the text of each.

    Raises:
        InputError: fewer than two or too many classes, a name or text twice, or a text that is empty or too long.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.names) <= MOST_CLASSES:
            few = "one class was" if len(self.names) == 1 else f"{len(self.names):,} classes were"
            raise InputError(f"{few} given; allowed: 2 to {MOST_CLASSES:,}, as {EXAMPLE}")
        for what, values in (("name", self.names), ("text", [text.lower() for text in self.texts])):
            twice = [value for number, value in enumerate(values) if value in values[:number]]
            if twice:
                raise InputError(f'the {what} "{twice[0][:80]}" was given twice; give each class one of its own')
        for name, text in zip(self.names, self.texts, strict=True):
            if not name.strip() or not re.search(r"\w", text) or len(text) > MOST_LETTERS:
                raise InputError(
                    f'the text "{text[:80]}" was given for the class "{name[:80]}"; allowed: words, up to '
                    f"{MOST_LETTERS} letters, as {EXAMPLE}"
                )

    @classmethod
    def of(cls, asked: str) -> Self:
        """Texts between commas (or semicolons, where texts have commas); each is its class's name unless "name=text".

        Raises:
            InputError: as the class, or only some have names.

        >>> ClassTexts.of("normal=an intact mat, torn=a broken mat").names
        ('normal', 'torn')
        """
        parts = [part.strip() for part in asked.split(";" if ";" in asked else ",")]
        if not asked.strip():
            raise InputError(f"--classes {asked!r} was given; allowed: texts between commas, as {EXAMPLE}")
        named = ["=" in part for part in parts]
        if any(named) and not all(named):
            raise InputError(
                f'--classes has the text "{parts[named.index(False)][:80]}" without a name beside others with one; '
                f"allowed: all or none, as {EXAMPLE}"
            )
        pairs = [part.split("=", 1) if "=" in part else (part, part) for part in parts]
        return cls(tuple(name.strip() for name, _ in pairs), tuple(text.strip() for _, text in pairs))

    @classmethod
    def of_names(cls, names: Sequence[str], texts: Mapping[str, str] | None = None) -> Self:
        """The texts that are given for some classes, and the names of the others as their texts.

        >>> ClassTexts.of_names(["bus_stop", "park"], {"park": "a park with trees"}).texts
        ('bus stop', 'a park with trees')
        """
        given = texts or {}
        return cls(tuple(names), tuple(given.get(name, spelled(name)) for name in names))

    def for_folders(self, folders: Sequence[str], where: str) -> Self:
        """The same, in the order of the classes of some data.

        Raises:
            InputError: names that are not those classes; what to write instead.
        """
        missing, unknown = [name for name in folders if name not in self.names], [*set(self.names) - set(folders)]
        if missing or unknown:
            known = f"; {nearest(sorted(unknown)[0], folders)}" if unknown else ""
            pairs = ", ".join(f"{name}=..." for name in folders[:8])
            raise InputError(
                f"--classes names {', '.join(self.names)[:120]} and {where} has the classes "
                f'{", ".join(folders)[:120]}; allowed: a text for each of these, as --classes "{pairs}"{known}'
            )
        text = dict(zip(self.names, self.texts, strict=True))
        return type(self)(tuple(folders), tuple(text[name] for name in folders))


def spelled(name: str) -> str:
    """The name of a class as words.

    >>> spelled("broken_mat")
    'broken mat'
    """
    return " ".join(re.sub(r"[_\s]+", " ", name).split())
