"""Sequence-to-sequence models (T5, BART, Marian and their kin) as they are: they read the prompt
and write the answer."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

import torch

from instruct_ui.engine.base import Listener, Opened, Question, Request, Stop, Stopped
from instruct_ui.engine.batching import over_batches, padded
from instruct_ui.engine.candidates import shorten
from instruct_ui.engine.encoder import pad_id
from instruct_ui.engine.loading import Base, load_base
from instruct_ui.engine.precision import name_of
from instruct_ui.errors import ModelError
from instruct_ui.evaluation.predictions import Answer
from instruct_ui.models.card import ModelCard
from instruct_ui.templates.prompt import Prompt

_BATCH = 16


def open_seq2seq(request: Request, listen: Listener, stop: Stop) -> Opened:
    """Raises ModelError where the model cannot do what is asked for, Stopped when stopped."""
    if request.way != "writing":
        raise ModelError("engine_not_this_way", model=request.card.title, task=request.task)
    if stop():
        raise Stopped
    start = time.perf_counter()
    base = load_base(request.folder, "seq2seq", request.device)
    predictor = Seq2SeqPredictor(base, request.card, request.answer_tokens, request.dtype)
    return Opened(predictor, time.perf_counter() - start, 0.0)


class Seq2SeqPredictor:
    """Greedy decoding; confidence is the geometric mean of the answer's token probabilities."""

    def __init__(self, base: Base, card: ModelCard, most: int, dtype: str) -> None:
        self._base, self._card, self._most = base, card, most
        self._dtype = torch.bfloat16 if dtype == "bfloat16" else torch.float32
        self._cut = 0
        self.tokens_seen = 0
        self.facts: Mapping[str, str | float | bool] = {
            "dtype": name_of(self._dtype),
            "answer_tokens": most,
        }

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        """One text a question. Raises Stopped after a batch of `stop`, ModelError where a prompt
        does not fit the window without the row's text either."""
        rows = [self._read(question.prompt) for question in questions]

        def run(batch: list[int]) -> list[Answer]:
            return self._write([rows[i] for i in batch])

        found = over_batches([len(row) for row in rows], _BATCH, run, listen, stop)
        self.facts = {**self.facts, "rows_cut": self._cut}
        return found

    def _read(self, prompt: Prompt) -> list[int]:
        whole = self._ids(prompt)
        if len(whole) <= self._card.window:
            return whole
        shortened = shorten(prompt, lambda p: len(self._ids(p)) <= self._card.window)
        if shortened is None:
            raise ModelError(
                "causal_prompt_too_long",
                model=self._card.title,
                tokens=len(whole),
                window=self._card.window,
            )
        self._cut += 1
        return self._ids(shortened)

    def _ids(self, prompt: Prompt) -> list[int]:
        ids: list[int] = self._base.tokenizer(prompt.text.rstrip())["input_ids"]
        return ids

    @torch.inference_mode()
    def _write(self, rows: Sequence[Sequence[int]]) -> list[Answer]:
        device, model = self._base.device, self._base.model
        ids, mask = padded(rows, pad_id(self._base.tokenizer), device)
        low = self._dtype != torch.float32
        with torch.autocast(device.type, dtype=self._dtype, enabled=low):
            found = model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=self._most,
                do_sample=False,
                num_beams=1,
                output_logits=True,
                return_dict_in_generate=True,
            )
        steps = torch.stack(found.logits, dim=1).float().log_softmax(-1)
        # What generation begins with (a start token) was given, not written.
        chosen = found.sequences[:, -steps.shape[1] :]
        scores = steps.gather(2, chosen[..., None]).squeeze(-1)
        self.tokens_seen += int(mask.sum()) + chosen.numel()
        return [self._answer(own, logs) for own, logs in zip(chosen, scores, strict=True)]

    def _answer(self, ids: torch.Tensor, scores: torch.Tensor) -> Answer:
        special = set(self._base.tokenizer.all_special_ids)
        kept = [n for n, token in enumerate(ids.tolist()) if token not in special]
        text: str = self._base.tokenizer.decode(ids, skip_special_tokens=True)
        mean = float(scores[kept].mean()) if kept else -math.inf
        return Answer(text=text.strip(), confidence=math.exp(mean))
