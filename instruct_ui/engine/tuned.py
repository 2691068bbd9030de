"""The encoder family's door: as it is, by shots, fine-tuned, and fine-tuned before."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from instruct_ui.engine import label_sets, nearest_tokens, similarity
from instruct_ui.engine.base import (
    Estimate,
    Event,
    Listener,
    Opened,
    Predictor,
    Request,
    Stop,
    Stopped,
)
from instruct_ui.engine.encoder import Encoder
from instruct_ui.engine.encoder_checkpoint import TunedEncoder, load_encoder
from instruct_ui.engine.estimating import probe
from instruct_ui.engine.extractive import BestSentence, CentralSentences
from instruct_ui.engine.finetune_encoder import EncoderTuning
from instruct_ui.engine.headed_model import HeadedModel, HeadedPredictor, tag_names
from instruct_ui.engine.known_answers import KnownAnswers
from instruct_ui.engine.label_sets import LabelSetPredictor
from instruct_ui.engine.loading import load_base, pick_device
from instruct_ui.engine.nearest_tokens import NearestTokens
from instruct_ui.engine.precision import has_native_bfloat16, name_of
from instruct_ui.engine.similarity import SimilarityPredictor
from instruct_ui.engine.training import TrainOutcome, train
from instruct_ui.errors import ModelError
from instruct_ui.spec import FewShot, FineTune
from instruct_ui.tasks import REGISTRY


def open_encoder(request: Request, listen: Listener, stop: Stop) -> Opened:
    """A predictor that does what `request` asks.

    Raises ModelError where the model cannot do it, RequestError without shots or training rows,
    Stopped when stopped before there is anything to keep.
    """
    listen(Event("stage", {"name": "load"}))
    if isinstance(request.approach, FineTune):
        return _fine_tune(request, listen, stop)
    start = time.perf_counter()
    base = load_base(request.folder, "encoder", request.device)
    encoder = Encoder(base, request.card, _asked_dtype(request))
    loaded = time.perf_counter()
    predictor = _as_it_is(encoder, request, listen, stop)
    encoder.tokens_seen = 0  # those of the shots and descriptions are no part of predicting
    return Opened(predictor, loaded - start, time.perf_counter() - loaded)


def reopen_encoder(request: Request, tuned: Path) -> Opened:
    """The model fine-tuned into folder `tuned`; labels and task are those of its training.

    Raises ModelError where the folder is damaged or was tuned from another model.
    """
    start = time.perf_counter()
    model, base, form = load_encoder(tuned, request.device, _outputs)
    if form.base != request.card.name:
        raise ModelError(
            "engine_tuned_mismatch", folder=str(tuned), base=form.base, model=request.card.name
        )
    wanted = form.dtype if request.dtype == "auto" else request.dtype
    low = wanted == "bfloat16" and (request.dtype != "auto" or has_native_bfloat16(base.device))
    dtype = torch.bfloat16 if low else torch.float32
    headed = HeadedModel(model, base.tokenizer, base.device, form.window, form.prefix, dtype)
    predictor = HeadedPredictor(headed, form.labels, form.task, {"dtype": name_of(dtype)})
    return Opened(predictor, time.perf_counter() - start, 0.0)


def estimate_encoder(request: Request) -> Estimate:
    """Time and memory of a fine-tune, from a few trial steps; raises as `open_encoder` does."""
    tuning = EncoderTuning(
        request, load_base(request.folder, "encoder", request.device, shared=False)
    )
    return probe(
        tuning.headed.model,
        tuning.batches_of_epoch,
        tuning.loss_of_batch,
        tuning.tokens_of_batch,
        sum(len(row) for row in tuning.judged),
        tuning.settings,
        tuning.pick_dtype(),
    )


def _as_it_is(encoder: Encoder, request: Request, listen: Listener, stop: Stop) -> Predictor:
    device, dtype = pick_device(request.device), _asked_dtype(request)
    facts = {"dtype": name_of(dtype), "device": str(device)}
    few = isinstance(request.approach, FewShot)
    match request.way:
        case "best_sentence":
            return BestSentence(encoder, facts | {"method": "best_sentence"})
        case "central_sentences":
            return CentralSentences(encoder, facts | {"method": "central_sentences"})
        case "known_answers":
            return KnownAnswers(encoder, request, listen, stop, facts | {"method": "nearest"})
        case "label_set":
            asked = label_sets.few_shot if few else label_sets.zero_shot
            chosen = asked(encoder, request, listen, stop)
            method = "logistic" if few else "descriptions"
            return LabelSetPredictor(encoder, chosen, request.labels, facts | {"method": method})
        case "tags":
            return _tagger(encoder, request, facts, listen, stop)
        case None:
            raise ModelError("engine_not_this_way", model=request.card.title, task=request.task)
        case _:
            return _by_labels(encoder, request, facts, listen, stop)


def _tagger(
    encoder: Encoder, request: Request, facts: dict[str, str], listen: Listener, stop: Stop
) -> Predictor:
    assert isinstance(request.approach, FewShot)
    head, method = nearest_tokens.few_shot(encoder, request, request.approach, listen, stop)
    return NearestTokens(encoder, head, request.labels, facts | {"method": method})


def _by_labels(
    encoder: Encoder, request: Request, facts: dict[str, str], listen: Listener, stop: Stop
) -> Predictor:
    if isinstance(request.approach, FewShot):
        head, method = similarity.few_shot(encoder, request, request.approach, listen, stop)
    else:
        head, method = similarity.zero_shot(encoder, request, listen, stop), "descriptions"
    return SimilarityPredictor(encoder, head, request.labels, facts | {"method": method})


def _fine_tune(request: Request, listen: Listener, stop: Stop) -> Opened:
    start = time.perf_counter()
    base = load_base(request.folder, "encoder", request.device, shared=False)
    tuning = EncoderTuning(request, base)
    loaded = time.perf_counter()
    if stop():
        raise Stopped
    listen(Event("stage", {"name": "train"}))
    tuning.start_head(stop)
    dtype = tuning.pick_dtype()
    outcome = train(
        tuning.headed.model,
        tuning.batches_of_epoch,
        tuning.loss_of_batch,
        tuning.tokens_of_batch,
        tuning.check if tuning.validation else None,
        tuning.settings,
        listen,
        stop,
        tuning.save,
        request.seed,
        dtype,
    )
    tuning.headed.tokens_seen = 0  # the checks' tokens are no part of predicting
    predictor = HeadedPredictor(
        tuning.headed, request.labels, request.task, _facts(tuning, outcome)
    )
    return Opened(predictor, loaded - start, time.perf_counter() - loaded)


def _facts(tuning: EncoderTuning, outcome: TrainOutcome) -> dict[str, str | float | bool]:
    dtype = name_of(tuning.headed.dtype)
    facts: dict[str, str | float | bool] = {
        "dtype": dtype,
        "train_dtype": dtype,
        "device": str(tuning.headed.device),
        "strategy": tuning.settings.strategy,
        "frozen_embeddings": tuning.frozen,
        "steps": outcome.steps,
        "best_step": outcome.best_step,
        "stopped": outcome.stopped,
        "train_tokens_per_second": round(outcome.tokens_per_second, 1),
    }
    if outcome.best_score is not None:
        facts["best_score"] = outcome.best_score
    return facts


def _asked_dtype(request: Request) -> torch.dtype:
    """Reading rows once is quick and exact in float32, so bfloat16 is taken only where asked for.

    A choice by timing would answer differently from run to run.
    """
    return torch.bfloat16 if request.dtype == "bfloat16" else torch.float32


def _outputs(form: TunedEncoder) -> int:
    tagging = REGISTRY[form.task].gold.shape == "tags"
    return len(tag_names(form.labels) if tagging else form.labels)
