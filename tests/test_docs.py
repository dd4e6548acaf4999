"""The pages: generated ones are fresh, examples run, links lead somewhere; and each of these checks can fail."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from docs import components, generate
from docs.pictures import gallery
from docs.pictures.panels import image
from docs.pictures.scenes import digits
from sightline.components import known
from sightline.pipeline import graph
from sightline.pipeline.text import parse

GUIDE = generate.GUIDE.read_text("utf-8")
SECTIONS = {text.partition("\n")[0]: text for text in re.split(r"^###? ", GUIDE, flags=re.MULTILINE)}
PIPELINES = re.findall(r"^```text pipeline\n(.*)\n```$", GUIDE, re.MULTILINE)
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_installs_no_other_project(page: Path) -> None:
    if page.name == "benchmarks.md":
        pytest.skip("a question of benchmarks/, which install the checkout")
    # PyPI's "sightline" is another project; ours is installed from a checkout
    assert re.findall(r"pip install[^`\n]*\bsightline\b", page.read_text("utf-8")) == []


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


def test_guide_and_pictures_are_what_the_components_give() -> None:
    assert list(generate.guide_stale(generate.GUIDE)) == []
    assert list(gallery.stale(generate.PICTURES)) == []


@pytest.mark.parametrize("name", components.classical())
def test_component_has_a_section_with_its_facts_and_a_picture(name: str) -> None:
    picture = gallery.picture_of(name)
    shown_in = SECTIONS["Classifiers" if picture == gallery.CLASSIFIERS else name]
    assert f"](pictures/{picture}.svg)" in shown_in
    assert f"<!-- facts {name} -->" in SECTIONS[name]
    assert name in gallery.draw(picture)
    (pipeline,) = re.findall(r"^```text pipeline\n(.*)\n```$", SECTIONS[name], re.MULTILINE)
    assert name in {type(leaf).__name__ for _, leaf in graph.leaves(parse(pipeline))} | inner_names(pipeline)


def inner_names(pipeline: str) -> set[str]:
    return {type(part).__name__ for _, leaf in graph.leaves(parse(pipeline)) for _, part in leaf.inner()}


@pytest.mark.parametrize("name", known())
def test_docstring_has_paper_cost_and_example(name: str) -> None:
    assert components.papers(name)
    assert "O(" in components.cost(name) or components.cost(name).startswith("that of")
    assert ">>> " in str(known()[name].__doc__)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_pipeline_of_the_guide_learns_digits(pipeline: str) -> None:
    pixels, labels = digits(260)
    chosen = np.isin(labels, (0, 1, 3))
    y = np.searchsorted([0, 1, 3], labels[chosen])
    pictures = [
        cv2.resize(np.repeat(one, 3, axis=2), (32, 32), interpolation=cv2.INTER_CUBIC) for one in pixels[chosen]
    ]
    fitted = graph.fit(parse(pipeline), pictures[:50], y[:50])
    answers = graph.predict_proba(fitted, pictures[50:], 3).argmax(axis=1)
    assert np.mean(answers == y[50:]) > 0.5  # a third by chance


def test_stale_guide_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(components.fill("<!-- facts HOG -->\n<!-- end -->\n"))
    assert "1,764" in page.read_text()
    assert list(generate.guide_stale(page)) == []
    page.write_text(page.read_text().replace("1,764", "1,765"))
    assert len(list(generate.guide_stale(page))) == 1


def test_stale_pictures_are_named(tmp_path: Path) -> None:
    gallery.write(tmp_path)
    assert list(gallery.stale(tmp_path)) == []
    (tmp_path / "Gone.svg").write_text("<svg/>")
    (tmp_path / "PCA.svg").unlink()
    (tmp_path / "HOG.svg").write_text((tmp_path / "HuMoments.svg").read_text())
    said = [line.partition("/")[2].partition(";")[0] for line in gallery.stale(tmp_path)]
    assert said == ["Gone.svg is of a name that is gone", "HOG.svg is out of date", "PCA.svg is missing"]


def test_pictures_are_alike_but_for_rounding() -> None:
    drawn = '<path d="M1 2L3.5 4" class="c0"/><text x="3" y="4">a wrench</text>'
    assert gallery.alike(drawn, drawn.replace("3.5", "3.6"))
    assert not gallery.alike(drawn, drawn.replace("3.5", "9.5"))
    assert not gallery.alike(drawn, drawn.replace("wrench", "nut"))
    assert gallery.alike(drawn, drawn.replace("L3.5 4", "L9 9L8 8"), frame_only=True)
    assert not gallery.alike(drawn, drawn.replace("wrench", "nut"), frame_only=True)


def test_embedded_pixels_are_compared() -> None:
    dark, grey, bright = (str(image(np.full((8, 8), value, np.uint8))) for value in (100, 103, 140))
    assert gallery.alike(dark, grey)
    assert not gallery.alike(dark, bright)
    assert not gallery.alike(dark, str(image(np.full((9, 8), 100, np.uint8))))


@pytest.mark.parametrize("name", gallery.DRAWN)
def test_picture_is_small_and_closed(name: str) -> None:
    text = (generate.PICTURES / f"{name}.svg").read_text("utf-8")
    assert len(text) < 60_000
    root = ElementTree.fromstring(text)
    assert float(root.attrib["width"]) <= 760
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
