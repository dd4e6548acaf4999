"""What a folder of open_clip says of its two towers, checked before anything is made of it; no torch is needed.

A configuration decides the shape of a network and nothing else: open_clip would take names of repositories in it and
fetch from there, open files it names, or let code of others run.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from sightline.deep.weights.recipe import MAX_CONFIG_BYTES, TIMM_NAME
from sightline.errors import InputError
from sightline.networks.feed import MOST_PX
from sightline.networks.network import LEAST_PX

FILE = "open_clip_config.json"
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of the pictures that OpenAI trained with: what open_clip takes where nothing else is said."""
MOST_NUMBER, MOST_LAYERS, MOST_TOKENS = 1_000_000, 200, 1024
TOP = (
    "embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "init_logit_scale", "init_logit_bias", "nonscalar_logit_scale",
    "custom_text",
)  # fmt: skip
BOTH = (
    "width", "layers", "mlp_ratio", "ls_init_value", "pool_type", "final_ln_after_pool", "output_tokens", "act_kwargs",
    "norm_kwargs", "block_type", "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn",
    "scale_fc",
)  # fmt: skip
VISION = (
    *BOTH, "head_width", "patch_size", "image_size", "patch_dropout", "attentional_pool", "attn_pooler_queries",
    "attn_pooler_heads", "no_ln_pre", "pos_embed_type", "timm_model_name", "timm_model_pretrained", "timm_pool",
    "timm_proj", "timm_proj_bias", "timm_drop", "timm_drop_path",
)  # fmt: skip
TEXT = (
    *BOTH, "context_length", "vocab_size", "heads", "embed_cls", "pad_id", "eos_id", "no_causal_mask", "proj_bias",
    "proj_type", *(TOKENS := ("hf_tokenizer_name", "tokenizer_mode", "tokenizer_kwargs")),
)  # fmt: skip
SIGNED = ("pad_id", "eos_id", "init_logit_scale", "init_logit_bias")
"""What may be below 0. All else counts for the size of a network, and nothing must take off from that."""
CLEANERS = ("canonicalize", "lower", "whitespace")


@dataclasses.dataclass(frozen=True)
class TowerConfig:
    """Two towers, and what the one of pictures is fed.

    Attributes:
        arguments: of open_clip's class, plain values.
        custom: whether it is `CustomTextCLIP` rather than `CLIP`.
        px: side of the input.
        mean, std: of each channel in [0, 1], red first.
        squashed: whether training showed whole pictures, squeezed to a square, rather than their middle.
        tokenizer: arguments of the tokenizer of transformers, read from the folder; None for CLIP's own, in open_clip.
    """

    arguments: Mapping[str, Any]
    custom: bool
    px: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    squashed: bool
    tokenizer: Mapping[str, Any] | None

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """What `open_clip_config.json` says.

        Raises:
            InputError: no such file, or it says what is not allowed.
        """
        path = folder / FILE
        try:
            with path.open("rb") as file:
                plain = json.loads(file.read(MAX_CONFIG_BYTES))
            found = cls._of(plain["model_cfg"], plain.get("preprocess_cfg") or {})
            found.least_values()  # what cannot be counted is no number
        except OSError as error:
            raise InputError(
                f"cannot read {path}: {error.strerror}; allowed: a folder as open_clip saves one, with {FILE} and "
                "open_clip_model.safetensors"
            ) from None
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise InputError(f"{path} describes no network of open_clip ({type(error).__name__}: {error})") from None
        return found

    @classmethod
    def _of(cls, model: Mapping[str, Any], fed: Mapping[str, Any]) -> Self:
        vision, text = dict(model["vision_cfg"]), dict(model["text_cfg"])
        if "hf_model_name" in text or "multimodal_cfg" in model:
            raise InputError(
                "its text tower is one of transformers or writes captions; allowed: open_clip's own text tower, as "
                "CLIP and SigLIP have it"
            )
        for part, known, where in ((model, TOP, "model_cfg"), (vision, VISION, "vision_cfg"), (text, TEXT, "text_cfg")):
            _check(part, known, where)
        name = vision.get("timm_model_name")
        if name is not None and not re.fullmatch(TIMM_NAME, str(name)):
            raise InputError(f'timm_model_name "{str(name)[:80]}" was given; allowed: a name of timm, and no address')
        side = vision.get("image_size", 224)
        sides = tuple(side) if isinstance(side, (list, tuple)) else (side, side)
        if len(set(sides)) != 1 or not all(type(one) is int and LEAST_PX <= one <= MOST_PX for one in sides):
            raise InputError(f"image_size {side} was given; allowed: a square of {LEAST_PX} to {MOST_PX} px")
        if name is not None:
            vision["timm_model_pretrained"] = False  # or timm would fetch weights that are overwritten
        tower = {key: value for key, value in text.items() if key not in TOKENS}
        quiet = {"output_tokens": False}
        arguments = {key: value for key, value in model.items() if key != "custom_text"}
        arguments |= {"vision_cfg": vision | quiet, "text_cfg": tower | quiet}
        return cls(
            arguments,
            bool(model.get("custom_text", False)),
            sides[0],
            _triple("mean", fed, CLIP_MEAN),
            _triple("std", fed, CLIP_STD),
            fed.get("resize_mode") == "squash",
            _tokenizer(text) if text.get("hf_tokenizer_name") else None,
        )

    def least_values(self) -> int:
        """Numbers that the towers have at least: what a file of weights must hold before any memory is taken."""
        vision, text = self.arguments["vision_cfg"], self.arguments["text_cfg"]
        width, layers = text.get("width", 512), text.get("layers", 12)
        total = layers * (4 + 2 * text.get("mlp_ratio", 4.0)) * width**2
        dimensions = self.arguments["embed_dim"]
        total += width * (text.get("vocab_size", 49408) + text.get("context_length", 77) + dimensions)
        if "timm_model_name" not in vision:
            width, layers = vision.get("width", 768), vision.get("layers", 12)
            if isinstance(layers, (list, tuple)):
                total += 17 * layers[-1] * (8 * width) ** 2
            else:
                patch = vision.get("patch_size", 16)
                total += layers * (4 + 2 * vision.get("mlp_ratio", 4.0)) * width**2
                total += ((self.px / patch) ** 2 + 3 * patch**2) * width  # positions, and what looks at a patch
                total += vision.get("attn_pooler_queries", 256) * dimensions if vision.get("attentional_pool") else 0
        return int(total)


