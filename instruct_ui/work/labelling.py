"""The job that learns from the rows labelled so far and says what it would call the next ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from instruct_ui.engine.base import Event, Question, Request, Shot
from instruct_ui.evaluation import classification, sequence
from instruct_ui.evaluation.intervals import intervals
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.models.catalogue import card as card_of
from instruct_ui.models.fetch import locate
from instruct_ui.settings import settings
from instruct_ui.spec import FewShot
from instruct_ui.tasks import TaskName
from instruct_ui.templates.prompt import Prompt

Listen = Callable[[str, Mapping[str, Any]], None]
Stop = Callable[[], bool]
ENOUGH = 10
"""Labelled rows from which a first evaluation is worth its interval."""


def propose(payload: dict[str, Any], listen: Listen, stop: Stop) -> dict[str, Any]:
    """payload: set_id, kind (label, tags), names, model, seed; labelled: [{text, label}] or
    [{tokens, tags}]; open: [{hash, text or tokens}].
    Result: proposals: hash -> {label or tags, confidence}; learnt (rows); model; check: {metric,
    score, low, high, rows, most (share of the most frequent label)}, None below ten rows."""
    # Imported here: it brings torch, and the page knows this module by name alone.
    from instruct_ui.engine import proposing

    def told(event: Event) -> None:
        listen(event.kind, event.values)

    listen("stage", {"name": "load"})
    models_dir = settings().models_dir
    card = card_of(payload["model"], models_dir)
    folder = locate(payload["model"], models_dir)
    encoder = proposing.encoder_of(folder, card)
    request = _request(payload, card, folder)
    asked = [_question(row) for row in payload["open"]]
    listen("stage", {"name": "predict"})
    answers = proposing.propose(encoder, request, asked, told, stop)
    check = None
    if len(request.shots) >= ENOUGH:
        held = proposing.cross_validated(encoder, request, told, stop)
        check = _check(request, held)
    proposals = {
        row["hash"]: {**_plain(answer), "confidence": answer.confidence}
        for row, answer in zip(payload["open"], answers, strict=True)
    }
    return {
        "proposals": proposals,
        "check": check,
        "learnt": len(request.shots),
        "model": card.title,
    }


def _request(payload: Mapping[str, Any], card: Any, folder: Path) -> Request:
    task: TaskName = "token_classification" if payload["kind"] == "tags" else "text_classification"
    names = tuple(payload["names"])
    spoken = tuple(name.replace("_", " ") for name in names)
    shots = tuple(
        Shot(_question(row), label=row.get("label"), tags=tuple(row.get("tags") or ()))
        for row in payload["labelled"]
    )
    return Request(
        card=card,
        folder=folder,
        task=task,
        labels=names,
        words=spoken,
        descriptions=spoken,
        approach=FewShot(),
        shots=shots,
        seed=payload["seed"],
    )


def _question(row: Mapping[str, Any]) -> Question:
    return Question(Prompt(()), row.get("text", ""), tuple(row.get("tokens") or ()))


def _plain(answer: Answer) -> dict[str, Any]:
    return {"tags": list(answer.tags)} if answer.tags else {"label": answer.label}


def _check(request: Request, answers: Sequence[Answer]) -> dict[str, Any]:
    rows = tuple(
        Judged(i, shot.question.text, shot.label, answer, shot.question.tokens, shot.tags)
        for i, (shot, answer) in enumerate(zip(request.shots, answers, strict=True))
    )
    predictions = Predictions(request.task, request.labels, rows)
    tagging = request.task == "token_classification"
    metric = "entity_f1" if tagging else "accuracy"
    low, high = intervals(predictions, request.seed)[metric]
    scores = sequence.scores if tagging else classification.scores
    most = Counter(shot.label for shot in request.shots).most_common(1)[0][1] / len(rows)
    return {
        "metric": metric,
        "score": scores(predictions).metrics[metric],
        "low": low,
        "high": high,
        "rows": len(rows),
        "most": None if tagging else most,
    }
