"""Labels beside points: short, and different where names are."""

from __future__ import annotations

from sightline.evaluation import svg

NETWORK = "mobilenetv2_100_same"
HOW = (
    " + logistic regression",
    " at 128 px + logistic regression",
    " at three scales + logistic regression",
    " at three scales + texture + layout + color + logistic regression",
    " fine-tuned at 128 px + logistic regression",
    ", also mirrored + logistic regression",
    " + RBF SVM",
    " at 288 px + RBF SVM",
)


def test_candidates_of_one_network_have_labels_of_their_own() -> None:
    names = [f"{NETWORK}{how}" for how in HOW]
    assert len({svg.label(name) for name in names}) == 2  # one by one they would look alike
    found = svg.labels([*names, "HOG + linear SVM"])
    assert len(set(found)) == len(names) + 1
    assert max(map(len, found)) <= 30
    assert found[0] == "…+ logistic regression" and found[-1] == "HOG + linear SVM"


def test_the_same_name_twice_keeps_its_label() -> None:
    long = "one and the same very long candidate"
    assert svg.labels([long, long]) == [svg.label(long)] * 2
    assert svg.labels([]) == []


def test_names_that_differ_inside_a_word_keep_the_word() -> None:
    first, second = (f"texture + layout + color{number} + extra trees" for number in ("128", "1288"))
    assert svg.labels([first, second]) == ["…color128 + extra trees", "…color1288 + extra trees"]


def test_where_nothing_shorter_differs_the_name_stays_whole() -> None:
    names = ["a" * 40 + letter + "c" * 40 for letter in "bd"]
    assert svg.labels(names) == names
