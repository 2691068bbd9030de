"""Causal models: opened as they are (zero-shot, few-shot) or fine-tuned by LoRA."""

from __future__ import annotations

import time

from instruct_ui.engine.base import Event, Listener, Opened, Request, Stop, Stopped
from instruct_ui.engine.causal_form import (
    build_writing,
    choose_form,
    choose_frame,
    writing_form,
)
from instruct_ui.engine.enforcing_grammars import refuse_unenforceable
from instruct_ui.engine.loading import load_base
from instruct_ui.engine.lora import train_lora
from instruct_ui.spec import FineTune


def open_causal(request: Request, listen: Listener, stop: Stop) -> Opened:
    """A predictor for `request`; fine-tunes it first where the approach says so.

    Raises ModelError where the model cannot do what is asked for, TemplateError where what is
    enforced cannot be, Stopped where nothing is there to keep.
    """
    refuse_unenforceable(request.enforced)
    listen(Event("stage", {"name": "load"}))
    if isinstance(request.approach, FineTune):
        return train_lora(request, listen, stop)
    if stop():
        raise Stopped
    start = time.perf_counter()
    base = load_base(request.folder, "causal", request.device)
    if request.way == "writing":
        frame, facts = choose_frame(request, base, request.at_hand, listen, stop)
        writing = build_writing(request, base, writing_form(request, base, frame))
        writing.note(**facts)
        return Opened(writing, time.perf_counter() - start, 0.0)
    blank = request.blank if request.approach.calibrate else None
    predictor = choose_form(request, base, request.at_hand, blank, listen, stop)
    return Opened(predictor, time.perf_counter() - start, 0.0)
