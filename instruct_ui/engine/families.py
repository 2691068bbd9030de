"""The families of models behind one door; a family is imported when it is first needed."""

from __future__ import annotations

from instruct_ui.engine.base import Estimate, Listener, Opened, Request, Stop


def open_predictor(request: Request, listen: Listener, stop: Stop) -> Opened:
    """A predictor that does what `request` asks, trained first where it asks for that."""
    if request.card.family == "causal":
        from instruct_ui.engine.causal import open_causal

        return open_causal(request, listen, stop)
    if request.card.family == "seq2seq":
        from instruct_ui.engine.seq2seq import open_seq2seq

        return open_seq2seq(request, listen, stop)
    from instruct_ui.engine.tuned import open_encoder

    return open_encoder(request, listen, stop)


def reopen(request: Request) -> Opened:
    """The model that was fine-tuned into `request.out`."""
    assert request.out is not None
    if request.card.family == "causal":
        from instruct_ui.engine.lora import reopen_causal

        return reopen_causal(request, request.out)
    from instruct_ui.engine.tuned import reopen_encoder

    return reopen_encoder(request, request.out)


def estimate(request: Request) -> Estimate:
    """Time and memory of a fine-tune, from a few trial steps."""
    if request.card.family == "causal":
        from instruct_ui.engine.lora import estimate_causal

        return estimate_causal(request)
    from instruct_ui.engine.tuned import estimate_encoder

    return estimate_encoder(request)
