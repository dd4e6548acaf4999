"""Two towers in torch: one of pictures and one of texts, which give vectors of one space."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from sightline.deep.nets.backbones import drawing
from sightline.deep.zeroshot.config import TowerConfig
from sightline.errors import InputError, MissingExtraError
from sightline.extras import need
from sightline.networks.texts import MOST_SCALE


def towers(config: TowerConfig, weights: Path) -> Any:
    """open_clip's network with its weights, in evaluation mode.

    Args:
        config: what it is.
        weights: a safetensors file; float16 becomes float32.

    Raises:
        InputError: the file is none, holds fewer numbers than the configuration describes, or weights of another
            network; or open_clip cannot make such a network.
        MissingExtraError: the extra [deep] is not installed.
    """
    _check_size(config, weights)
    open_clip: Any = need("open_clip")
    kind = open_clip.CustomTextCLIP if config.custom else open_clip.CLIP
    try:
        with drawing(0):  # what is drawn is overwritten; whoever else draws goes on as if nothing had been
            model = kind(**config.arguments)
        open_clip.load_checkpoint(model, str(weights), strict=True)
    except MissingExtraError:
        raise
    except Exception as error:  # whatever a layer says of its arguments, or torch of weights
        reason = " ".join(str(error).split())[:240]
        raise InputError(
            f"{weights} does not hold the weights of the network that its configuration describes ({reason}); give "
            "both as open_clip saved them"
        ) from None
    return model.eval()


def logit_scale(model: Any) -> float:
    """What cosines of pictures and texts are multiplied with before the softmax.

    Raises:
        InputError: it is none.
    """
    found = float(model.logit_scale.detach().exp().reshape(-1)[0])
    if not (math.isfinite(found) and 0 < found <= MOST_SCALE):
        raise InputError(f"the network's logit scale is {found:g}; allowed: above 0, to {MOST_SCALE:,.0f}")
    return found


def _check_size(config: TowerConfig, weights: Path) -> None:
    """Refuse a configuration that describes more than the file holds, before memory is taken for it."""
    try:
        with safe_open(weights, framework="np") as file:
            values = sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118 (no dict)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{weights} is no safetensors file ({str(error)[:120]}); save it again") from None
    if config.least_values() > values:
        raise InputError(
            f"{weights} holds {values:,} numbers and its configuration describes a network of "
            f"{config.least_values():,} or more; give both as open_clip saved them"
        )
