from __future__ import annotations

import json

import pytest

from sightline.components import (
    MAX_CHARACTERS,
    accepts,
    build,
    component_class,
    describe,
    from_description,
    known,
    names_of,
)
from sightline.contracts import Classifier, Component, GlobalDescriptor, LocalDescriptor, Projection, Summary
from sightline.deep.setting import Setting
from sightline.errors import ComponentError

SPECS = [
    "HOG()",
    "HOG(bins=12, signed=True, size_px=None)",
    "KernelSVM(C=0.5, gamma=0.01)",
    "KernelSVM(C=3)",
    "KNearestNeighbors(metric='chi2', standardize=False)",
    "RandomForest(max_features=None)",
    "SpatialPyramid(summary=BagOfVisualWords(words=100), levels=3)",
    "SpatialPyramid(summary=SpatialPyramid(summary=BagOfVisualWords(seed=-1), levels=3))",
]


@pytest.mark.parametrize("spec", SPECS)
def test_text_and_description_build_the_same_component(spec: str) -> None:
    component = build(spec)
    assert repr(build(repr(component))) == repr(component)
    read_back = from_description(json.loads(json.dumps(describe(component))))
    assert repr(read_back) == repr(component)
    assert describe(read_back) == describe(component)


def test_values_arrive_as_written() -> None:
    knn = build(" KNearestNeighbors(neighbors=7,\n weights='uniform') ")
    assert knn.get_params() == {"neighbors": 7, "metric": "euclidean", "weights": "uniform", "standardize": True}
    assert repr(build("HOG")) == "HOG()"
    assert build("BagOfVisualWords(seed=-5)").get_params()["seed"] == -5


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("HGO()", 'did you mean "HOG"'),
        ("HOG(bin=9)", 'HOG has no parameter "bin"; allowed: bins, cell_px'),
        ("HOG(9)", "by name only; allowed: bins"),
        ("HOG(*[9])", "by name only"),
        ("HOG(**{'bins': 9})", "by name only"),
        ("HOG(bins=9, bins=8)", "twice"),
        ("HOG(", "is no component; write Name"),
        ("", "is no component"),
        ("3", "is no component"),
        ("HOG() + HOG()", "is no component"),
        ("HOG(bins=4 + 5)", "4 . 5. is no value"),
        ("HOG(bins=-True)", "is no value"),
        ("HOG(bins=[x for x in 'ab'])", "is no value"),
        ("HOG(bins=open('x'))", 'no component "open"'),
        ("__import__('os').system('true')", "is no value"),
        ("HOG(bins=b'9')", "is no value"),
        ("HOG(bins=1j)", "is no value"),
        ("HOG(bins='nine')", "HOG was given bins='nine'; allowed: int"),
        ("HOG(bins=True)", "allowed: int"),
        ("HOG(signed=1)", "allowed: bool"),
        ("HOG(bins=(1, 2))", "allowed: int"),
        ("HOG(bins=LinearSVM())", "allowed: int"),
        ("KernelSVM(gamma=None)", "allowed: float or str"),
        ("SpatialPyramid(summary=HOG())", "allowed: Summary or None"),
        ("SpatialPyramid(summary=3)", "allowed: Summary or None"),
        ("(" * 5000, "is no component"),
        ("HOG(bins=" + "[" * 60 + "]" * 60 + ")", "nested more than"),
        ("HOG(bins=" + "9" * MAX_CHARACTERS + ")", "characters; allowed"),
        ("HOG(bins=" + "9" * 5000 + ")", "is no component"),
        ("HOG\0()", "is no component"),
    ],
)
def test_says_in_one_line_what_is_wrong(spec: str, said: str) -> None:
    with pytest.raises(ComponentError, match=said) as error:
        build(spec)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


@pytest.mark.parametrize(
    "description",
    [
        {},
        {"name": "HOG"},
        {"name": 3, "parameters": {}},
        {"name": "HOG", "parameters": {"bins": {"tuple": 3}}},
        {"name": "HOG", "parameters": {"bins": [1]}},
        {"name": "HOG", "parameters": {"size": 3}},
        {"name": "os", "parameters": {}},
    ],
)
def test_refuses_descriptions_of_another_form(description: dict[str, object]) -> None:
    with pytest.raises(ComponentError):
        from_description(description)


