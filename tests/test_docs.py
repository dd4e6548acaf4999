"""The pages: generated ones are fresh, examples run, links lead somewhere; and each of these checks can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import generate

PAGES = generate.pages()
WITH_EXAMPLES = [page for page in PAGES if generate.RUNNABLE.search(page.read_text("utf-8"))]


def test_reference_is_what_the_docstrings_say() -> None:
    assert list(generate.stale(generate.reference())) == []


def test_docstring_examples_run() -> None:
    assert list(generate.doctests()) == []


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_examples_of_the_page_run(page: Path) -> None:
    assert list(generate.examples([page])) == []


def test_there_are_pages_with_examples() -> None:
    assert "python.md" in {page.name for page in WITH_EXAMPLES}


def test_links_lead_somewhere() -> None:
    assert list(generate.links(PAGES)) == []


def test_stale_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("gone")
    (tmp_path / "same.md").write_text("same")
    (tmp_path / "other.md").write_text("before")
    found = list(generate.stale({"same.md": "same", "other.md": "after", "new.md": "new"}, tmp_path))
    assert [line.split("/")[1].split(";")[0] for line in found] == [
        "new.md is missing",
        "old.md is of a name that is gone",
        "other.md is out of date",
    ]


def test_failing_example_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python run\nx = 1\n```\n\ntext\n\n```python\nx = 0\n```\n\n```python run\nprint(1 / (x - 1))\n```\n"
    )
    (said,) = generate.examples([page])
    assert "page.md" in said
    assert "ZeroDivisionError" in said


@pytest.mark.parametrize("target", ["missing.md", "there.md#no-such", "#no-such"])
def test_dead_link_is_named(tmp_path: Path, target: str) -> None:
    (tmp_path / "there.md").write_text("# One `heading`, here\n")
    page = tmp_path / "page.md"
    good = "[a](there.md) [b](there.md#one-heading-here) [c](https://example.org/x) `x`\n```\n[d](nothing.md)\n```\n"
    page.write_text(good)
    assert list(generate.links([page])) == []
    page.write_text(f"{good}[e]({target})")
    assert len(list(generate.links([page]))) == 1


def test_sections_of_a_docstring_become_lists() -> None:
    def thing(a: int, b: str = "x", *, c: float = 1.0) -> None:
        """Do it.

            a diagram

        Args:
            a: how many,
                at least 1.

        >>> 1 + 1
        2
        """

    text = generate.docstring(thing)
    assert "```text\na diagram\n```" in text
    assert "**Args**\n\n- `a`: how many, at least 1." in text
    assert "```pycon\n>>> 1 + 1\n2\n```" in text
    assert generate.signature(thing) == "(a: int, b: str = 'x', *, c: float = 1.0) -> None"
