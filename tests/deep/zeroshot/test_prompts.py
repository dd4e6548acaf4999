"""Templates by name, as text and from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.deep.zeroshot.prompts import SETS, prompt, templates_of
from sightline.errors import InputError


def test_sets_are_templates_without_repetitions() -> None:
    for name, templates in SETS.items():
        assert templates_of(name) == templates and len(set(templates)) == len(templates)
        assert all(one.count("{}") == 1 for one in templates)


def test_own_templates(tmp_path: Path) -> None:
    assert templates_of("an X-ray of {}") == ("an X-ray of {}",)
    path = tmp_path / "p.txt"
    path.write_text("a {}\n\n  a drawing of a {}  \n")
    assert templates_of(str(path)) == ("a {}", "a drawing of a {}")


@pytest.mark.parametrize(
    ("template", "text", "made"),
    [
        ("a photo of a {}.", "dog", "a photo of a dog."),
        ("a photo of a {}.", "the sea", "a photo of the sea."),
        ("a {} seen from above.", "An airport", "An airport seen from above."),
        ("a photo of a {}.", "anthill", "a photo of a anthill."),
        ("a photo of {}.", "a {}", "a photo of a {}."),
    ],
)
def test_a_text_has_one_article(template: str, text: str, made: str) -> None:
    assert prompt(template, text) == made


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", 'prompts "" was given; allowed: plain'),
        ("foto", 'did you mean "photo"'),
        ("x" * 300, "allowed: plain"),
        ("x\0", "allowed: plain"),
        ("{} and {}", "with {} once"),
        ("x" * 400 + "{}", "up to 300 letters"),
        ("none.txt", "has 0 templates; allowed: 1 to 100"),
        ("many.txt", "has 101 templates"),
        ("bare.txt", 'the template "a photo of a dog" was given'),
        ("binary.txt", "cannot read"),
        ("long.txt", "more than 100,000 bytes"),
    ],
)
def test_what_are_no_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("none.txt").write_text("\n \n")
    Path("many.txt").write_text("a {}\n" * 101)
    Path("bare.txt").write_text("a {}\na photo of a dog\n")
    Path("binary.txt").write_bytes(b"\xff\xfe{}")
    Path("long.txt").write_text("a {}\n" * 30_000)
    with pytest.raises(InputError) as caught:
        templates_of(asked)
    assert words in str(caught.value) and "\n" not in str(caught.value)
