"""Components by name: `build("LinearSVM(C=0.1)")` gives the component, `repr` gives the text back.

Names are found in the faces listed in `FACES`: a new component is its file and a line in its face.
"""

from __future__ import annotations

import ast
import functools
import importlib
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from sightline.contracts import Accepts, Component, GlobalDescriptor, LocalDescriptor
from sightline.errors import ComponentError, nearest

FACES = (
    "sightline.classical.descriptors",
    "sightline.classical.summaries",
    "sightline.classical.projections",
    "sightline.classical.classifiers",
    "sightline.networks",
    "sightline.deep",
)
"""Modules whose `__all__` names components; imported when a name is first asked for."""
MAX_CHARACTERS = 10_000
MAX_DEPTH = 20
"""A specification comes from a command line or a model file: both limits keep the parser from being fed a bomb."""


@functools.cache
def known() -> dict[str, type[Component]]:
    """Every component by name, in the order of `FACES`."""
    found: dict[str, type[Component]] = {}
    for face in FACES:
        module = importlib.import_module(face)
        found.update({name: getattr(module, name) for name in module.__all__})
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, Component)}


def component_class(name: str) -> type[Component]:
    """The class called `name`.

    Raises:
        ComponentError: there is none; the message holds the nearest names.
    """
    if name not in known():
        raise ComponentError(f'there is no component "{name}"; {nearest(name, known())}')
    return known()[name]


