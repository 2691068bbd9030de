"""Fine-tuning a causal model by low-rank adapters (LoRA, Hu et al. 2021).

The loss is taken on the answer alone: the tokens by which the candidates of a row differ, and the
answer's ending. Logits are computed only where those tokens are predicted.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import torch

from instruct_ui.engine.base import Estimate, Event, Listener, Opened, Request, Stop, Stopped
from instruct_ui.engine.causal_checkpoint import TunedForm, load_form, merge_adapter
from instruct_ui.engine.causal_form import (
    AT_HAND,
    build_scorer,
    build_writing,
    choose_form,
    choose_frame,
    writing_form,
)
from instruct_ui.engine.causal_predictor import CausalPredictor
from instruct_ui.engine.enforcing_grammars import refuse_unenforceable
from instruct_ui.engine.estimating import probe
from instruct_ui.engine.lessons import build_reader
from instruct_ui.engine.loading import Base, load_base
from instruct_ui.engine.lora_tuning import Tuning
from instruct_ui.engine.precision import name_of
from instruct_ui.engine.training import TrainOutcome
from instruct_ui.engine.writing_predictor import WritingPredictor
from instruct_ui.errors import ModelError
from instruct_ui.spec import FineTune
from instruct_ui.templates.prompt import ChatFrame


def train_lora(request: Request, listen: Listener, stop: Stop) -> Opened:
    """Fine-tunes and opens the best adapter; it also lies in `request.out`, if that is given.

    Raises ModelError for another strategy than `lora` or without labelled rows, Stopped where the
    person stopped it before the first step, RequestError where the loss breaks down.
    """
    start = time.perf_counter()
    _check(request)
    base = load_base(request.folder, "causal", request.device, shared=False)
    frame = _choose_frame(request, base, listen, stop)
    if request.enforced:  # what cannot be kept is to be told before the training
        build_writing(request, base, writing_form(request, base, frame))
    loaded = time.perf_counter()
    tuning = Tuning(request, base, frame)
    if stop():
        raise Stopped
    listen(Event("stage", {"name": "train"}))
    outcome, dtype = tuning.run(listen, stop)
    merged = Base(tuning.model.merge_and_unload(), base.tokenizer, base.device)
    predictor = _predictor(request, merged, tuning.form)
    predictor.note(**_facts(outcome, dtype))
    return Opened(predictor, loaded - start, time.perf_counter() - loaded)


def reopen_causal(request: Request, tuned: Path) -> Opened:
    """The model fine-tuned into folder `tuned`, on the base model in `request.folder`.

    Labels, answer words and chat frame are those of the training; of `request` only card, folder,
    device, dtype and what is enforced count. Prompts must be rendered from the template of the
    training, without examples. Raises ModelError where the folder is damaged or belongs to another
    base model, TemplateError where what is enforced cannot be.
    """
    refuse_unenforceable(request.enforced)
    start = time.perf_counter()
    form = load_form(tuned)
    if form.base != request.card.name:
        raise ModelError(
            "causal_adapter_mismatch", folder=str(tuned), base=form.base, model=request.card.name
        )
    base = load_base(request.folder, "causal", request.device, shared=False)
    merged = Base(merge_adapter(base.model, tuned), base.tokenizer, base.device)
    predictor = _predictor(request, merged, form)
    return Opened(predictor, time.perf_counter() - start, 0.0)


def estimate_causal(request: Request) -> Estimate:
    """Time and memory of `train_lora`, from a few trial steps; raises ModelError as it does."""
    _check(request)
    base = load_base(request.folder, "causal", request.device, shared=False)
    tuning = Tuning(request, base, None if request.chat == "off" else request.frame)
    dtype = tuning.pick_dtype()
    return probe(
        tuning.model,
        tuning.batches_of_epoch,
        tuning.loss_of_batch,
        tuning.tokens_of_batch,
        tuning.validation_tokens(),
        tuning.settings,
        dtype,
    )


def _check(request: Request) -> None:
    approach, model = request.approach, request.card.title
    if isinstance(approach, FineTune) and approach.strategy != "lora":
        raise ModelError("causal_strategy", model=model, strategy=approach.strategy)
    writes = request.way == "writing"
    if not any(shot.answer if writes else shot.label in request.labels for shot in request.train):
        raise ModelError("causal_nothing_to_train", model=model)
    if request.chat == "on" and request.frame is None:
        raise ModelError("causal_no_chat_frame", model=model)


def _choose_frame(request: Request, base: Base, listen: Listener, stop: Stop) -> ChatFrame | None:
    """`auto` is decided on training rows, by how the model answers before it is trained."""
    draw = random.Random(request.seed)
    at_hand = draw.sample(request.train, min(AT_HAND, len(request.train)))
    if request.way == "writing":
        return choose_frame(request, base, at_hand, listen, stop)[0]
    predictor = choose_form(request, base, at_hand, None, listen, stop)
    return request.frame if predictor.facts["chat"] == "on" else None


def _predictor(request: Request, base: Base, form: TunedForm) -> CausalPredictor | WritingPredictor:
    """Without calibration: training has taken the prompt's leaning out."""
    if form.way == "writing":
        asked = replace(request, answer_tokens=form.answer_tokens, answer_lines=form.answer_lines)
        writing = build_writing(asked, base, writing_form(asked, base, form.frame))
        writing.note(strategy="lora")
        return writing
    scorer = build_scorer(base, request)
    predictor = CausalPredictor(scorer, build_reader(request, base, form), form.labels)
    predictor.note(dtype=name_of(scorer.dtype), strategy="lora")
    return predictor


def _facts(outcome: TrainOutcome, dtype: torch.dtype) -> dict[str, str | float | bool]:
    facts: dict[str, str | float | bool] = {
        "train_dtype": name_of(dtype),
        "steps": outcome.steps,
        "best_step": outcome.best_step,
        "stopped": outcome.stopped,
        "train_tokens_per_second": outcome.tokens_per_second,
    }
    if outcome.best_score is not None:
        facts["best_score"] = outcome.best_score
    return facts
