"""An encoder as it is: texts to sentence vectors, sentences to word vectors.

Sentence vectors are the mean over the last layer's tokens, scaled to length 1 (Reimers and Gurevych
2019), which is how the embedded encoders were trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instruct_ui.engine.base import Listener, Stop
from instruct_ui.engine.batching import over_batches, padded
from instruct_ui.engine.loading import Base
from instruct_ui.engine.token_windows import cut, special_ids, split_words
from instruct_ui.models.card import ModelCard

Vectors = NDArray[np.float32]

_BATCH = 32


class Encoder:
    """`tokens_seen`: tokens run through the model so far, padding not counted."""

    def __init__(self, base: Base, card: ModelCard, dtype: torch.dtype = torch.float32) -> None:
        self._base, self._dtype = base, dtype
        self._prefix = card.text_prefix
        self.window = window_of(base, card.window)
        self.tokens_seen = 0

    def embed(self, texts: Sequence[str], listen: Listener, stop: Stop) -> Vectors:
        """(texts, hidden) vectors of length 1; what does not fit into the window is cut off."""
        rows = encode_texts(self._base.tokenizer, texts, self._prefix, self.window)

        def run(batch: list[int]) -> list[Vectors]:
            hidden, mask = self._hidden([rows[i] for i in batch])
            pooled = torch.nn.functional.normalize(mean_pool(hidden, mask), dim=-1)
            return list(pooled.cpu().numpy())

        found = over_batches([len(row) for row in rows], _BATCH, run, listen, stop)
        return np.stack(found) if found else np.zeros((0, self._base.model.config.hidden_size), "f")

    def embed_words(
        self, sentences: Sequence[Sequence[str]], listen: Listener, stop: Stop
    ) -> list[Vectors]:
        """For each sentence (words, hidden): the mean of the last four layers (Devlin et al. 2019)
        over a word's pieces, in the window that scores the word; zeros for a word without a piece.
        """
        pieces = split_words(self._base.tokenizer, sentences)
        before, after = special_ids(self._base.tokenizer)
        windows = [
            window
            for number, words in enumerate(pieces)
            for window in cut(words, number, self.window, before, after)
        ]

        def run(batch: list[int]) -> list[Vectors]:
            hidden, _ = self._hidden([windows[i].ids for i in batch], last=4)
            return list(hidden.cpu().numpy())

        read = over_batches([len(w.ids) for w in windows], _BATCH, run, listen, stop)
        size = self._base.model.config.hidden_size
        found: list[Vectors] = [np.zeros((len(words), size), "f") for words in sentences]
        for window, hidden in zip(windows, read, strict=True):
            words = pieces[window.sentence]
            for position, word in enumerate(window.words):
                if word >= 0:
                    own = hidden[position : position + len(words[word])]
                    found[window.sentence][word] = own.mean(axis=0)
        return found

    @torch.inference_mode()
    def _hidden(self, rows: Sequence[Sequence[int]], last: int = 1) -> tuple[Tensor, Tensor]:
        """(rows, tokens, hidden), the mean of the last layers, and the mask of what is a token."""
        device = self._base.device
        ids, mask = padded(rows, pad_id(self._base.tokenizer), device)
        with torch.autocast(device.type, dtype=self._dtype, enabled=self._dtype != torch.float32):
            read = self._base.model(
                input_ids=ids, attention_mask=mask, output_hidden_states=last > 1
            )
        self.tokens_seen += int(mask.sum())
        if last == 1:
            return read.last_hidden_state.float(), mask
        return torch.stack(read.hidden_states[-last:]).float().mean(dim=0), mask


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """(rows, tokens, hidden) to (rows, hidden): the mean over what the mask keeps."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def encode_texts(tokenizer: Any, texts: Sequence[str], prefix: str, window: int) -> list[list[int]]:
    """Ids of each text with its prefix and the special tokens, cut to the window."""
    if not texts:
        return []
    encoded = tokenizer(
        [prefix + text for text in texts], truncation=True, max_length=window, padding=False
    )
    ids: list[list[int]] = encoded["input_ids"]
    return ids


def pad_id(tokenizer: Any) -> int:
    return int(tokenizer.pad_token_id) if tokenizer.pad_token_id is not None else 0


def window_of(base: Base, wanted: int) -> int:
    """Tokens the model reads at once: what its card says, at most what it has positions for."""
    config = base.model.config
    positions = int(getattr(config, "max_position_embeddings", 0) or 512)
    if "roberta" in config.model_type:  # their positions start after the padding's
        positions -= int(config.pad_token_id) + 1
    return min(wanted or positions, positions)
