"""Texts a causal model writes: the likeliest token again and again (greedy), rows in batches, what
their prompts share run once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, LogitsProcessor, LogitsProcessorList

from instruct_ui.engine.batching import padded
from instruct_ui.engine.candidates import Ids
from instruct_ui.engine.shared_prefix import SharedPrefix, shared_length

_CELLS = 16_384
"""Most key/value places of a batch: rows x (prompt + answer)."""
_ROWS = 32

Ended = Callable[[Ids], bool]
"""Whether what a row has written so far is a whole answer."""
Narrow = Callable[[Sequence[Ids], Tensor], Tensor]
"""What each row has written, (rows, vocabulary) logits of what comes next -> its log-probabilities,
-inf for what must not."""


@dataclass(frozen=True, slots=True)
class Written:
    ids: Ids
    """Without what ended it."""
    confidence: float
    """Geometric mean of its tokens' probabilities; 0 where nothing was written."""


class Writer:
    def __init__(
        self, model: Any, dtype: torch.dtype = torch.float32, *, plain: bool = False
    ) -> None:
        """`dtype` bfloat16: computes under autocast, the weights stay as they are. `plain`: one row
        at a time by the model's own `generate`, for architectures without plain keys and values.
        """
        self.model = model
        self.dtype = dtype
        self._plain = plain
        self._prefix = SharedPrefix(model)
        self.tokens_seen = 0
        self.shared_tokens = 0

    def write(
        self,
        prompts: Sequence[Ids],
        most: int,
        ends: frozenset[int],
        ended: Ended,
        narrow: Narrow | None = None,
    ) -> Iterator[tuple[list[int], list[Written]]]:
        """At most `most` tokens behind each prompt, until a token of `ends` or until `ended`;
        `narrow` binds what they can be.

        Yields (positions in `prompts`, what was written), prompts of similar length together.
        """
        if not prompts:
            return
        if self._plain:
            for i, prompt in enumerate(prompts):
                with self._computing():
                    yield [i], [self._alone(prompt, most, ends, ended, narrow)]
            return
        length = shared_length(list(prompts))
        with self._computing():
            self.tokens_seen += self._prefix.run(prompts[0][:length])
        self.shared_tokens = length
        for batch in _batches(prompts, most):
            with self._computing():
                rows = [prompts[i] for i in batch]
                yield batch, self._batch(rows, length, most, ends, ended, narrow)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        low = self.dtype != torch.float32
        device = self.model.device.type
        with torch.inference_mode(), torch.autocast(device, dtype=self.dtype, enabled=low):
            yield

    def _batch(
        self,
        rows: Sequence[Ids],
        prefix: int,
        most: int,
        ends: frozenset[int],
        ended: Ended,
        narrow: Narrow | None,
    ) -> list[Written]:
        device = self.model.device
        ids, mask = padded([row[prefix:] for row in rows], 0, device, left=True)
        seen = torch.cat([mask.new_ones(len(rows), prefix), mask], dim=1)
        cache = self._prefix.cache(len(rows)) or DynamicCache()
        logits = self._step(ids, seen, cache)
        texts: list[list[int]] = [[] for _ in rows]
        sums = [0.0] * len(rows)
        open_rows = list(range(len(rows)))
        for step in range(most):
            if narrow is None:
                logits = logits.log_softmax(-1)
            else:
                logits = narrow([tuple(texts[i]) for i in open_rows], logits)
            scores, chosen = logits.max(-1)
            going = []
            for place, i in enumerate(open_rows):
                token = int(chosen[place])
                if token in ends or ended((*texts[i], token)):
                    continue
                texts[i].append(token)
                sums[i] += float(scores[place])
                going.append(place)
            open_rows = [open_rows[place] for place in going]
            if not open_rows or step == most - 1:
                break
            if len(going) < len(seen):
                kept = torch.tensor(going, device=device)
                cache.batch_select_indices(kept)
                seen, chosen = seen[kept], chosen[kept]
            seen = torch.cat([seen, seen.new_ones(len(seen), 1)], dim=1)
            logits = self._step(chosen[:, None], seen, cache)
        return [_written(text, total) for text, total in zip(texts, sums, strict=True)]

    def _step(self, ids: Tensor, seen: Tensor, cache: DynamicCache) -> Tensor:
        """(rows, vocabulary) float32: logits of what follows the last of `ids`."""
        positions = (seen.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        self.tokens_seen += int(seen[:, -ids.shape[1] :].sum())
        logits: Tensor = self.model(
            input_ids=ids,
            attention_mask=seen,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        return logits.float()

    def _alone(
        self,
        prompt: Ids,
        most: int,
        ends: frozenset[int],
        ended: Ended,
        narrow: Narrow | None,
    ) -> Written:
        bound = [] if narrow is None else [Narrowing(narrow, len(prompt))]
        found = self.model.generate(
            torch.tensor([prompt], device=self.model.device),
            max_new_tokens=most,
            do_sample=False,
            logits_processor=LogitsProcessorList(bound),
            output_scores=True,
            return_dict_in_generate=True,
        )
        self.tokens_seen += len(prompt) + len(found.scores)
        text: list[int] = []
        total = 0.0
        for token, scores in zip(
            found.sequences[0, len(prompt) :].tolist(), found.scores, strict=True
        ):
            if token in ends or ended((*text, token)):
                break
            text.append(token)
            total += float(scores[0].float().log_softmax(-1)[token])
        return _written(text, total)


class Narrowing(LogitsProcessor):  # type: ignore[misc]
    """`narrow` as transformers' own `generate` asks for it."""

    def __init__(self, narrow: Narrow, start: int) -> None:
        """`start`: how many tokens stand before an answer."""
        self._narrow = narrow
        self._start = start

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        written = [tuple(row) for row in input_ids[:, self._start :].tolist()]
        return self._narrow(written, scores.float())


def _written(ids: Sequence[int], total: float) -> Written:
    return Written(tuple(ids), math.exp(total / len(ids)) if ids else 0.0)


def _batches(prompts: Sequence[Ids], most: int) -> Iterator[list[int]]:
    """Longest first, so that a batch too big for the memory fails at once."""
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
    start = 0
    while start < len(order):
        cells = len(prompts[order[start]]) + most
        size = max(1, min(_ROWS, _CELLS // cells))
        yield order[start : start + size]
        start += size
