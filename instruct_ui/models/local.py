"""Reading a model folder: which family it is of, and whether it may be loaded at all.

Only safetensors are taken, never pickled weights, and never code that comes with a model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from instruct_ui.errors import ModelError
from instruct_ui.tasks import Family

_ENCODERS = frozenset(
    {
        "albert",
        "bert",
        "big_bird",
        "camembert",
        "deberta",
        "deberta-v2",
        "distilbert",
        "electra",
        "ernie",
        "eurobert",
        "funnel",
        "luke",
        "mobilebert",
        "modernbert",
        "mpnet",
        "nystromformer",
        "rembert",
        "roberta",
        "roformer",
        "squeezebert",
        "xlm",
        "xlm-roberta",
        "xlm-roberta-xl",
    }
)
_SEQ2SEQ_ENDINGS = ("ForConditionalGeneration", "MTModel")
_CAUSAL_ENDINGS = ("ForCausalLM", "LMHeadModel")
_OFFSET_POSITIONS = frozenset(
    {"camembert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl"}
)
"""Families whose first two positions are never used (RoBERTa counts from padding_idx + 1)."""
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")
_DEFAULT_WINDOW = 512
_NO_LIMIT = 10**6
"""transformers writes 1e30 where a tokenizer has no limit."""


@dataclass(frozen=True, slots=True)
class Facts:
    family: Family
    parameters: int
    megabytes: int
    window: int
    text_prefix: str
    licence: str
    languages: tuple[str, ...]


def read(folder: Path) -> Facts:
    """What can be known without loading the weights (their headers are read). Raises ModelError
    where the folder is not a model, brings pickled weights only or asks for code of its own.
    """
    config = _json(folder, "config.json")
    tokenizer = _json(folder, "tokenizer_config.json", needed=False)
    _refuse_code(folder, config, tokenizer)
    if not (folder / "tokenizer.json").is_file():
        raise ModelError("model_no_tokenizer", folder=str(folder))
    weights = _weight_files(folder)
    licence, languages = _front_matter(folder)
    return Facts(
        family=_family(folder, config),
        parameters=sum(_count_weights(path) for path in weights),
        megabytes=max(1, round(sum(path.stat().st_size for path in weights) / 1e6)),
        window=_window(folder, config, tokenizer),
        text_prefix=_text_prefix(folder),
        licence=licence,
        languages=languages,
    )


def _json(folder: Path, name: str, needed: bool = True) -> dict[str, Any]:
    path = folder / name
    if not path.is_file():
        if needed:
            raise ModelError("model_file_missing", folder=str(folder), file=name)
        return {}
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError("model_file_broken", file=str(path), cause=str(error)) from error
    if not isinstance(plain, dict):
        raise ModelError("model_file_broken", file=str(path), cause="not a JSON object")
    return plain


def _refuse_code(folder: Path, *configs: dict[str, Any]) -> None:
    if any("auto_map" in config for config in configs):
        raise ModelError("model_wants_code", folder=str(folder))


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files of the model: one, or the shards named by the index."""
    single = folder / "model.safetensors"
    if single.is_file():
        return [single]
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = _json(folder, index.name).get("weight_map")
        names = sorted({str(v) for v in shards.values()}) if isinstance(shards, dict) else []
        for name in names:
            if Path(name).name != name or not (folder / name).is_file():
                raise ModelError("model_file_missing", folder=str(folder), file=name)
        if names:
            return [folder / name for name in names]
    pickled = sorted(path.name for pattern in _PICKLED for path in folder.glob(pattern))
    if pickled:
        raise ModelError("model_only_pickled", folder=str(folder), files=", ".join(pickled[:3]))
    raise ModelError("model_file_missing", folder=str(folder), file=single.name)


def _count_weights(path: Path) -> int:
    from safetensors import SafetensorError, safe_open  # keeps the page's start light

    total = 0
    try:
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118 - the handle is no mapping
                size = 1
                for length in file.get_slice(name).get_shape():
                    size *= length
                total += size
    except (SafetensorError, OSError) as error:
        raise ModelError("model_file_broken", file=str(path), cause=str(error)) from error
    return total


def _family(folder: Path, config: dict[str, Any]) -> Family:
    kind = str(config.get("model_type", ""))
    names = [str(name) for name in config.get("architectures") or []]
    if config.get("is_encoder_decoder"):
        if any(name.endswith(_SEQ2SEQ_ENDINGS) for name in names):
            return "seq2seq"
    else:
        if kind in _ENCODERS and not config.get("is_decoder"):
            return "encoder"
        if any(name.endswith(_CAUSAL_ENDINGS) for name in names):
            return "causal"
    raise ModelError(
        "model_family_unknown",
        folder=str(folder),
        type=kind or "?",
        architectures=", ".join(names) or "?",
    )


def _window(folder: Path, config: dict[str, Any], tokenizer: dict[str, Any]) -> int:
    sentence = _json(folder, "sentence_bert_config.json", needed=False)
    positions = next(
        (
            found
            for name in ("max_position_embeddings", "n_positions", "max_source_positions")
            if (found := _positive(config.get(name)))
        ),
        None,
    )
    if positions and config.get("model_type") in _OFFSET_POSITIONS:
        positions -= 2
    limits = [
        positions,
        _positive(tokenizer.get("model_max_length")),
        _positive(sentence.get("max_seq_length")),
    ]
    known = [limit for limit in limits if limit and limit < _NO_LIMIT]
    return min(known, default=_DEFAULT_WINDOW)


def _positive(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return None
    return int(value) if value < _NO_LIMIT else None


def _text_prefix(folder: Path) -> str:
    """What sentence-transformers would put in front of every text."""
    sentence = _json(folder, "config_sentence_transformers.json", needed=False)
    prompts, chosen = sentence.get("prompts"), sentence.get("default_prompt_name")
    if isinstance(prompts, dict) and isinstance(chosen, str):
        return str(prompts.get(chosen, ""))
    return ""


def _front_matter(folder: Path) -> tuple[str, tuple[str, ...]]:
    """Licence and languages as the README's YAML head names them; empty where it does not."""
    path = folder / "README.md"
    if not path.is_file():
        return "", ()
    parts = path.read_text(encoding="utf-8", errors="replace").split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():
        return "", ()
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError:
        return "", ()
    if not isinstance(head, dict):
        return "", ()
    told = head.get("language") or ()
    languages = (told,) if isinstance(told, str) else tuple(x for x in told if isinstance(x, str))
    return str(head.get("license") or ""), languages
