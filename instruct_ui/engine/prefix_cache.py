"""Scores of label words, with what the rows share run once.

What all rows begin with (instruction, constraints, fixed examples) goes through the model once and
its keys and values are kept. Each row then needs one forward pass over its own tokens, with the
tails of all its candidates behind them side by side: a mask lets every tail see the shared prefix,
its row and itself, but no other tail, and every tail counts its positions from the row's end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from instruct_ui.engine.candidate_batch import Layout, additive, column_widths, lay_out
from instruct_ui.engine.candidates import Candidates
from instruct_ui.engine.shared_prefix import SharedPrefix, shared_length

_log = logging.getLogger(__name__)

CELLS = 8192
"""Most key/value places of a batch (rows x tokens, the shared prefix counted for each row)."""
LOGITS = 50_000_000
"""Most logits of a batch."""


class LabelScorer:
    """Keeps the last shared prefix, so that the next call starts from it."""

    def __init__(
        self,
        model: Any,
        dtype: torch.dtype = torch.float32,
        *,
        cells: int = CELLS,
        logits: int = LOGITS,
        plain: bool = False,
    ) -> None:
        """`dtype` bfloat16: computes under autocast, the weights stay as they are."""
        self.model = model
        self.dtype = dtype
        self.plain = plain
        """Score every candidate alone: for architectures that `can_share` says no to."""
        self.tokens_seen = 0
        self.shared_tokens = 0
        """Length of the last call's shared prefix."""
        self._cells = cells
        self._logits = logits
        self._prefix = SharedPrefix(model)

    def score(self, rows: Sequence[Candidates]) -> Iterator[tuple[list[int], Tensor]]:
        """Sums of the log-probabilities of every candidate's tail tokens, batch by batch.

        Yields (positions in `rows`, scores [batch, labels] in float64), rows of similar length
        together. Sums are not divided by length, as in lm-evaluation-harness' `acc`.
        """
        if not rows:
            return
        if self.plain:
            for i, row in enumerate(rows):
                yield [i], plain_scores(self.model, row)[None]
                self.tokens_seen += sum(len(row.shared) + len(tail) for tail in row.tails)
            return
        length = shared_length([row.shared for row in rows])
        with self._computing():
            self.tokens_seen += self._prefix.run(rows[0].shared[:length])
        self.shared_tokens = length
        for batch in self._batches(rows, length):
            with self._computing():
                scores = self._score_batch([rows[i] for i in batch], length)
            yield batch, scores

    @contextmanager
    def _computing(self) -> Iterator[None]:
        low = self.dtype != torch.float32
        device = self.model.device.type
        with torch.inference_mode(), torch.autocast(device, dtype=self.dtype, enabled=low):
            yield

    def _batches(self, rows: Sequence[Candidates], prefix: int) -> Iterator[list[int]]:
        """Longest first, so that a batch too big for the memory fails at once."""
        vocabulary = self.model.config.get_text_config().vocab_size
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i].shared))
        batch: list[int] = []
        for i in order:
            trial = [*batch, i]
            middle, tails = column_widths([rows[j] for j in trial], prefix)
            columns = middle + sum(tails)
            too_big = (
                len(trial) * (prefix + columns) > self._cells
                or len(trial) * (1 + sum(tails)) * vocabulary > self._logits
            )
            if batch and too_big:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _score_batch(self, rows: Sequence[Candidates], prefix: int) -> Tensor:
        device = self.model.device
        layout = lay_out(rows, prefix)
        cache = self._prefix.cache(len(rows))
        logits = self.model(
            input_ids=layout.ids.to(device),
            position_ids=layout.positions.to(device),
            attention_mask=additive(layout.seen, self.model.dtype).to(device),
            past_key_values=cache,
            use_cache=cache is not None,
            logits_to_keep=layout.logits,
        ).logits[:, -layout.logits :]
        self.tokens_seen += sum(
            len(r.shared) - prefix + sum(len(t) - 1 for t in r.tails) for r in rows
        )
        return _sum_tails(logits, rows, layout)


def plain_scores(model: Any, row: Candidates) -> Tensor:
    """The plain computation, [labels]: every candidate alone, from its first token, no cache."""
    sums = []
    for tail in row.tails:
        ids = torch.tensor([[*row.shared, *tail]], device=model.device)
        with torch.inference_mode():
            logits = model(input_ids=ids, use_cache=False).logits[0, -len(tail) - 1 : -1]
        chosen = logits.float().log_softmax(-1).gather(1, ids[0, -len(tail) :, None])
        sums.append(chosen.double().sum())
    return torch.stack(sums).cpu()


def can_share(model: Any) -> bool:
    """Whether the shared way gives the plain way's scores, tried on a few tokens.

    It does not where a model looks at a sliding window, keeps a running state instead of keys and
    values, or takes its positions from the mask.
    """
    rows = [
        Candidates((7, 8, 9, 10, 11, 12), ((13, 14, 15), (16, 17))),
        Candidates((7, 8, 9, 10, 18), ((13, 14), (16, 19, 20))),
    ]
    try:
        shared = {
            row: scores[n]
            for batch, scores in LabelScorer(model).score(rows)
            for n, row in enumerate(batch)
        }
    except (AttributeError, TypeError, ValueError, IndexError, RuntimeError) as error:
        _log.info("scores every candidate alone: %s", error)
        return False
    return all(
        torch.allclose(shared[i], plain_scores(model, row), rtol=0, atol=1e-3)
        for i, row in enumerate(rows)
    )


def _sum_tails(logits: Tensor, rows: Sequence[Candidates], layout: Layout) -> Tensor:
    """[rows, labels]. `logits` [rows, columns with logits, vocabulary]."""
    norms = torch.stack([row.float().logsumexp(-1) for row in logits])
    sums = torch.zeros(len(rows), len(layout.tails), dtype=torch.float64)
    for n, row in enumerate(rows):
        for label, tail in enumerate(row.tails):
            at = torch.tensor(layout.tails[label][: len(tail)], device=logits.device)
            token = torch.tensor(tail, device=logits.device)
            chosen = logits[n, at, token].float() - norms[n, at]
            sums[n, label] = chosen.double().sum().item()
    return sums