def _check(part: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Refuse what is no argument of a tower, and values that are no plain ones in bounds."""
    for name, value in part.items():
        if name not in known:
            raise InputError(f'{where} has "{str(name)[:80]}"; allowed: {", ".join(known)}')
        if name in ("vision_cfg", "text_cfg", *TOKENS):
            continue
        nested = value.values() if name in ("act_kwargs", "norm_kwargs") and isinstance(value, dict) else [value]
        least = -MOST_NUMBER if name in SIGNED else 0
        for one in nested:
            each = one if isinstance(one, (list, tuple)) else [one]
            if len(each) > 8 or not all(_is_plain(single, least) for single in each):
                raise InputError(
                    f"{where} has {str(value)[:80]} for {name}; allowed: a word, true, false, null, or numbers from "
                    f"{least:,} to {MOST_NUMBER:,}"
                )
    if not part.get("mlp_ratio", 1) > 0:
        raise InputError(f"{where} has an mlp_ratio of {part['mlp_ratio']}; allowed: above 0")
    layers = part.get("layers", 1)
    counts = layers if isinstance(layers, (list, tuple)) else [layers]
    if not counts or not all(type(one) is int and 1 <= one <= MOST_LAYERS for one in counts):
        raise InputError(f"{where} has {str(layers)[:80]} layers; allowed: 1 to {MOST_LAYERS}")
    if not 1 <= part.get("context_length", 1) <= MOST_TOKENS:
        raise InputError(f"{where} has a context_length of {part['context_length']}; allowed: 1 to {MOST_TOKENS}")


def _is_plain(value: object, least: float) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return re.fullmatch(r"[\w.-]{0,80}", value) is not None
    return isinstance(value, (int, float)) and math.isfinite(value) and least <= value <= MOST_NUMBER


def _tokenizer(text: Mapping[str, Any]) -> Mapping[str, Any]:
    """How a tokenizer of transformers is asked; the name of its repository is not looked at, its files lie here."""
    given = text.get("tokenizer_kwargs") or {}
    clean, strip = given.get("clean", "whitespace"), given.get("strip_sep_token", False)
    mode = text.get("tokenizer_mode")
    unknown = [str(name) for name in given if name not in ("clean", "strip_sep_token")]
    if unknown or clean not in CLEANERS or not isinstance(strip, bool) or mode not in (None, "", "clips"):
        raise InputError(
            f"a tokenizer with {str(dict(given))[:80]} and mode {str(mode)[:20]} was asked for; allowed: clean, one of "
            f"{', '.join(CLEANERS)}, and strip_sep_token"
        )
    return {"clean": clean, "strip_sep_token": strip, "tokenizer_mode": mode}


def _triple(name: str, fed: Mapping[str, Any], usual: tuple[float, ...]) -> tuple[float, ...]:
    values = fed.get(name) or usual
    found = tuple(values) if isinstance(values, (list, tuple)) else ()
    least = 1e-3 if name == "std" else 0.0
    if len(found) != 3 or not all(isinstance(one, (int, float)) and least <= one <= 1 for one in found):
        raise InputError(f"{name} {str(values)[:80]} was given; allowed: three numbers from {least:g} to 1")
    return found
