"""What the search may try where the trained network knows texts: what the classes are called, beside their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sightline.deep.zeroshot.class_texts import ClassTexts
from sightline.deep.zeroshot.image_text import behind
from sightline.deep.zeroshot.prompts import SETS
from sightline.errors import SightlineError
from sightline.findings import Finding
from sightline.networks.network import Network
from sightline.networks.texts import TextSet
from sightline.parallel import Progress, silent
from sightline.search.trying.candidate import Candidate
from sightline.task import Task

PROMPTS = "photo"


def zero_shot(
    network: Network | None, task: Task, classes: Sequence[str], progress: Progress = silent
) -> tuple[tuple[Candidate, ...], list[Finding]]:
    """Candidates that begin with the texts of the classes; none where the network knows no texts.

    Texts that cannot be used are a finding: the network describes pictures all the same.

    Args:
        network: whose embedding is tried.
        task: its texts; a class without one is described by its name.
        classes: of the data, where the task names none.
        progress: told before what takes long.
    """
    towers = None if network is None else behind(network)
    if towers is None:
        return (), []
    try:
        texts = towers.texts(ClassTexts.of_names(task.classes or classes, task.texts), SETS[PROMPTS], progress)
    except SightlineError as error:
        message = f"the texts of the classes are not used: {error}"
        return (), [Finding("texts-unusable", "info", message, "give [texts] in the task, or see the reason")]
    return tuple(_candidates(towers.network, towers.zoom, texts)), []


def _candidates(network: Network, zoom: float, texts: TextSet) -> Iterator[Candidate]:
    looks = {"": zoom, ", whole": 0.0} if zoom else {"": zoom}
    for how, one in looks.items():
        embedding = f"Embedding(network='{network.key}'{f', zoom={one}' if one else ''})"
        name = f"{network.name}{how} + texts of the classes"
        yield Candidate(name, embedding, f"ZeroShot(texts='{texts.key}')", 30, promise=(0.6, 0.6))
