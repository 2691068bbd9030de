"""A fine-tuned encoder on disk: config, tokenizer, one safetensors file, and what it answers.

The weights are named as transformers names them below a head (`bert.encoder...`, `classifier...`),
so other programs read the encoder with AutoModel and the head's two tensors beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from instruct_ui.engine.heads import Headed
from instruct_ui.engine.loading import Base, load_base
from instruct_ui.errors import ModelError, StorageFault
from instruct_ui.tasks import REGISTRY, TaskName

_FORM = "tuned.json"
_WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class TunedEncoder:
    base: str
    """Name of the model it was tuned from."""
    task: TaskName
    labels: tuple[str, ...]
    window: int
    prefix: str
    dtype: str
    """The number format it was trained in, and answers in where the processor has it."""


def save_encoder(
    model: Headed, tokenizer: Any, form: TunedEncoder, folder: Path, first: bool
) -> None:
    """Writes a model folder; after the `first` time of a training, the weights alone.

    The weights come last and appear in one step, so a checkpoint is whole or the one before.
    Raises StorageFault where the disk does not take it.
    """
    fresh = folder / f".{_WEIGHTS}.part"
    name = model.encoder.base_model_prefix or "encoder"
    weights = {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for key, value in model.encoder.state_dict().items()
    }
    weights |= {
        f"classifier.{key}": value.detach().cpu().contiguous()
        for key, value in model.classifier.state_dict().items()
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if first:
            (folder / _WEIGHTS).unlink(missing_ok=True)  # another training's
            _write_form(model, tokenizer, form, folder)
        save_file(weights, fresh, metadata={"format": "pt"})
        fresh.replace(folder / _WEIGHTS)
    except (OSError, SafetensorError) as error:
        fresh.unlink(missing_ok=True)
        raise StorageFault("storage_write_failed", where=str(folder), cause=str(error)) from error


def _write_form(model: Headed, tokenizer: Any, form: TunedEncoder, folder: Path) -> None:
    model.encoder.config.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    text = json.dumps(asdict(form), ensure_ascii=False, indent=2)
    (folder / _FORM).write_text(text, encoding="utf-8")


def load_encoder(
    folder: Path, device: str, names: Callable[[TunedEncoder], int]
) -> tuple[Headed, Base, TunedEncoder]:
    """The tuned model in `folder`; `names` gives the number of a form's outputs.

    Raises ModelError where the folder holds none, or a damaged one.
    """
    form = _load_form(folder)
    base = load_base(folder, "encoder", device, shared=False)
    pooled = REGISTRY[form.task].gold.shape != "tags"
    model = Headed(base.model, names(form), pooled, dropout=0.0)
    try:
        with safe_open(str(folder / _WEIGHTS), framework="pt") as file:
            head = {key: file.get_tensor(f"classifier.{key}") for key in ("weight", "bias")}
        model.classifier.load_state_dict(head)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise _broken(folder, error) from error
    return model.to(base.device).eval(), base, form


def _load_form(folder: Path) -> TunedEncoder:
    try:
        plain = json.loads((folder / _FORM).read_text(encoding="utf-8"))
        return TunedEncoder(**{**plain, "labels": tuple(plain["labels"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder, error) from error


def _broken(folder: Path, cause: object) -> ModelError:
    return ModelError("engine_tuned_broken", folder=str(folder), cause=str(cause))
