"""Names and texts of classes, as people write them."""

from __future__ import annotations

import pytest

from sightline.deep.zeroshot.class_texts import ClassTexts
from sightline.errors import InputError


@pytest.mark.parametrize(
    ("asked", "names", "texts"),
    [
        ("an intact mat, a broken mat", ("an intact mat", "a broken mat"), ("an intact mat", "a broken mat")),
        ("ok=an intact mat,torn = a broken mat", ("ok", "torn"), ("an intact mat", "a broken mat")),
        ("a=red, white; b=blue", ("a", "b"), ("red, white", "blue")),
        ("a=x=1, b=x=2", ("a", "b"), ("x=1", "x=2")),
    ],
)
def test_texts_between_commas(asked: str, names: tuple[str, ...], texts: tuple[str, ...]) -> None:
    assert ClassTexts.of(asked) == ClassTexts(names, texts)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "'' was given"),
        ("a mat", "one class was given; allowed: 2 to 1,000"),
        ("a, b, A", 'the text "a" was given twice'),
        ("x=a, x=b", 'the name "x" was given twice'),
        ("x=a, y=A", 'the text "a" was given twice'),
        ("a, , b", 'the text "" was given for the class ""'),
        ("a, ...", 'the text "..." was given'),
        ("a, b=c", 'the text "a" without a name'),
        ("a, " + "b" * 301, "up to 300 letters"),
        (", ".join(map(str, range(1001))), "1,001 classes were given"),
    ],
)
def test_what_are_no_texts(asked: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        ClassTexts.of(asked)
    assert words in str(caught.value)


def test_names_are_texts_where_nothing_else_is_said() -> None:
    assert ClassTexts.of_names(("bus_stop", "park"), {"park": "trees"}).texts == ("bus stop", "trees")
    with pytest.raises(InputError, match='the text "bus stop" was given twice'):
        ClassTexts.of_names(("bus_stop", "bus stop"))


def test_texts_are_put_into_the_order_of_the_data() -> None:
    found = ClassTexts.of("torn=a broken mat, ok=an intact mat").for_folders(("ok", "torn"), "the data")
    assert found == ClassTexts(("ok", "torn"), ("an intact mat", "a broken mat"))
    with pytest.raises(InputError) as caught:
        ClassTexts.of("an intact mat, a broken mat").for_folders(("ok", "torn"), "the data")
    assert '--classes "ok=..., torn=..."' in str(caught.value)
    with pytest.raises(InputError, match='did you mean "torn"'):
        ClassTexts.of("ok=a, tron=b").for_folders(("ok", "torn"), "the data")
