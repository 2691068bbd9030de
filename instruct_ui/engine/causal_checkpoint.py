"""A fine-tuned causal model on disk: the adapter in peft's own files, and how it was asked.

adapter_model.safetensors   the adapter's weights
adapter_config.json         rank, layers
causal.json                 base model, labels, answer words, chat frame, ending, way of answering
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from peft import (
    LoraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from instruct_ui.errors import ModelError, StorageFault
from instruct_ui.tasks import Way
from instruct_ui.templates.prompt import ChatFrame

_WEIGHTS = "adapter_model.safetensors"
_CONFIG = "adapter_config.json"
_FORM = "causal.json"


@dataclass(frozen=True, slots=True)
class TunedForm:
    """How the model was asked in training, and is to be asked again."""

    base: str
    """The base model's name."""
    labels: tuple[str, ...]
    words: tuple[str, ...]
    """The answer word of each label."""
    frame: ChatFrame | None
    ending: str
    """What ends an answer."""
    way: Way | None = "labels"
    answer_tokens: int = 32
    answer_lines: bool = False


def save_adapter(model: Any, form: TunedForm, folder: Path) -> None:
    """Writes the adapter of peft model `model`. A file is complete or is not there.

    Raises StorageFault where the disk does not take it; what lay there before is kept.
    """
    config: LoraConfig = model.peft_config["default"]
    config.base_model_name_or_path = form.base
    fresh = folder / f"{_WEIGHTS}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(_weights_of(model), fresh, metadata={"format": "pt"})
        (folder / _FORM).write_text(
            json.dumps(asdict(form), ensure_ascii=False, indent=2), encoding="utf-8"
        )
        config.save_pretrained(str(folder))
        fresh.replace(folder / _WEIGHTS)
    except (OSError, SafetensorError) as error:
        fresh.unlink(missing_ok=True)
        raise StorageFault("storage_write_failed", where=str(folder), cause=str(error)) from error


def load_form(folder: Path) -> TunedForm:
    """Raises ModelError where `folder` holds no tuned model."""
    try:
        plain = json.loads((folder / _FORM).read_text(encoding="utf-8"))
        frame = ChatFrame(**plain["frame"]) if plain["frame"] else None
        return TunedForm(
            base=plain["base"],
            labels=tuple(plain["labels"]),
            words=tuple(plain["words"]),
            frame=frame,
            ending=plain["ending"],
            way=plain["way"],
            answer_tokens=plain["answer_tokens"],
            answer_lines=plain["answer_lines"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder, error) from error


def merge_adapter(base: Any, folder: Path) -> Any:
    """Base model `base` with the adapter added to its weights; `base` itself is changed.

    Raises ModelError where the adapter is damaged or does not fit the model.
    """
    missing = [name for name in (_CONFIG, _WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise _broken(folder, f"{missing[0]} is missing")
    try:
        config = LoraConfig.from_pretrained(str(folder))
        config.base_model_name_or_path = None  # checked by name already; here it is a folder
        weights = load_file(folder / _WEIGHTS)
        model = get_peft_model(base, config)
        unknown = set_peft_model_state_dict(model, weights).unexpected_keys
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _broken(folder, error) from error
    if unknown or weights.keys() != _weights_of(model).keys():
        raise _broken(folder, "its weights do not fit the model")
    return model.merge_and_unload()


def _weights_of(model: Any) -> dict[str, Tensor]:
    # Told that embeddings are not saved, peft does not ask the hub whether they changed.
    kept = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: weight.contiguous() for name, weight in kept.items()}


def _broken(folder: Path, cause: object) -> ModelError:
    return ModelError("causal_adapter_broken", folder=str(folder), cause=str(cause))
