"""Fine-tuning an encoder: one training's rows, loss, check and saving.

A text's target is its label, or a yes or no for each label where it may have several. A sentence is
trained in the windows it is predicted in: targets stand on the first piece of each word scored
there, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instruct_ui.engine import iob2
from instruct_ui.engine.base import Request, Shot, Stop
from instruct_ui.engine.batching import batches, padded
from instruct_ui.engine.encoder import pad_id, window_of
from instruct_ui.engine.encoder_checkpoint import TunedEncoder, save_encoder
from instruct_ui.engine.head_start import start_tag_head, start_text_head
from instruct_ui.engine.headed_model import HeadedModel, tag_names, tagged, word_scores
from instruct_ui.engine.heads import Headed, dropout_of, freeze, set_dropout
from instruct_ui.engine.loading import Base
from instruct_ui.engine.precision import name_of, pick_dtype
from instruct_ui.engine.prototypes import Vectors, softmax
from instruct_ui.engine.token_windows import IGNORED
from instruct_ui.engine.training import Check
from instruct_ui.errors import RequestError
from instruct_ui.spec import FineTune
from instruct_ui.tasks import REGISTRY

_TRIAL_BATCHES = 4
_TRIAL_ROWS = 8


class EncoderTuning:
    """One training of `base`, which it changes. Raises RequestError without labelled rows."""

    def __init__(self, request: Request, base: Base) -> None:
        assert isinstance(request.approach, FineTune)
        self.request, self.settings = request, request.approach
        shape = REGISTRY[request.task].gold.shape
        self.pooled, self.several = shape != "tags", shape == "labels"
        self.names = request.labels if self.pooled else tag_names(request.labels)
        self._number = {name: number for number, name in enumerate(self.names)}
        self.headed = self._head(base)
        self._saved = False
        self.frozen = freeze(self.headed.model, self.settings)
        train = self._labelled(request.train)
        if not train:
            raise RequestError("engine_nothing_to_train")
        self.rows, self.targets = self._read(train)
        self.validation = self._labelled(request.validation)
        self.judged, self.gold = self._read(self.validation)

    def start_head(self, stop: Stop) -> None:
        """Starts the head from what the encoder, untrained, says of the training rows."""
        if not self.pooled:
            start_tag_head(self.headed, self.rows, self.targets, self.request.seed, stop)
            return
        labelled = [
            (shot.question.text, self._number[label])
            for shot in self._labelled(self.request.train)
            for label in _labels(shot)
        ]
        start_text_head(
            self.headed,
            self.request.card,
            [text for text, _ in labelled],
            [label for _, label in labelled],
            self.request.descriptions,
            stop,
        )

    def batches_of_epoch(self, epoch: int) -> list[list[int]]:
        lengths = [len(row) for row in self.rows]
        return batches(lengths, self.settings.batch_size, self.request.seed + epoch)

    def tokens_of_batch(self, batch: Sequence[int]) -> int:
        return sum(len(self.rows[i]) for i in batch)

    def loss_of_batch(self, batch: Sequence[int]) -> Tensor:
        """Mean cross-entropy over the batch's texts, or over its scored words."""
        device, rows = self.headed.device, [self.rows[i] for i in batch]
        ids, mask = padded(rows, pad_id(self.headed.tokenizer), device)
        logits = self.headed.model(ids, mask).float()
        targets, _ = padded([self.targets[i] for i in batch], IGNORED, device)
        if self.several:
            return torch.nn.functional.binary_cross_entropy_with_logits(logits, targets.float())
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORED
        )

    def check(self) -> Check:
        """Accuracy, micro F1 of several labels, or strict entity F1 on the validation rows, and the
        mean loss."""
        logits = self.headed.logits(self.judged, lambda event: None, lambda: False)
        if self.several:
            return _check_sets(np.stack(logits), np.array(self.gold))
        loss = _mean_loss(logits, self.gold)
        if self.pooled:
            right = [int(r.argmax()) == t[0] for r, t in zip(logits, self.gold, strict=True)]
            return Check(sum(right) / len(right), loss)
        windows = self.headed.windows([shot.question for shot in self.validation])
        scores = word_scores(windows, logits, len(self.validation))
        found = [
            tagged(len(shot.tags), own, self.names).tags
            for shot, own in zip(self.validation, scores, strict=True)
        ]
        return Check(iob2.entity_f1([shot.tags for shot in self.validation], found), loss)

    def save(self) -> None:
        headed, out = self.headed, self.request.out
        if out is not None:
            save_encoder(headed.model, headed.tokenizer, self.form(), out, first=not self._saved)
            self._saved = True

    def form(self) -> TunedEncoder:
        return TunedEncoder(
            base=self.request.card.name,
            task=self.request.task,
            labels=self.request.labels,
            window=self.headed.window,
            prefix=self.headed.prefix,
            dtype=name_of(self.headed.dtype),
        )

    def pick_dtype(self) -> torch.dtype:
        """By a short timing over batches of different shapes, as in training: a bfloat16 kernel is
        built for each shape. The model is not changed; from here on it computes in that format.
        """

        def time_steps(dtype: torch.dtype) -> float:
            self._trial(trial[0], dtype)
            start = time.perf_counter()
            for batch in trial[1:]:
                self._trial(batch, dtype)
            return time.perf_counter() - start

        rounds = sorted(self.batches_of_epoch(0), key=self.tokens_of_batch)
        last = len(rounds) - 1
        trial = [rounds[i * last // _TRIAL_BATCHES] for i in range(_TRIAL_BATCHES + 1)]
        self.headed.model.train()
        self.headed.dtype = pick_dtype(self.request.dtype, time_steps, self.headed.device)
        self.headed.model.zero_grad(set_to_none=True)
        return self.headed.dtype

    def _trial(self, batch: Sequence[int], dtype: torch.dtype) -> None:
        low = dtype != torch.float32
        with torch.autocast(self.headed.device.type, dtype=dtype, enabled=low):
            loss = self.loss_of_batch(batch[:_TRIAL_ROWS])
        loss.backward()  # type: ignore[no-untyped-call]

    def _head(self, base: Base) -> HeadedModel:
        torch.manual_seed(self.request.seed)
        share = self.settings.dropout
        if share is not None:
            set_dropout(base.model, share)
        model = Headed(
            base.model,
            len(self.names),
            self.pooled,
            dropout_of(base.model.config) if share is None else share,
        )
        return HeadedModel(
            model.to(base.device),
            base.tokenizer,
            base.device,
            window_of(base, self.request.card.window),
            self.request.card.text_prefix,
            torch.float32,
        )

    def _labelled(self, shots: Sequence[Shot]) -> list[Shot]:
        if self.several:
            return [s for s in shots if all(label in self._number for label in s.parts)]
        if self.pooled:
            return [shot for shot in shots if shot.label in self._number]
        return [shot for shot in shots if shot.tags]

    def _read(self, shots: Sequence[Shot]) -> tuple[list[Sequence[int]], list[list[int]]]:
        """Ids and targets: one target a text, one a position of a window."""
        questions = [shot.question for shot in shots]
        if self.several:
            sets = [[int(name in shot.parts) for name in self.names] for shot in shots]
            return list(self.headed.texts(questions)), sets
        if self.pooled:
            gold = [[self._number[str(shot.label)]] for shot in shots]
            return list(self.headed.texts(questions)), gold
        tags = [[self._number[tag] for tag in shot.tags] for shot in shots]
        windows = self.headed.windows(questions)
        return [w.ids for w in windows], [w.targets(tags[w.sentence]) for w in windows]


def _labels(shot: Shot) -> tuple[str, ...]:
    return shot.parts if shot.label is None else (shot.label,)


def _check_sets(logits: Vectors, gold: NDArray[np.int64]) -> Check:
    given = logits >= 0
    right = int((given & (gold == 1)).sum())
    score = 2 * right / max(1, int(given.sum()) + int(gold.sum()))
    loss = float((np.logaddexp(0, logits) - gold * logits).mean())
    return Check(score, loss)


def _mean_loss(logits: Sequence[Vectors], targets: Sequence[Sequence[int]]) -> float:
    """Mean of -log p over what has a target; a row of logits is (labels,) or (tokens, tags)."""
    losses: list[float] = []
    for row, wanted in zip(logits, targets, strict=True):
        shares = softmax(np.atleast_2d(row))[: len(wanted)]
        losses += [
            -float(np.log(max(float(shares[place, target]), 1e-12)))
            for place, target in enumerate(wanted)
            if target != IGNORED
        ]
    return sum(losses) / max(len(losses), 1)
