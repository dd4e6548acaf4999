"""Two towers in torch: one of pictures and one of texts, which give vectors of one space."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from sightline.deep.nets.backbones import drawing, flaws, sketching
from sightline.deep.zeroshot.config import TowerConfig
from sightline.errors import InputError, MissingExtraError
from sightline.extras import need
from sightline.networks.texts import MOST_SCALE

POSITIONS = ("visual.positional_embedding", "positional_embedding", "text.positional_embedding")
"""What open_clip makes fit where it was learned at another size; `least_values` has counted them."""
SCALES = ("logit_scale", "logit_bias")
"""One number each, with or without a dimension."""


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
    held = _held(weights)
    _check_size(config, held, weights)
    open_clip: Any = need("open_clip")
    try:
        _check_sketch(config, held, weights)
        with drawing(0):  # what is drawn is overwritten; whoever else draws goes on as if nothing had been
            model = _made(config)
        open_clip.load_checkpoint(model, str(weights), strict=True)
    except (InputError, MissingExtraError):
        raise
    except Exception as error:  # whatever a layer says of its arguments, or torch of weights
        raise _unfit(weights, " ".join(str(error).split())[:240]) from None
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


def _made(config: TowerConfig) -> Any:
    open_clip: Any = need("open_clip")
    return (open_clip.CustomTextCLIP if config.custom else open_clip.CLIP)(**config.arguments)


def _unfit(weights: Path, reason: str) -> InputError:
    return InputError(
        f"{weights} does not hold the weights of the network that its configuration describes ({reason}); give both as "
        "open_clip saved them"
    )


def _held(weights: Path) -> dict[str, list[int]]:
    """Names and shapes of what the file holds; nothing of it is read."""
    try:
        with safe_open(weights, framework="np") as file:
            return {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118 (no dict)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{weights} is no safetensors file ({str(error)[:120]}); save it again") from None


def _values(held: Mapping[str, list[int]]) -> int:
    return sum(math.prod(shape) for shape in held.values())


def _check_size(config: TowerConfig, held: Mapping[str, list[int]], weights: Path) -> None:
    """Refuse a configuration that describes more than the file holds, before memory is taken for it.

    The sketch tells more, but open_clip computes positions of sines for it.
    """
    if config.least_values() > _values(held):
        raise InputError(
            f"{weights} holds {_values(held):,} numbers and its configuration describes a network of "
            f"{config.least_values():,} or more; give both as open_clip saved them"
        )


def _check_sketch(config: TowerConfig, held: Mapping[str, list[int]], weights: Path) -> None:
    """Refuse weights that do not fit by name and shape, before memory is taken for the network: only timm knows how
    large a trunk of its is, and open_clip would make positions fit of any width."""
    try:
        with sketching(f"{weights}: the network of its configuration", _values(held)):
            sketch = _made(config)
    except (InputError, MissingExtraError):
        raise
    except Exception:  # a trunk that cannot be made without memory: whoever makes it with memory tells what is wrong
        return
    wanted = {name: list(value.shape) for name, value in sketch.state_dict().items()}
    found = flaws(wanted, _as_loaded(held, wanted))
    if found:
        raise _unfit(weights, found)


def _as_loaded(held: Mapping[str, list[int]], wanted: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Names and shapes once open_clip has made them fit: of texts as they were once named, of positions and scales."""
    old = "positional_embedding" in held and "positional_embedding" not in wanted
    found = dict(need("open_clip.model").convert_to_custom_text_state_dict(held) if old else held)
    for name in set(found) & set(wanted):
        resized = name in POSITIONS and found[name][1:] == wanted[name][1:]
        if resized or (name in SCALES and math.prod(found[name]) == 1):
            found[name] = wanted[name]
    if "logit_bias" in wanted:
        found.setdefault("logit_bias", wanted["logit_bias"])
    return found
