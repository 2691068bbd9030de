"""The form in which a causal model is asked: inside its chat frame, or as plain text.

Small instruction-tuned models often continue a plain text better than they answer in a chat, so
`chat: auto` asks both ways on labelled rows at hand and takes what does better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from instruct_ui.engine.base import Event, Listener, Question, Request, Shot, Stop
from instruct_ui.engine.candidates import CandidateReader
from instruct_ui.engine.causal_predictor import CausalPredictor
from instruct_ui.engine.loading import Base
from instruct_ui.engine.precision import name_of
from instruct_ui.engine.prefix_cache import LabelScorer, can_share
from instruct_ui.errors import ModelError
from instruct_ui.models.card import ModelCard
from instruct_ui.templates.prompt import ChatFrame

AT_HAND = 32
"""Most rows on which the form is decided."""


def choose_form(
    request: Request,
    base: Base,
    at_hand: Sequence[Shot],
    blank: Question | None,
    listen: Listener,
    stop: Stop,
) -> CausalPredictor:
    """A predictor with or without the chat frame, as `request.chat` says or, for `auto`, as does
    better on `at_hand`; without such rows with the frame, the model's own default, if it has one.

    Raises ModelError for `on` where the model has no frame.
    """
    frame, scorer = request.frame, build_scorer(base, request)
    if request.chat == "on" and frame is None:
        raise ModelError("causal_no_chat_frame", model=request.card.title)

    def asked(form: ChatFrame | None) -> CausalPredictor:
        return build_predictor(request, base, scorer, form, blank)

    if frame is None or request.chat == "off":
        return asked(None)
    if request.chat == "on" or not at_hand:
        return asked(frame)
    return _better(asked(frame), asked(None), at_hand[:AT_HAND], listen, stop)


def build_scorer(base: Base, request: Request) -> LabelScorer:
    """`auto` is float32. Under bfloat16 some labels change (one in twenty when it was measured),
    the same spec would answer differently on another processor, and the gain in scoring is small:
    1.5 times with AVX512-BF16, a loss without.
    """
    dtype = torch.bfloat16 if request.dtype == "bfloat16" else torch.float32
    plain = not request.card.embedded and not can_share(base.model)
    return LabelScorer(base.model, dtype, plain=plain)


def build_predictor(
    request: Request,
    base: Base,
    scorer: LabelScorer,
    frame: ChatFrame | None,
    blank: Question | None,
) -> CausalPredictor:
    reader = CandidateReader(
        tokenizer=base.tokenizer,
        words=request.words,
        window=window_of(base.model, request.card),
        model=request.card.title,
        frame=frame,
        ending=(frame.end if frame else "") or "\n",
    )
    predictor = CausalPredictor(scorer, reader, request.labels, blank)
    predictor.note(dtype=name_of(scorer.dtype))
    return predictor


def window_of(model: Any, card: ModelCard) -> int:
    """Tokens the model reads at once: what its card says, at most what it has positions for."""
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    known = [int(n) for n in (card.window, positions) if n]
    return min(known, default=2048)


def _better(
    framed: CausalPredictor,
    plain: CausalPredictor,
    at_hand: Sequence[Shot],
    listen: Listener,
    stop: Stop,
) -> CausalPredictor:
    """The one that answers more of `at_hand` correctly; the framed one where they are equal."""
    listen(Event("stage", {"name": "chat"}))
    questions = [shot.question for shot in at_hand]
    right = []
    for predictor in (framed, plain):
        answers = predictor.predict(questions, listen, stop)
        right.append(sum(a.label == s.label for a, s in zip(answers, at_hand, strict=True)))
    chosen = framed if right[0] >= right[1] else plain
    chosen.tokens_seen = 0  # these were no part of answering the questions
    chosen.note(chat_on_accuracy=right[0] / len(at_hand), chat_off_accuracy=right[1] / len(at_hand))
    return chosen
