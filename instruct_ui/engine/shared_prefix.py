"""What all prompts begin with, run through the model once: its keys and values are kept, and the
next call goes on from as much of them as it shares."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from instruct_ui.engine.candidates import Ids, common_length


class SharedPrefix:
    def __init__(self, model: Any) -> None:
        self._model = model
        self._ids: Ids = ()
        self._layers: list[tuple[Tensor, Tensor]] = []

    def run(self, ids: Ids) -> int:
        """Makes `ids` the prefix; returns how many tokens had to be run for it."""
        kept = common_length([self._ids, ids])
        layers = [(k[:, :, :kept], v[:, :, :kept]) for k, v in self._layers] if kept else []
        if kept < len(ids):
            cache = DynamicCache(layers or None)
            self._model(
                input_ids=torch.tensor([ids[kept:]], device=self._model.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            layers = [(layer.keys, layer.values) for layer in cache.layers]
        self._ids, self._layers = ids, layers
        return len(ids) - kept

    def cache(self, rows: int) -> DynamicCache | None:
        """The prefix for so many rows; None where it is empty."""
        if not self._ids:
            return None
        return DynamicCache(
            [(k.expand(rows, -1, -1, -1), v.expand(rows, -1, -1, -1)) for k, v in self._layers]
        )


def shared_length(rows: list[Ids]) -> int:
    """Tokens all `rows` begin with; every row keeps one of its own, which predicts what follows."""
    return min(common_length(rows), min(map(len, rows)) - 1)