def build(spec: str) -> Component:
    """The component that a specification describes, not fitted.

    Raises:
        ComponentError: not of the form `Name(parameter=value, ...)`, an unknown name or parameter, or a value that is
            no number, text, True, False, None, tuple, list or component. Nothing in the text is ever executed.

    >>> build("SpatialPyramid(summary=BagOfVisualWords(words=100), levels=3)")
    SpatialPyramid(summary=BagOfVisualWords(words=100), levels=3)
    """
    if len(spec) > MAX_CHARACTERS:
        raise ComponentError(f"the specification has {len(spec)} characters; allowed: {MAX_CHARACTERS}")
    try:
        tree = ast.parse(spec.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _unlike(spec) from None
    if isinstance(tree, ast.Name):
        return _instantiate(tree.id, {})
    if not isinstance(tree, ast.Call):
        raise _unlike(spec)
    component: Component = _value(tree, 0)
    return component


def _unlike(spec: str) -> ComponentError:
    line = " ".join(spec.split())
    shown = line if len(line) <= 80 else line[:77] + "..."
    return ComponentError(f'"{shown}" is no component; write Name(parameter=value, ...), as in LinearSVM(C=0.1)')


def _value(node: ast.expr, depth: int) -> Any:
    """What a part of a specification stands for."""
    if depth > MAX_DEPTH:
        raise ComponentError(f"a component is nested more than {MAX_DEPTH} deep; flatten it")
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if (
            type(value) is not bool
        ):
            return -value
        case ast.Tuple(elts=parts):
            return tuple(_value(part, depth + 1) for part in parts)
        case ast.List(elts=parts):
            return [_value(part, depth + 1) for part in parts]
        case ast.Call(func=ast.Name(id=name), args=positional, keywords=keywords):
            return _call(name, positional, keywords, depth)
    raise ComponentError(
        f'"{ast.unparse(node)[:80]}" is no value of a parameter; allowed: numbers, text, True, False, None, tuples, '
        "lists and components"
    )


def _call(name: str, positional: list[ast.expr], keywords: list[ast.keyword], depth: int) -> Component:
    allowed = component_class(name).parameter_names()
    if positional or any(keyword.arg is None for keyword in keywords):
        raise ComponentError(f"{name} takes parameters by name only; allowed: {', '.join(allowed) or 'none'}")
    names = [str(keyword.arg) for keyword in keywords]
    if len(set(names)) < len(names):
        raise ComponentError(f"{name} was given a parameter twice; give each once")
    return _instantiate(name, {str(keyword.arg): _value(keyword.value, depth + 1) for keyword in keywords})


def _instantiate(name: str, parameters: Mapping[str, Any]) -> Component:
    kind = component_class(name)
    allowed = kind.parameter_names()
    unknown = [given for given in parameters if given not in allowed]
    if unknown:
        raise ComponentError(f'{name} has no parameter "{unknown[0]}"; allowed: {", ".join(allowed) or "none"}')
    _check_kinds(kind, parameters)
    for parameter, (least, most) in kind.limits.items():  # a word that its kind allows, as "scale", has no limits
        value = parameters.get(parameter)
        if (
            value is not None
            and not isinstance(value, str)
            and not all(_is_between(one, least, most) for one in _each(value))
        ):
            raise ComponentError(f"{name} was given {parameter}={value!r}; allowed: {least:,} to {most:,}")
    return kind(**parameters)


def _each(value: Any) -> Sequence[Any]:
    """The numbers that a limit holds for: those of a tuple or list, or the one."""
    return value if isinstance(value, (tuple, list)) else (value,)


def _is_between(value: Any, least: float, most: float) -> bool:
    """Whether `value` is a number in these limits."""
    return isinstance(value, (int, float)) and least <= value <= most


def _check_kinds(kind: type[Component], parameters: Mapping[str, Any]) -> None:
    """Compare each value with the annotation of its parameter; an int is a float too, a bool is not an int."""
    hints = typing.get_type_hints(kind.__init__)
    for name, value in parameters.items():
        choices = typing.get_args(hints[name]) if _is_union(hints[name]) else (hints[name],)
        kinds = [typing.get_origin(choice) or choice for choice in choices]
        if float in kinds:
            kinds.append(int)
        if not any(type(value) is bool if one is bool else _is_a(value, one) for one in kinds):
            names = " or ".join("None" if one is type(None) else str(one.__name__) for one in kinds)
            raise ComponentError(f"{kind.__name__} was given {name}={value!r}; allowed: {names}")
        if not _is_finite(value):
            raise ComponentError(f"{kind.__name__} was given {name}={value!r}; allowed: finite numbers")


def _is_finite(value: Any) -> bool:
    """Whether no number in `value` is NaN or infinite, as 1e999 is."""
    if isinstance(value, (tuple, list)):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _is_a(value: Any, kind: Any) -> bool:
    return kind is Any or (isinstance(value, kind) and type(value) is not bool)


def describe(component: Component) -> dict[str, Any]:
    """A component's name and parameters, ready for JSON; a tuple becomes {"tuple": [...]}, as JSON knows none.

    Raises:
        ComponentError: a parameter that JSON cannot hold.
    """
    return {
        "name": type(component).__name__,
        "parameters": {name: _to_json(value) for name, value in component.get_params(deep=False).items()},
    }


def _to_json(value: Any) -> Any:
    if isinstance(value, Component):
        return describe(value)
    if isinstance(value, tuple):
        return {"tuple": [_to_json(part) for part in value]}
    if isinstance(value, list):
        return [_to_json(part) for part in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()  # a numpy number, as grid searches set them
    raise ComponentError(f"a parameter is a {type(value).__name__}; allowed: numbers, text, tuples, lists, components")


def from_description(description: Mapping[str, Any]) -> Component:
    """The component that `describe` described, not fitted.

    Raises:
        ComponentError: an unknown name or parameter, or a description of another form.
    """
    return _from_mapping(description, 0)


def _from_mapping(description: Mapping[str, Any], depth: int) -> Component:
    name, parameters = description.get("name"), description.get("parameters")
    if depth > MAX_DEPTH or not isinstance(name, str) or not isinstance(parameters, Mapping):
        raise ComponentError('a component is described as {"name": ..., "parameters": {...}}, at most 20 deep')
    return _instantiate(name, {str(key): _from_json(value, depth + 1) for key, value in parameters.items()})


def _from_json(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"tuple"} and isinstance(value["tuple"], Sequence):
            return tuple(_from_json(part, depth + 1) for part in value["tuple"])
        return _from_mapping(value, depth)
    if isinstance(value, list):
        return [_from_json(part, depth + 1) for part in value]
    return value


def accepts(component: Component) -> Accepts | None:
    """The pictures that a descriptor takes; None for a component that is given no pictures."""
    return component.accepts if isinstance(component, (GlobalDescriptor, LocalDescriptor)) else None


def names_of(kind: type[Component]) -> list[str]:
    """Names of the known components of one kind (`Classifier`, `GlobalDescriptor`, ...), sorted."""
    return sorted(name for name, found in known().items() if issubclass(found, kind))
