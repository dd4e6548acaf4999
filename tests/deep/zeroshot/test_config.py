"""What a configuration may say: the shape of two towers, and nothing that opens anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sightline.deep.zeroshot.config import CLIP_MEAN, FILE, TowerConfig
from sightline.errors import InputError
from tests.deep.zeroshot.toy_towers import FED, KINDS


def config(folder: Path, kind: str = "vit", change: Callable[[dict[str, Any]], object] | None = None) -> TowerConfig:
    plain = json.loads(json.dumps({"model_cfg": KINDS[kind], "preprocess_cfg": FED}))
    if change is not None:
        change(plain)
    (folder / FILE).write_text(json.dumps(plain))
    return TowerConfig.of_folder(folder)


def test_what_it_says(tmp_path: Path) -> None:
    found = config(tmp_path)
    assert (found.px, found.mean, found.std, found.squashed, found.custom) == (
        32, (0.5, 0.4, 0.3), (0.2, 0.25, 0.3), False, False,
    )  # fmt: skip
    assert found.tokenizer is None
    assert config(tmp_path, "timm").custom
    assert config(tmp_path, change=lambda plain: plain.pop("preprocess_cfg")).mean == CLIP_MEAN
    assert config(tmp_path, change=lambda plain: plain["preprocess_cfg"].update(resize_mode="squash")).squashed


def test_nothing_is_fetched_for_what_is_overwritten(tmp_path: Path) -> None:
    found = config(tmp_path, "timm", lambda plain: plain["model_cfg"]["vision_cfg"].update(timm_model_pretrained=True))
    assert found.arguments["vision_cfg"]["timm_model_pretrained"] is False


def test_a_tokenizer_is_one_of_the_folder_whatever_its_name(tmp_path: Path) -> None:
    said = {"hf_tokenizer_name": "somebody/else", "tokenizer_kwargs": {"clean": "canonicalize"}}
    found = config(tmp_path, "timm", lambda plain: plain["model_cfg"]["text_cfg"].update(said))
    assert found.tokenizer == {"clean": "canonicalize", "strip_sep_token": False, "tokenizer_mode": None}
    assert "hf_tokenizer_name" not in found.arguments["text_cfg"]


VISION, TEXT = ("model_cfg", "vision_cfg"), ("model_cfg", "text_cfg")


@pytest.mark.parametrize(
    ("where", "said", "words"),
    [
        (("model_cfg",), {"pretrained_image_path": "/etc/passwd"}, 'model_cfg has "pretrained_image_path"; allowed'),
        (("model_cfg",), {"multimodal_cfg": {}}, "writes captions"),
        (VISION, {"timm_model_name": "hf-hub:somebody/else"}, "a word, true, false"),
        (VISION, {"timm_model_name": "a-b"}, "allowed: a name of timm, and no address"),
        (VISION, {"layers": 10**9}, "1000000000 for layers"),
        (VISION, {"layers": 201}, "201 layers; allowed: 1 to 200"),
        (VISION, {"layers": "many"}, "many layers"),
        (VISION, {"width": "wide"}, "describes no network"),
        (VISION, {"patch_size": 0}, "describes no network"),
        (VISION, {"image_size": [32, 64]}, "a square of"),
        (VISION, {"image_size": 2048}, "a square of"),
        (VISION, {"checkpoint_path": "x"}, 'vision_cfg has "checkpoint_path"'),
        (VISION, {"norm_kwargs": {"eps": {"deep": 1}}}, "for norm_kwargs"),
        (TEXT, {"hf_model_name": "roberta-base"}, "one of transformers"),
        (TEXT, {"context_length": 10**5}, "a context_length of 100000"),
        (TEXT, {"vocab_size": float("inf")}, "for vocab_size"),
        (TEXT, {"mlp_ratio": -(10**6)}, "text_cfg has -1000000 for mlp_ratio"),
        (TEXT, {"mlp_ratio": 0}, "text_cfg has an mlp_ratio of 0; allowed: above 0"),
        (TEXT, {"vocab_size": -1}, "has -1 for vocab_size; allowed: a word, true, false, null, or numbers from 0"),
        (VISION, {"width": -8}, "vision_cfg has -8 for width"),
        (VISION, {"attn_pooler_queries": -(10**6), "attentional_pool": True}, "for attn_pooler_queries"),
        (("model_cfg",), {"embed_dim": -512}, "model_cfg has -512 for embed_dim"),
        (TEXT, {"hf_tokenizer_name": "x", "tokenizer_kwargs": {"trust_remote_code": True}}, "trust_remote_code"),
        (TEXT, {"hf_tokenizer_name": "x", "tokenizer_kwargs": {"clean": "syntax"}}, "allowed: clean, one of"),
        (("preprocess_cfg",), {"mean": [0.5]}, "mean [0.5] was given"),
        (("preprocess_cfg",), {"std": [0, 1, 1]}, "three numbers from 0.001 to 1"),
    ],
)
def test_what_it_may_not_say(tmp_path: Path, where: tuple[str, ...], said: dict[str, Any], words: str) -> None:
    def change(plain: dict[str, Any]) -> None:
        for name in where:
            plain = plain[name]
        plain.update(said)

    with pytest.raises(InputError) as caught:
        config(tmp_path, change=change)
    assert words in str(caught.value) and FILE in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_size_may_be_below_zero(tmp_path: Path) -> None:
    def below(plain: dict[str, Any]) -> None:
        plain["model_cfg"].update(init_logit_bias=-10, init_logit_scale=-1.5)
        plain["model_cfg"]["text_cfg"].update(pad_id=-1, eos_id=-1)

    assert config(tmp_path, change=below).arguments["text_cfg"]["pad_id"] == -1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model_cfg": 3}', '{"model_cfg": {"vision_cfg": [], "text_cfg": 1}}']
)
def test_what_is_no_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError, match="describes no network of open_clip"):
        TowerConfig.of_folder(tmp_path)


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file or directory; allowed: a folder as open_clip saves one"):
        TowerConfig.of_folder(tmp_path)


def test_what_it_describes_is_counted_before_it_is_made(tmp_path: Path) -> None:
    found = config(tmp_path)
    text = 16 * (12 * 16 * 1) + 16 * (49408 + 24 + 12)
    vision = 2 * 12 * 32**2 + 16 * 32 + 3 * 8**2 * 32
    assert found.least_values() == text + vision
