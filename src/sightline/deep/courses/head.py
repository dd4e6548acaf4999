"""The linear layer that a network answers with while it is trained, learned from its embeddings at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sightline.arrays import Indices, Matrix
from sightline.classical.classifiers.logistic import train_log_odds
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.fitting import fitting
from sightline.deep.nets.backbones import drawing
from sightline.deep.training.one_thread import torch_on_one_thread
from sightline.errors import InputError
from sightline.extras import need
from sightline.parallel import nothing

C = 30.0
"""Weight of the errors against the penalty, for embeddings of length 1: as the search's candidates have it."""


def headed(looking: Any, head: Any) -> Any:
    """A network that answers: `backbones.looking` with a head behind its embedding, (n, h, w, 3) to (n, k) logits."""
    torch: Any = need("torch")

    class Headed(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__()
            self.looking = looking
            self.head = head

        def forward(self, pictures: Any) -> Any:
            return self.head(self.looking(pictures)[0])

    return Headed()


def drawn_head(looking: Any, px: int, k: int, seed: int) -> Any:
    """A torch linear layer behind the embedding of `backbones.looking`, drawn at random, on the CPU.

    Args:
        looking: gives the embedding first.
        px: side of the pictures it is asked with how long that is.
        k: number of classes.
        seed: of the weights.

    Raises:
        InputError: the network takes no pictures of that size.
    """
    torch: Any = need("torch")
    width = embedding_length(looking, px)
    with drawing(seed):
        return torch.nn.Linear(width, k)


def embedding_length(looking: Any, px: int, name: str = "the network", instead: str = "another px") -> int:
    """Values of the embedding that `backbones.looking` gives of a picture of px by px.

    Args:
        looking: gives the embedding first.
        px: side of a picture.
        name: what to call the network where it gives none.
        instead: what to give then.

    Raises:
        InputError: the network takes no pictures of that size.
    """
    torch: Any = need("torch")
    shown = torch.zeros((1, px, px, 3), dtype=torch.uint8, device=next(looking.parameters()).device)
    try:
        with torch.no_grad(), torch_on_one_thread():
            return int(looking(shown)[0].shape[1])
    except Exception as error:  # whatever a layer says of a size that it does not take
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{name} gives no embedding of a picture of {px} x {px} px ({reason}); give {instead}"
        ) from None


def probe(embeddings: Matrix, codes: Indices, k: int, check: Callable[[], None] = nothing) -> Any:
    """A torch linear layer (d to k) that is a logistic regression on embeddings.

    With a head drawn at random the first steps would tear at features that are good as they are.

    A. Kumar et al.: Fine-tuning can distort pretrained features and underperform out-of-distribution. ICLR 2022.

    Args:
        embeddings: (n, d) float32.
        codes: (n,) int64, every number from 0 to k - 1 at least once.
        k: number of classes, 2 or more.
        check: called in every round, of which a thousand classes may take minutes; it raises to stop.
    """
    torch: Any = need("torch")
    length = float(np.linalg.norm(embeddings, axis=1).mean()) or 1.0
    with fitting():
        rows = training_rows(embeddings / length, codes, None, "balanced")
        learned, intercepts = train_log_odds(rows.X, rows.codes, k, rows.weights, C, check)
    weights = learned.astype(np.float32) / np.float32(length)
    if k == 2:  # one column, of twice the log-odds that two would have
        weights, intercepts = np.hstack([-weights, weights]) / 2, np.hstack([-intercepts, intercepts]) / 2
    head = torch.nn.utils.skip_init(torch.nn.Linear, embeddings.shape[1], k)  # drawn, others' chance would move on
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights.T, np.float32)))
        head.bias.copy_(torch.from_numpy(np.asarray(intercepts, np.float32)))
    return head
