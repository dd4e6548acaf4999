"""The tower of texts: the classes' prompts to one vector for each class."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sightline.arrays import Matrix
from sightline.deep.turns import learning
from sightline.deep.zeroshot.config import TowerConfig
from sightline.deep.zeroshot.prompts import prompt
from sightline.deep.zeroshot.repository import TOKENIZER
from sightline.errors import InputError, MissingExtraError
from sightline.extras import need
from sightline.parallel import Progress, silent

BATCH = 32
"""Prompts at a time: 77 tokens of each stand beside each other."""


def class_vectors(
    model: Any, tokenizer: Any, texts: Sequence[str], templates: Sequence[str], progress: Progress = silent
) -> Matrix:
    """(k, d) float32 of unit length: of each text the mean over the templates of its prompts' unit vectors.

    Args:
        model: open_clip's network.
        tokenizer: as `tokenizer_of` gives it.
        texts: k texts.
        templates: each with {} once.
        progress: told of prompts.

    Raises:
        InputError: a prompt of more tokens than the tower reads, or vectors that are not finite.
    """
    prompts = [prompt(template, text) for text in texts for template in templates]
    _check_lengths(tokenizer, prompts, model.context_length)
    made = []
    for start in range(0, len(prompts), BATCH):
        progress("reading prompts", start, len(prompts))
        made.append(_vectors(model, tokenizer, prompts[start : start + BATCH]))
    progress("reading prompts", len(prompts), len(prompts))
    means = np.concatenate(made).reshape(len(texts), len(templates), -1).mean(axis=1)
    lengths = np.sqrt((means**2).sum(axis=1, keepdims=True))
    if not np.isfinite(means).all() or not lengths.all():
        raise InputError("the text tower gives vectors that are not finite, or 0; allowed: finite weights")
    return np.asarray(means / lengths, np.float32)


def tokenizer_of(config: TowerConfig, folder: Path) -> Any:
    """What turns texts into tokens: CLIP's own, which open_clip brings, or one of transformers from files in a folder.

    Raises:
        InputError: its files are missing or cannot be read, or it has other tokens than the tower.
        MissingExtraError: transformers is needed and not installed.
    """
    module: Any = need("open_clip.tokenizer")
    length = config.arguments["text_cfg"].get("context_length", module.DEFAULT_CONTEXT_LENGTH)
    if config.tokenizer is None:
        return module.SimpleTokenizer(context_length=length)
    if not (folder / TOKENIZER[0]).is_file():
        raise InputError(f"{folder} has no {TOKENIZER[0]}, which its texts are read with; put it there")
    if importlib.util.find_spec("transformers") is None:
        raise MissingExtraError(
            "this network reads its texts with a tokenizer of transformers, which is not installed; run: pip install "
            "transformers"
        )
    try:
        # Nobody's code but the library's is run, and nothing is fetched.
        return module.HFTokenizer(
            str(folder), context_length=length, local_files_only=True, trust_remote_code=False, **config.tokenizer
        )
    except Exception as error:  # whatever the library says of files
        raise InputError(f"{folder} has no tokenizer that can be used ({' '.join(str(error).split())[:160]})") from None


def _vectors(model: Any, tokenizer: Any, prompts: Sequence[str]) -> Any:
    """(m, d) float64 of unit length."""
    torch: Any = need("torch")
    tokens = tokenizer(list(prompts))
    if int(tokens.max()) >= model.vocab_size:
        raise InputError(
            f"the tokenizer gives the number {int(tokens.max()):,} and the text tower knows {model.vocab_size:,} "
            "tokens; give the tokenizer that it was trained with"
        )
    with learning(), torch.no_grad():
        found = model.encode_text(tokens).double().numpy()
    return found / np.maximum(np.sqrt((found**2).sum(axis=1, keepdims=True)), 1e-12)


def _check_lengths(tokenizer: Any, prompts: Sequence[str], most: int) -> None:
    """Refuse what the tokenizer would cut off without a word."""
    for one in prompts:
        if (count := _tokens(tokenizer, one)) > most:
            raise InputError(f'the prompt "{one[:80]}" has {count} tokens; allowed: {most}; shorten it')


def _tokens(tokenizer: Any, text: str) -> int:
    """The tokens of a text, those that begin and end it included."""
    if hasattr(tokenizer, "encode"):  # CLIP's own
        return len(tokenizer.encode(text)) + 2
    return len(tokenizer.tokenizer(tokenizer.clean_fn(text)).input_ids)
