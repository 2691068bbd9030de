"""An encoder with a head over labels (mean over a text's tokens) or over tags (each token).

The text head reads the same vector as the similarity methods do.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from instruct_ui.engine.encoder import mean_pool
from instruct_ui.errors import ModelError
from instruct_ui.spec import FineTune

_START_TEMPERATURE = 0.05
"""Of the softmax over cosines the text head starts as."""


class Headed(nn.Module):
    """`encoder`: a transformers model with `last_hidden_state`."""

    def __init__(self, encoder: Any, outputs: int, pooled: bool, dropout: float) -> None:
        super().__init__()
        if getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # not read here, and random where the model came without one
        self.encoder = encoder
        self.pooled = pooled
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(encoder.config.hidden_size, outputs)
        nn.init.normal_(self.classifier.weight, std=0.02)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(rows, tokens) to logits (rows, labels), or (rows, tokens, tags)."""
        read = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        if self.pooled:
            # Length 1 as in similarity, scaled so that one entry is about 1 as dropout expects.
            read = nn.functional.normalize(mean_pool(read, mask), dim=-1) * read.shape[-1] ** 0.5
        logits: Tensor = self.classifier(self.dropout(read))
        return logits

    def start_from(self, centres: Tensor) -> None:
        """(labels, hidden) mean vectors of length 1 become the text head's weights."""
        size = centres.shape[-1] ** 0.5
        with torch.no_grad():
            self.classifier.weight.copy_(
                (centres - centres.mean(dim=0)) / (_START_TEMPERATURE * size)
            )


def dropout_of(config: Any) -> float:
    """The head's dropout where none is asked for: that of the encoder's hidden states."""
    return float(getattr(config, "hidden_dropout_prob", None) or 0.1)


def set_dropout(model: nn.Module, share: float) -> None:
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = share


def freeze(model: Headed, settings: FineTune) -> bool:
    """Leaves a gradient to what the strategy trains; whether the word embeddings are frozen.

    `auto` freezes the word embeddings where they are more than half of the weights: most of their
    rows are never seen, and AdamW would move them all at every step.
    Raises ModelError for a strategy an encoder does not have.
    """
    if settings.strategy == "lora":
        raise ModelError("engine_lora_encoder")
    words = model.encoder.get_input_embeddings().weight
    frozen = settings.freeze_embeddings
    if frozen == "auto":
        frozen = 2 * words.numel() > sum(p.numel() for p in model.encoder.parameters())
    if settings.strategy == "top_layers":
        frozen = True
        model.encoder.requires_grad_(False)
        for layer in _layers(model.encoder)[-settings.top_layers :]:
            layer.requires_grad_(True)
    words.requires_grad_(not frozen)
    return bool(frozen)


def _layers(encoder: Any) -> nn.ModuleList:
    """The stack of transformer layers, whatever the architecture calls it."""
    wanted = encoder.config.num_hidden_layers
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList) and len(module) == wanted:
            return module
    raise ModelError("engine_no_layers", kind=encoder.config.model_type)