def test_refuses_a_description_that_is_too_deep() -> None:
    description: dict[str, object] = {"name": "BagOfVisualWords", "parameters": {}}
    for _ in range(30):
        description = {"name": "SpatialPyramid", "parameters": {"summary": description}}
    with pytest.raises(ComponentError, match="at most 20 deep"):
        from_description(description)


class Wavelets(GlobalDescriptor):
    def __init__(self, scales: tuple[int, ...] = (1, 2), pairs: list[object] | None = None) -> None:
        self.scales = scales
        self.pairs = pairs

    def describe(self, picture):  # type: ignore[no-untyped-def]
        raise NotImplementedError


def test_tuples_and_lists_survive_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.components.known", lambda: {"Wavelets": Wavelets})
    component = build("Wavelets(scales=(1, -3), pairs=[(1, 2), 'x', None, 2.5])")
    assert component.get_params() == {"scales": (1, -3), "pairs": [(1, 2), "x", None, 2.5]}
    read_back = from_description(json.loads(json.dumps(describe(component))))
    assert read_back.get_params() == component.get_params()
    with pytest.raises(ComponentError, match="allowed: tuple"):
        build("Wavelets(scales=[1, 2])")
    with pytest.raises(ComponentError, match="a parameter is a object"):
        describe(Wavelets(pairs=[object()]))


def test_every_component_is_known_by_its_class_name() -> None:
    assert {"HOG", "LocalBinaryPattern", "ColorHistogram", "DenseSIFT"} <= set(known())
    assert all(kind.__name__ == name and issubclass(kind, Component) for name, kind in known().items())
    assert component_class("HOG") is known()["HOG"]
    kinds = [names_of(kind) for kind in (GlobalDescriptor, LocalDescriptor, Summary, Projection, Classifier, Setting)]
    assert sorted(name for kind in kinds for name in kind) == sorted(known())
    assert set(kinds[2]) >= {"VLAD", "BagOfVisualWords", "FisherVector", "LocalMoments", "SpatialPyramid"}


def test_tells_what_pictures_a_component_takes() -> None:
    hog = accepts(build("HOG()"))
    assert hog is not None and hog.channels == (1, 3)
    assert accepts(build("LinearSVM()")) is None


def test_a_parameter_beyond_its_limits_is_refused() -> None:
    with pytest.raises(ComponentError, match=r"size_px=0; allowed: 1 to 2,048"):
        build("HOG(size_px=0)")
    with pytest.raises(ComponentError, match=r"levels=30; allowed: 1 to 5"):
        build("SpatialPyramid(levels=30)")
    with pytest.raises(ComponentError, match=r"LinearSVM was given C=-0.5; allowed: 1e-09 to 1,000,000,000"):
        build("LinearSVM(C=-0.5)")
    with pytest.raises(ComponentError, match=r"LogisticRegression was given C=0; allowed: 1e-09 to 1,000,000,000"):
        build("LogisticRegression(C=0)")


@pytest.mark.parametrize("spec", ["LinearSVM(C=1e999)", "LinearSVM(C=-1e999)", "RandomForest(max_features=1e999)"])
def test_a_number_that_is_not_finite_is_refused(spec: str) -> None:
    with pytest.raises(ComponentError, match=r"=-?inf; allowed: finite numbers"):
        build(spec)


def test_a_description_with_nan_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    description = json.loads('{"name": "KernelRidge", "parameters": {"gamma": NaN}}')
    with pytest.raises(ComponentError, match="gamma=nan; allowed: finite numbers"):
        from_description(description)
    monkeypatch.setattr("sightline.components.known", lambda: {"Wavelets": Wavelets})
    with pytest.raises(ComponentError, match="allowed: finite numbers"):
        build("Wavelets(pairs=[(1, 1e999)])")
