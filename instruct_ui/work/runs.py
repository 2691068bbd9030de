"""Jobs with models: run, estimate, try a text, get a model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from instruct_ui import experiment
from instruct_ui.engine.base import Event, Stopped
from instruct_ui.models import fetch
from instruct_ui.preview.client import Preview
from instruct_ui.settings import settings
from instruct_ui.spec import parse

Listen = Callable[[str, Mapping[str, Any]], None]
Stop = Callable[[], bool]

_WARM = 2
"""Runs whose predictors stay loaded for trying texts."""
_answerers: OrderedDict[str, experiment.Answerer] = OrderedDict()


@cache
def _preview() -> Preview:
    return Preview()


def run(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: spec (plain), folder. Result: folder, spec (resolved), report."""

    def told(event: Event) -> None:
        listen(event.kind, event.values)

    folder = Path(payload["folder"])
    outcome = experiment.run(
        parse(payload["spec"], "spec"),
        models_dir=settings().models_dir,
        preview=_preview(),
        listen=told,
        stop=stop,
        out=folder,
    )
    return {
        "folder": folder,
        "spec": outcome.spec.model_dump(mode="json"),
        "report": outcome.report.model_dump(mode="json"),
    }


def estimate(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: spec (plain, fine_tune). Result: seconds, memory_bytes, steps, dtype."""
    spec = parse(payload["spec"], "spec")
    found = experiment.estimate(spec, models_dir=settings().models_dir, preview=_preview())
    return asdict(found)


def try_text(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: spec, folder, text, second. Result: label, confidence, scores; for NER tokens, tags;
    for answers that are texts or sets text, parts, ranked, readable."""
    answerer = _answerer(payload["spec"], payload["folder"])
    example, answer = answerer.answer(payload["text"], payload.get("second", ""))
    if example.tokens:
        return {"tokens": example.tokens, "tags": answer.tags, "confidence": answer.confidence}
    if answer.label is None:
        return {
            "text": answer.text,
            "parts": answer.parts,
            "ranked": answer.ranked,
            "readable": answer.readable,
            "confidence": answer.confidence,
        }
    return {
        "label": answer.label,
        "confidence": answer.confidence,
        "scores": dict(zip(answerer.labels, answer.scores, strict=False)),
    }


def get_model(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: name. Result: folder."""

    def told(share: float | None) -> None:
        if stop():
            raise Stopped
        listen("progress", {"done": share, "total": 1.0})

    return {"folder": fetch.get(payload["name"], settings().models_dir, told)}


def _answerer(spec: dict[str, Any], folder: str) -> experiment.Answerer:
    if folder not in _answerers:
        _answerers[folder] = experiment.Answerer(
            parse(spec, "spec"), Path(folder), models_dir=settings().models_dir, preview=_preview()
        )
        if len(_answerers) > _WARM:
            _answerers.popitem(last=False)
    _answerers.move_to_end(folder)
    return _answerers[folder]
