"""The model that ships: preparation, graph, calibration and decision, and no training library."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from sightline.arrays import Array, Matrix, Picture, Probabilities
from sightline.data.catalog import Catalog
from sightline.decision.decide import decide
from sightline.errors import ArtifactError, ComponentError, InputError, UnreadableError
from sightline.files import write_whole
from sightline.inputs.source import Item
from sightline.parallel import chunks, ordered_map
from sightline.pipeline import graph as tree
from sightline.pipeline.artifact import digest, read_file, to_bytes
from sightline.pipeline.contents import Contents
from sightline.pipeline.explaining.explain import Weights, check_question, explain
from sightline.pipeline.explaining.explanation import Explanation
from sightline.pipeline.given import alone, called, several
from sightline.pipeline.neighbors import Neighbor, Neighborhood, checked, neighbors_of, reference_to
from sightline.pipeline.prediction import Prediction
from sightline.pipeline.reference import LIMIT

BATCH = 16
"""Pictures a worker holds at a time: memory is bounded by 2 x workers x this, whatever the number of items."""


@dataclasses.dataclass(frozen=True, repr=False)
class Model(Contents):
    """A frozen classifier; its fields are those of `Contents`.

    It gives the same answer for a path and its bytes, alone and in a batch, before and after saving.
    """

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of every probability row."""
        return self.task.classes

    @property
    def digest(self) -> str:
        """64 hexadecimal characters that are equal for models that answer the same, whatever was measured of them."""
        return digest(self)

    def predict(self, items: Iterable[Item] | Catalog, workers: int | None = None) -> list[Prediction]:
        """One `Prediction` for each path, bytes or array; one that cannot be read has no label and a reason.

        Args:
            items: what to classify.
            workers: threads; default the cores available.
        """
        return list(self._answers(several(items, "predict"), workers))

    def stream(self, items: Iterable[Item] | Catalog, workers: int | None = None) -> Iterator[Prediction]:
        """Answers in order while `items` is still being produced; holds a bounded number of pictures."""
        yield from self._answers(several(items, "stream"), workers)

    def predict_proba(self, items: Iterable[Item] | Catalog, workers: int | None = None) -> Probabilities:
        """(n, k) float32 calibrated probabilities.

        Raises:
            UnreadableError: an item cannot be read; `predict` reports it in its row instead.
        """
        rows = []
        for answer in self._answers(several(items, "predict_proba"), workers):
            if answer.probabilities is None:
                raise UnreadableError(f"{answer.source}: {answer.reason}")
            rows.append(answer.probabilities)
        return np.asarray(rows, np.float32).reshape(len(rows), len(self.classes))

    def embed(self, items: Iterable[Item] | Catalog, workers: int | None = None) -> Matrix:
        """(n, d) float32: the vectors that the classifier sees.

        Raises:
            UnreadableError: an item cannot be read.
        """
        source = several(items, "embed")

        def describe(chunk: list[Item]) -> Matrix:
            return tree.embed(self.graph, [self.preparation.apply(item) for item in chunk])

        rows = list(ordered_map(describe, chunks(source, BATCH), workers))
        return np.concatenate(rows) if rows else np.zeros((0, 0), np.float32)

    def similar(self, item: Item, k: int = 5) -> list[Neighbor]:
        """The training pictures that a path, bytes or array is most like, the most similar first.

        At most k, fewer where the model holds fewer. A model holds all of its training pictures, or 20,000 drawn from
        them, as vectors, labels and paths (`Reference`).

        Raises:
            InputError: the model holds no training pictures, or k is below 1.
            UnreadableError: the item cannot be read.
        """
        (found,) = self.neighborhoods([alone(item, "similar", "model.neighborhoods(items)")], k, workers=1)
        if found.reason is not None:
            raise UnreadableError(f"{found.source}: {found.reason}")
        return list(found.neighbors)

    def neighborhoods(
        self, items: Iterable[Item] | Catalog, k: int = 5, workers: int | None = None
    ) -> Iterator[Neighborhood]:
        """What each item is most like, in order; one that cannot be read has no neighbors and a reason.

        Raises:
            InputError: the model holds no training pictures, or k is below 1.
        """
        source, reference = several(items, "neighborhoods"), checked(self.reference, k)

        def look(numbered: tuple[int, Item]) -> Neighborhood:
            name, picture = called(numbered[1], numbered[0]), self._prepared(numbered[1])
            if isinstance(picture, str):
                return Neighborhood(name, reason=picture)
            try:
                vector = tree.embed(self.graph, [picture])
            except InputError as error:
                return Neighborhood(name, reason=str(error))
            return Neighborhood(name, tuple(neighbors_of(reference, vector, k, self.classes)))

        return ordered_map(look, enumerate(source), workers, to_user=True)

    def explain(
        self, item: Item, label: str | None = None, method: str = "auto", weights: Weights | None = None
    ) -> Explanation:
        """Where in a path, bytes or array the evidence for a class lies, and which part of the model found it.

        Args:
            item: what to explain.
            label: the class that is explained; default what the model decides for.
            method: "auto", or one of "activation" (networks), "words" (local features), "occlusion" (any model),
                "gradient" (networks, with their weights; needs the extra [deep]).
            weights: that the model's network was exported from: a .safetensors file or a name of timm, as `fit` was
                given it, or `Gradients.of_weights` of these.

        Raises:
            InputError: an unknown class or method, or one that this model cannot do.
            UnreadableError: the item cannot be read.
        """
        check_question(self.classes, label, method)
        name, picture = called(alone(item, "explain", "call it for each"), 0), self._prepared(item)
        row = picture if isinstance(picture, str) else self._rows([picture])[0]
        if isinstance(picture, str) or isinstance(row, str):
            raise UnreadableError(f"{name}: {row}")
        return explain(self, picture, self._decided(name, row), label, method, weights)

    def with_reference(self, catalog: Catalog, limit: int = LIMIT, seed: int = 0, workers: int | None = None) -> Model:
        """This model with other pictures to find neighbors among, labeled or not: an archive, what came in since.

        Args:
            catalog: the pictures; of more than `limit`, each class keeps its share.
            limit: pictures kept; `indexed` is for very many.
            seed: decides which.
            workers: threads; default the cores available.

        Raises:
            CatalogError: a class that the model does not know.
            UnreadableError: a picture cannot be read; `predict` says which.
        """

        def described(some: Catalog) -> Matrix:
            return self.embed(some, workers)

        reference = reference_to(catalog.ordered_as(self.classes, of="model"), described, self.reference, limit, seed)
        return dataclasses.replace(self, reference=reference)

    def indexed(self) -> Model:
        """This model, ready for many questions to a very large reference; see `Reference.indexed`."""
        return dataclasses.replace(self, reference=checked(self.reference).indexed())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `model.sight`; the file that was there stays whole until the new one is.

        Raises:
            ArtifactError: the file cannot be written.
        """
        write_whole(Path(path), to_bytes(self))

    def _answers(self, items: Iterable[Item], workers: int | None) -> Iterator[Prediction]:
        for answers in ordered_map(self._answer, chunks(enumerate(items), BATCH), workers, to_user=True):
            yield from answers

    def _answer(self, chunk: Sequence[tuple[int, Item]]) -> list[Prediction]:
        prepared = [self._prepared(item) for _, item in chunk]
        rows = iter(self._rows([one for one in prepared if not isinstance(one, str)]))
        outcomes = [one if isinstance(one, str) else next(rows) for one in prepared]
        return [
            Prediction(called(item, number), None, reason=outcome)
            if isinstance(outcome, str)
            else self._decided(called(item, number), outcome)
            for (number, item), outcome in zip(chunk, outcomes, strict=True)
        ]

    def _prepared(self, item: Item) -> Picture | str:
        """The prepared picture, or why there is none."""
        try:
            picture = self.preparation.apply(item)
            tree.check_pictures(self.graph, picture)
        except InputError as error:
            return str(error)
        return picture

    def _rows(self, pictures: list[Picture]) -> list[Array | str]:
        """Probabilities of each picture, or why there are none; one that does not fit leaves the others alone."""
        if not pictures:
            return []
        try:
            return list(self._probabilities(pictures))
        except InputError as error:
            if len(pictures) == 1:
                return [str(error)]
        return [row for picture in pictures for row in self._rows([picture])]

    def _probabilities(self, pictures: list[Picture]) -> Probabilities:
        raw = tree.predict_proba(self.graph, pictures, len(self.classes))
        return raw if self.calibration is None else self.calibration.apply(raw)

    def _decided(self, source: str, probabilities: Array) -> Prediction:
        decided = int(decide(probabilities[None], self.task.costs.matrix(self.classes), self.task.costs.abstain)[0])
        if decided < 0:
            reason = "abstains: every answer is expected to cost more than none"
            return Prediction(source, None, float(probabilities.max()), probabilities, reason)
        return Prediction(source, self.classes[decided], float(probabilities[decided]), probabilities)


def load(path: str | os.PathLike[str]) -> Model:
    """Read `model.sight`; nothing in the file is run, and nothing is used before its hash was checked.

    Raises:
        ArtifactError: no path, no such file, truncated, tampered with, of a future format, a part missing or oversized,
            or parts that do not fit each other.
    """
    try:
        file = Path(path)
    except TypeError:
        raise ArtifactError(
            f"{type(path).__name__} was given as a model file; allowed: a path, as text or Path; give that of the "
            "model.sight that fit wrote"
        ) from None
    model = Model(**vars(read_file(file)))
    _try_out(model, path)
    return model


def _try_out(model: Model, path: str | os.PathLike[str]) -> None:
    """Classify one drawn picture: arrays that do not fit each other are found here, not at the user's first picture."""
    drawn = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    try:
        picture = dataclasses.replace(model.preparation, decode=1).apply(drawn)
        with np.errstate(all="ignore"):
            row = model._probabilities([picture])
        model._decided("drawn", row[0])
        fine = row.shape == (1, len(model.classes)) and (row > -1e-6).all() and abs(float(row.sum()) - 1) < 1e-2
    except ComponentError as error:
        raise ArtifactError(f"{path}: cannot answer: {error}") from None
    except InputError:
        return  # a model may refuse such a small picture
    except Exception as error:  # whatever a library says of arrays of a wrong shape; MemoryError as well
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ArtifactError(f"{path}: its parts do not fit each other ({reason}); fit it again") from None
    if not fine:
        raise ArtifactError(f"{path}: its answers are no probabilities (NaN, or not summing to 1); fit it again")
