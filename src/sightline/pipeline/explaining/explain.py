"""From a model and a prepared picture to an `Explanation`: which class, by which method, and which part spoke."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from sightline.arrays import Matrix, Picture
from sightline.deep.gradients import Gradients
from sightline.errors import InputError, nearest
from sightline.networks.embedding import Embedding
from sightline.pipeline.contents import Contents
from sightline.pipeline.explaining.activation import activation, sees_places
from sightline.pipeline.explaining.blanks import Empty, emptied
from sightline.pipeline.explaining.evidence import lost_by
from sightline.pipeline.explaining.explanation import Explanation, Part
from sightline.pipeline.explaining.gradient import gradient, not_to_be_had
from sightline.pipeline.explaining.grid import Heat
from sightline.pipeline.explaining.occlusion import occlusion
from sightline.pipeline.explaining.sources import LocalSource, Source, Sources
from sightline.pipeline.explaining.words import Word, leave_out, telling_words
from sightline.pipeline.prediction import Prediction
from sightline.preparation.geometry import resize
from sightline.threads import one_thread_each

ACTIVATION, OCCLUSION, WORDS, GRADIENT = "activation", "occlusion", "words", "gradient"
METHODS = ("auto", ACTIVATION, OCCLUSION, WORDS, GRADIENT)
MOST_WORDS = 10
Weights = Gradients | str | os.PathLike[str]
"""Weights, their .safetensors file, or their name in timm."""
NO_MAP = "no network whose features are those that its classifier sees"


def check_question(classes: Sequence[str], label: str | None, method: str) -> None:
    """Refuse what cannot be explained to anybody.

    Raises:
        InputError: a class that the model does not know or that is no name, or a method that does not exist.
    """
    if label is not None and not isinstance(label, str):
        given = " ".join(str(label).split())[:80]
        raise InputError(f"the label {given} was given; allowed: the name of a class; {nearest(given, classes)}")
    if label is not None and label not in classes:
        raise InputError(f'the model has no class "{label}"; {nearest(label, classes)}')
    if method not in METHODS:
        raise InputError(f'there is no method "{method}"; allowed: {", ".join(METHODS)}')


@one_thread_each()  # many small products: on two busy cores threads of their own made them 40 times slower
def explain(
    contents: Contents,
    picture: Picture,
    answered: Prediction,
    label: str | None = None,
    method: str = "auto",
    weights: Weights | None = None,
) -> Explanation:
    """Why a model gives a class the probability that it does.

    Args:
        contents: the model.
        picture: (h, w, c), prepared.
        answered: what the model says of it, with probabilities.
        label: the class to explain; None: the one decided for, or the likeliest where it abstains.
        method: one of `METHODS`. "auto": activation where at least half of the evidence hangs on networks with a map,
            words where it hangs on local features, else occlusion; occlusion too where the other finds nothing.
        weights: that the model's network was exported from, or where they are; for "gradient".

    Raises:
        InputError: an unknown class or method, or one that this model cannot do.
    """
    classes = contents.task.classes
    check_question(classes, label, method)
    chances = np.zeros(len(classes), np.float32) if answered.probabilities is None else answered.probabilities
    explained = label or answered.label or classes[int(chances.argmax())]
    number = classes.index(explained)
    sources = Sources.of(contents.graph, picture, len(classes))
    asked = _Question(sources, picture, number, emptied(sources, picture))
    parts = shares(sources, asked.empty, number)
    used, heat = (method, _by_weights(asked, weights)) if method == GRADIENT else _heat(asked, parts, method)
    small, words = resize(picture, *heat.shape), _words(sources, number)
    return Explanation(
        answered.source, answered.label, explained, float(chances[number]), used, heat, small, parts, words
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Question:
    """Why class `number`, of a prepared picture, its sources, and what these make of pictures that show nothing."""

    sources: Sources
    picture: Picture
    number: int
    empty: Empty


def shares(sources: Sources, empty: Empty, number: int) -> tuple[Part, ...]:
    """How much of the evidence about class `number` hangs on each description of a picture, the most telling first.

    That is how far the evidence moves when this description alone is that of a picture which shows nothing: the mean
    over a grey one, a blurred one and one of shuffled pixels. Without a sign: such pictures are like none that the
    model has learned from, so that which way it moves means little. The same description in several members of a blend
    is one part.
    """
    changes: dict[str, dict[str, Matrix]] = {}
    for source in sources.found:
        changes.setdefault(source.text, {})[source.place] = empty[source.place]
    moved = {text: float(np.abs(lost_by(sources, changed, number)).mean()) for text, changed in changes.items()}
    total = sum(moved.values()) or 1.0
    parts = (Part(text, by / total) for text, by in moved.items())
    return tuple(sorted(parts, key=lambda part: -part.share))


def _heat(asked: _Question, parts: Sequence[Part], method: str) -> tuple[str, Heat]:
    """The method used, and what it found."""
    if method in (ACTIVATION, WORDS):
        if not (along := _fitting(asked.sources, method)):
            raise InputError(_refusal(asked.sources, method))
        return method, _found(asked, method, along)
    for one in (ACTIVATION, WORDS) if method == "auto" else ():
        along = _fitting(asked.sources, one)
        if _share(along, parts) >= 0.5 and (heat := _found(asked, one, along)).any():
            return one, heat
    return OCCLUSION, occlusion(asked.sources.graph, asked.picture, asked.number, asked.sources.k)


def _by_weights(asked: _Question, weights: Weights | None) -> Heat:
    along = [source for source in asked.sources.found if isinstance(source.leaf, Embedding)]
    if not along:
        raise InputError(_refusal(asked.sources, GRADIENT))
    if weights is None:
        raise InputError(
            next(filter(None, map(not_to_be_had, along)), None)
            or f'"{GRADIENT}" was asked for without weights; give weights=FILE, in a shell --backbone FILE: what fit '
            "was given as its backbone"
        )
    found = weights if isinstance(weights, Gradients) else Gradients.of_weights(weights)
    return gradient(asked.sources, asked.picture, asked.number, along, found)


def _found(asked: _Question, method: str, along: Sequence[Source]) -> Heat:
    if method == ACTIVATION:
        return activation(asked.sources, asked.picture, asked.number, along, asked.empty)
    height, width = asked.picture.shape[:2]
    left_out = [one for one in along if isinstance(one, LocalSource)]
    return leave_out(asked.sources, asked.number, height, width, left_out)


def _fitting(sources: Sources, method: str) -> list[Source]:
    """The sources that a method can look at."""
    if method == WORDS:
        return [source for source in sources.found if isinstance(source, LocalSource)]
    return [source for source in sources.found if sees_places(source)]


def _share(along: Sequence[Source], parts: Sequence[Part]) -> float:
    """How much of the evidence hangs on some sources."""
    texts = {source.text for source in along}
    return sum(part.share for part in parts if part.descriptor in texts)


def _refusal(sources: Sources, method: str) -> str:
    lacks = {WORDS: "no local features", GRADIENT: "no network"}.get(method, NO_MAP)
    texts = ", ".join(dict.fromkeys(source.text for source in sources.found))
    return f'this model has {lacks} (it sees {texts[:200]}), so "{method}" cannot be asked; use "occlusion" or "auto"'


def _words(sources: Sources, number: int) -> tuple[Word, ...]:
    """The loudest words of all sources."""
    found = [
        word
        for source in sources.found
        if isinstance(source, LocalSource)
        for word in telling_words(sources, source, number)
    ]
    return tuple(sorted(found, key=lambda word: -abs(word.share))[:MOST_WORDS])
