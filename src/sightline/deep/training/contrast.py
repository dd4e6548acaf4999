"""A training without any label: two views of a picture are told from those of all others."""

from __future__ import annotations

import functools
from typing import Any

from sightline.deep.nets.backbones import drawing
from sightline.deep.training.loop import Trainer
from sightline.deep.training.one_thread import torch_on_one_thread
from sightline.deep.training.shown.batches import Batch
from sightline.deep.training.shown.strong import Drawn, Strong
from sightline.extras import need

HIDDEN, WIDTH = 512, 256
"""Of the projection: its middle and its end."""
TEMPERATURE = 0.3
"""Of the similarities: the lower, the more count the views that are most alike."""
VIEW = Strong(
    area=0.2, mirrored=True, rotation_deg=0.0, shear=0.0, light=0.4, contrast=0.4, saturation=0.4, hue=0.1, grey=0.2,
    solarized=0.0, hidden=0.0, often=0.8,
)  # fmt: skip
"""The views of the literature for small pictures, without blur."""


def projecting(looking: Any, px: int, seed: int) -> Any:
    """A network with a projection behind its embedding, (n, h, w, 3) uint8 to (n, WIDTH).

    Args:
        looking: `backbones.looking`.
        px: side of the pictures it is asked with how long its embedding is.
        seed: of the projection's weights.
    """
    torch: Any = need("torch")
    nn = torch.nn
    device = next(looking.parameters()).device
    with torch.no_grad(), torch_on_one_thread():
        length = looking(torch.zeros((1, px, px, 3), dtype=torch.uint8, device=device))[0].shape[1]

    class Projecting(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__()
            self.looking = looking
            self.projection = nn.Sequential(
                nn.Linear(length, HIDDEN, bias=False),
                nn.BatchNorm1d(HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, WIDTH, bias=False),
                nn.BatchNorm1d(WIDTH, affine=False),
            )

        def forward(self, pictures: Any) -> Any:
            return self.projection(self.looking(pictures)[0])

    with drawing(seed):
        return Projecting().to(device)


class SimCLR(Trainer):
    """Trains a `projecting` network on two views of each picture: among the views of a batch, they are the most alike.

    T. Chen, S. Kornblith, M. Norouzi, G. Hinton: A simple framework for contrastive learning of visual representations.
    ICML 2020.

    Attributes:
        px: side of the views.
        seed: decides them.
        view: how far they are changed.
    """

    px = 32
    seed = 0
    view = VIEW

    def loss(self, batch: Batch) -> Any:
        """How far two views are from being told from all others."""
        pictures, rows = self.on_device(batch.pictures), self.on_device(batch.rows)
        views = [self.view(pictures, drawn.of(self.number, rows), self.px) for drawn in self._drawn]
        projected = self.answers(Batch(self.torch.cat(views), None, None))
        return contrast(projected[: len(pictures)], projected[len(pictures) :])

    @functools.cached_property
    def _drawn(self) -> list[Drawn]:
        device = self.groups[0]["params"][0].device
        return [Drawn(len(self.batches), self.seed, view, device) for view in ("one view", "the other")]


def contrast(first: Any, second: Any) -> Any:
    """The mean cross-entropy of choosing the other view of a picture among all other views, by their directions.

    Args:
        first, second: (b, d) float32 tensors, row by row of the same pictures.
    """
    torch: Any = need("torch")
    views = torch.nn.functional.normalize(torch.cat((first, second)), dim=1)
    alike = views @ views.T / TEMPERATURE
    alike = alike.masked_fill(torch.eye(len(views), dtype=torch.bool, device=views.device), -torch.inf)
    others = torch.arange(len(views), device=views.device).roll(len(first))
    return torch.nn.functional.cross_entropy(alike, others)
