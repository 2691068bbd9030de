"""The job in which a model writes texts for new rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from instruct_ui.engine.base import Event, Request, Stopped
from instruct_ui.models.catalogue import card as card_of
from instruct_ui.models.fetch import locate
from instruct_ui.settings import settings
from instruct_ui.spec import FewShot
from instruct_ui.templates.prompt import Prompt, Segment

Listen = Callable[[str, Mapping[str, Any]], None]
Stop = Callable[[], bool]
_TEMPERATURE, _TOP_P = 0.7, 0.9


def make_rows(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: model; prompts: lists of segments (kind, number, text, block); most (tokens of a
    text), seed.
    Result: texts: [[text, whether it ended], ...], one a prompt in order, as far as it came; `made`
    events say the same on the way, so that a stop loses nothing."""
    # Imported here: it brings torch, and the page knows this module by name alone.
    from instruct_ui.engine import sampling

    def told(event: Event) -> None:
        listen(event.kind, event.values)

    prompts = [_prompt(segments) for segments in payload["prompts"]]
    texts: list[tuple[str, bool]] = []
    try:
        for some in sampling.sampled(
            _request(payload), prompts, told, stop, temperature=_TEMPERATURE, top_p=_TOP_P
        ):
            texts += [(one.text, one.whole) for one in some]
            listen("made", {"texts": texts})
    except Stopped:
        if not texts:
            raise
    return {"texts": texts}


def _request(payload: Mapping[str, Any]) -> Request:
    models_dir = settings().models_dir
    return Request(
        card=card_of(payload["model"], models_dir),
        folder=locate(payload["model"], models_dir),
        task="generation",
        labels=(),
        words=(),
        descriptions=(),
        approach=FewShot(),
        answer_tokens=payload["most"],
        seed=payload["seed"],
    )


def _prompt(segments: list[list[Any]]) -> Prompt:
    return Prompt(tuple(Segment(*segment) for segment in segments))
