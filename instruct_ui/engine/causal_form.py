"""The form in which a causal model is asked: inside its chat frame, or as plain text.

Small instruction-tuned models often continue a plain text better than they answer in a chat, so
`chat: auto` asks both ways on labelled rows at hand and takes what does better. For written answers
it takes the form in which the gold is likelier: writing them twice would take minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from instruct_ui.engine.base import Event, Listener, Question, Request, Shot, Stop, Stopped
from instruct_ui.engine.candidates import CandidateReader, Candidates
from instruct_ui.engine.causal_predictor import CausalPredictor
from instruct_ui.engine.choosing import Chooser
from instruct_ui.engine.enforcing import Enforcer
from instruct_ui.engine.loading import Base
from instruct_ui.engine.precision import name_of
from instruct_ui.engine.prefix_cache import LabelScorer, can_share
from instruct_ui.engine.writing import Writer
from instruct_ui.engine.writing_form import WritingForm
from instruct_ui.engine.writing_predictor import WritingPredictor
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


def choose_frame(
    request: Request, base: Base, at_hand: Sequence[Shot], listen: Listener, stop: Stop
) -> tuple[ChatFrame | None, dict[str, float]]:
    """For written answers: with the chat frame or without, as `request.chat` says or, for `auto`,
    as makes the gold of `at_hand` likelier by the letter; with the facts to note.

    Raises ModelError for `on` where the model has no frame.
    """
    frame = request.frame
    if request.chat == "on" and frame is None:
        raise ModelError("causal_no_chat_frame", model=request.card.title)
    asked = [shot for shot in at_hand if shot.answer][:AT_HAND]
    if frame is None or request.chat == "off":
        return None, {}
    if request.chat == "on" or not asked:
        return frame, {}
    listen(Event("stage", {"name": "chat"}))
    scorer = build_scorer(base, request)
    likely = []
    for tried in (frame, None):
        form = writing_form(request, base, tried)
        lessons = [form.lesson(shot.question.prompt, shot.answer) for shot in asked]
        rows = [Candidates(prompt, (answer,)) for prompt, answer in lessons]
        total = 0.0
        for _, scores in scorer.score(rows):
            if stop():
                raise Stopped
            total += float(scores.sum())
        likely.append(total / sum(len(shot.answer) for shot in asked))
    facts = {"chat_on_likelihood": likely[0], "chat_off_likelihood": likely[1]}
    return (frame if likely[0] >= likely[1] else None), facts


def writing_form(request: Request, base: Base, frame: ChatFrame | None) -> WritingForm:
    return WritingForm(
        tokenizer=base.tokenizer,
        window=window_of(base.model, request.card),
        model=request.card.title,
        most=request.answer_tokens,
        lines=request.answer_lines,
        frame=frame,
    )


def build_writing(request: Request, base: Base, form: WritingForm) -> WritingPredictor:
    """Raises TemplateError where no answer keeps what is enforced."""
    scorer = build_scorer(base, request)
    writer = Writer(base.model, scorer.dtype, plain=scorer.plain)
    chooser = Chooser(scorer, form)
    narrow = _enforcer(request, base, form).narrow if request.enforced else None
    predictor = WritingPredictor(writer, chooser, form, narrow)
    if request.enforced:
        predictor.note(enforced=len(request.enforced))
    predictor.note(dtype=name_of(scorer.dtype))
    return predictor


def _enforcer(request: Request, base: Base, form: WritingForm) -> Enforcer:
    return Enforcer(
        request.enforced,
        form.tokenizer,
        model=form.model,
        vocabulary=base.model.config.get_text_config().vocab_size,
        most=form.most,
        ends=form.ends,
        mark=form.mark,
    )


def build_scorer(base: Base, request: Request) -> LabelScorer:
    """`auto` is float32. Under bfloat16 some labels change (one in twenty when it was measured),
    the same spec would answer differently on another processor, and the gain in scoring is small:
    1.5 times with AVX512-BF16, a loss without.
    """
    dtype = torch.bfloat16 if request.dtype == "bfloat16" else torch.float32
    return LabelScorer(base.model, dtype, plain=must_be_alone(base, request.card))


def must_be_alone(base: Base, card: ModelCard) -> bool:
    """Whether the model cannot share work between rows; of the embedded ones it is known."""
    return not card.embedded and not can_share(base.model)


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
