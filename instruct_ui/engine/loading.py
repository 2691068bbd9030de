"""Models and tokenizers from a folder: no hub, no pickled weights, no code of the model's own."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)
from transformers.utils import logging as transformers_logging

from instruct_ui.errors import ModelError, RequestError
from instruct_ui.settings import settings

Kind = Literal["encoder", "sequence", "token", "causal", "seq2seq"]

_CLASSES: dict[Kind, Any] = {
    "encoder": AutoModel,
    "sequence": AutoModelForSequenceClassification,
    "token": AutoModelForTokenClassification,
    "causal": AutoModelForCausalLM,
    "seq2seq": AutoModelForSeq2SeqLM,
}
_KEPT = 2

# A worker's terminal is nobody's page; what matters is told through events and errors.
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


@dataclass(frozen=True)
class Base:
    """A model in evaluation mode with its tokenizer. A shared one must never be changed."""

    model: Any
    tokenizer: Any
    device: torch.device


_cache: OrderedDict[tuple[object, ...], Base] = OrderedDict()


def load_base(
    folder: Path,
    kind: Kind,
    device: torch.device | str = "auto",
    dtype: torch.dtype = torch.float32,
    *,
    shared: bool = True,
    **config: Any,
) -> Base:
    """The model in `folder` as `kind`, its weights in `dtype`; `config` overrides config.json.

    `shared`: the last two loaded stay in the process, so that a warm worker does not load again.
    Whoever trains takes `shared=False` and gets a copy of its own.
    Raises ModelError where the folder has no usable safetensors model.
    """
    if settings().threads:
        torch.set_num_threads(settings().threads)
    place = pick_device(device) if isinstance(device, str) else device
    weights = _weights(folder)
    key = (
        *(folder.resolve(), kind, str(place), dtype, repr(sorted(config.items()))),
        # A folder whose files were replaced is another model.
        *((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in weights),
    )
    if shared and key in _cache:
        _cache.move_to_end(key)
        return _cache[key]
    base = Base(_load_model(folder, kind, dtype, config).to(place), load_tokenizer(folder), place)
    if shared:
        _cache[key] = base
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return base


def load_tokenizer(folder: Path) -> Any:
    """The folder's fast tokenizer. Raises ModelError where it has none."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_fast=True
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError("engine_no_tokenizer", folder=str(folder), cause=str(error)) from error
    if not tokenizer.is_fast:
        raise ModelError("engine_no_tokenizer", folder=str(folder), cause="no tokenizer.json")
    return tokenizer


def pick_device(wanted: str) -> torch.device:
    """`auto`: a CUDA card where there is one, else the processor. Raises RequestError otherwise."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise RequestError("engine_no_device", device=wanted, cause=str(error)) from error
    return device


def forget_loaded() -> None:
    """Empties the cache."""
    _cache.clear()


def _weights(folder: Path) -> list[Path]:
    """The folder's weight files. Raises ModelError where they are missing or pickled."""
    if not (folder / "config.json").is_file():
        raise ModelError("engine_no_model", folder=str(folder))
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickled = sorted(
            file.name for ending in ("bin", "pt", "pth") for file in folder.glob(f"*.{ending}")
        )
        if pickled:
            raise ModelError("engine_pickled_weights", folder=str(folder), files=", ".join(pickled))
        raise ModelError("engine_no_model", folder=str(folder))
    return weights


def _load_model(folder: Path, kind: Kind, dtype: torch.dtype, config: dict[str, Any]) -> Any:
    try:
        model, found = _CLASSES[kind].from_pretrained(
            str(folder),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            output_loading_info=True,
            **config,
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError("engine_unreadable", folder=str(folder), cause=str(error)) from error
    # A weight that is not in the file would be random. Heads are trained here, and so may be new.
    missing = sorted(key for key in found["missing_keys"] if "pooler" not in key)
    if missing and kind in ("encoder", "causal", "seq2seq"):
        cause = f"{len(missing)} weights are missing, among them {missing[0]}"
        raise ModelError("engine_unreadable", folder=str(folder), cause=cause)
    return model.eval()
