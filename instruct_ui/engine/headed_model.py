"""A headed encoder at work: rows in, logits and answers out. Training and prediction share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from instruct_ui.engine import iob2, label_sets
from instruct_ui.engine.base import Listener, Question, Stop
from instruct_ui.engine.batching import over_batches, padded
from instruct_ui.engine.encoder import encode_texts, pad_id
from instruct_ui.engine.heads import Headed
from instruct_ui.engine.prototypes import Vectors, softmax
from instruct_ui.engine.similarity import answer
from instruct_ui.engine.token_windows import Window, cut, special_ids, split_words
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.tasks import REGISTRY, TaskName

_BATCH = 32


@dataclass
class HeadedModel:
    """`dtype`: bfloat16 computes under autocast; the weights stay in float32."""

    model: Headed
    tokenizer: Any
    device: torch.device
    window: int
    prefix: str
    dtype: torch.dtype
    tokens_seen: int = 0

    def texts(self, questions: Sequence[Question]) -> list[list[int]]:
        return encode_texts(self.tokenizer, [q.text for q in questions], self.prefix, self.window)

    def windows(self, questions: Sequence[Question]) -> list[Window]:
        """The sentences' windows, in order; a word read alone has no use for the text prefix."""
        before, after = special_ids(self.tokenizer)
        pieces = split_words(self.tokenizer, [q.tokens for q in questions])
        return [
            window
            for number, words in enumerate(pieces)
            for window in cut(words, number, self.window, before, after)
        ]

    @torch.inference_mode()
    def logits(self, rows: Sequence[Sequence[int]], listen: Listener, stop: Stop) -> list[Vectors]:
        """A row's (labels,) or, from a token head, (tokens, tags)."""

        def run(batch: list[int]) -> list[Vectors]:
            ids, mask = padded([rows[i] for i in batch], pad_id(self.tokenizer), self.device)
            low = self.dtype != torch.float32
            with torch.autocast(self.device.type, dtype=self.dtype, enabled=low):
                read = self.model(ids, mask)
            self.tokens_seen += int(mask.sum())
            return list(read.float().cpu().numpy())

        return over_batches([len(row) for row in rows], _BATCH, run, listen, stop)


def tag_names(types: Sequence[str]) -> tuple[str, ...]:
    return ("O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI"))


def word_scores(
    windows: Sequence[Window], logits: Sequence[Vectors], sentences: int
) -> list[dict[int, Vectors]]:
    """For each sentence the (tags,) probabilities of every word that has a piece."""
    found: list[dict[int, Vectors]] = [{} for _ in range(sentences)]
    for window, read in zip(windows, logits, strict=True):
        shares = softmax(read)
        for position, word in enumerate(window.words):
            if word >= 0:
                found[window.sentence][word] = shares[position]
    return found


def tagged(words: int, scores: dict[int, Vectors], names: Sequence[str]) -> Answer:
    """A sentence's tags as valid IOB2; a word without a piece is O and has no say."""
    tags = ["O"] * words
    for word, shares in scores.items():
        tags[word] = names[int(shares.argmax())]
    sure = [float(shares.max()) for shares in scores.values()]
    return Answer(confidence=float(np.mean(sure)) if sure else 0.0, tags=iob2.valid(tags))


def _sigmoid(logits: Vectors) -> Vectors:
    shares: Vectors = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return shares


class HeadedPredictor:
    """Answers with a fine-tuned encoder; a confidence is the softmax probability, of several labels
    the sigmoid's."""

    def __init__(
        self,
        headed: HeadedModel,
        labels: tuple[str, ...],
        task: TaskName,
        facts: Mapping[str, str | float | bool],
    ) -> None:
        self._headed, self._labels = headed, labels
        self._several = REGISTRY[task].gold.shape == "labels"
        self.facts = facts
        self.tokens_seen = 0

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        headed = self._headed
        if headed.model.pooled:
            read = headed.logits(headed.texts(questions), listen, stop)
            self.tokens_seen = headed.tokens_seen
            if self._several:
                return [label_sets.answer(self._labels, _sigmoid(row)) for row in read]
            return [answer(self._labels, softmax(row)) for row in read]
        windows = headed.windows(questions)
        read = headed.logits([w.ids for w in windows], listen, stop)
        self.tokens_seen = headed.tokens_seen
        scores = word_scores(windows, read, len(questions))
        names = tag_names(self._labels)
        return [tagged(len(q.tokens), s, names) for q, s in zip(questions, scores, strict=True)]
