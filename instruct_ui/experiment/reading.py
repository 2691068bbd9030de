"""Answers as they come from a model, read back and held against gold and constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from instruct_ui.data.dataset import Dataset, Example, shown_text
from instruct_ui.data.language import language_of
from instruct_ui.evaluation.judging import judged, judged_columns
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.experiment.prepare import Prepared
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.answers import read_back, written
from instruct_ui.templates.checks import keeps
from instruct_ui.templates.template import Block, Template

_LANGUAGE_TEXTS = 2000


def read(prepared: Prepared, example: Example, answer: Answer) -> Answer:
    """What a written answer says; other answers as they are."""
    if prepared.request.way != "writing":
        return answer
    found = read_back(prepared.template, example, prepared.dataset.labels, answer.text or "")
    shape = REGISTRY[prepared.spec.task].gold.shape
    tags = found.tags or (("O",) * len(example.tokens) if shape == "tags" else ())
    said = found.text if found.readable and shape in ("text", "answers") else answer.text
    return replace(
        answer,
        label=found.label,
        tags=tags,
        parts=found.parts,
        text=said,
        readable=found.readable,
    )


def judge(
    prepared: Prepared, answers: Sequence[Answer], positions: Sequence[int] | None = None
) -> Predictions:
    """The test rows, or those at `positions`, with their answers, which were read back."""
    dataset, template = prepared.dataset, prepared.template
    asked = dataset.test if positions is None else dataset.test.take(np.array(positions, np.int64))
    checked = constraints(template)
    words = [*map(template.word, dataset.labels), template.none_word]
    rows = []
    for e, answer in zip(asked, answers, strict=True):
        said = _said(template, e, answer)
        broken = tuple(
            at
            for at, block in checked.items()
            if block.check is not None and not keeps(block.check, said, words)
        )
        golds = () if e.label is not None else e.gold
        text = shown_text(dataset.task, e)
        row = Judged(e.row, text, e.label, answer, e.tokens, e.tags, golds, broken=broken)
        rows.append(row)
    language = _language_of_answers(dataset)
    return judged(dataset.task, dataset.labels, rows, language, prepared.metrics)


def judge_columns(
    prepared: Sequence[Prepared], answers: Sequence[Sequence[Answer]], columns: Sequence[str]
) -> Predictions:
    """The test rows with one answer for each label column; rows that lack one of their labels are
    left out."""
    rows = []
    for e, *found in zip(prepared[0].dataset.test, *answers, strict=True):
        if not all(e.gold):
            continue
        said = tuple(f"{c}={one.label or ''}" for c, one in zip(columns, found, strict=True))
        answer = Answer(parts=said, confidence=min(one.confidence for one in found))
        golds = tuple(f"{c}={gold}" for c, gold in zip(columns, e.gold, strict=True))
        rows.append(Judged(e.row, e.text, None, answer, golds=golds))
    named = zip(columns, (one.dataset.labels for one in prepared), strict=True)
    labels = [f"{column}={label}" for column, own in named for label in own]
    return judged_columns(prepared[0].spec.task, columns, labels, rows)


def constraints(template: Template) -> dict[int, Block]:
    """Position -> constraint block that has a check."""
    return {at: block for at, block in enumerate(template.blocks) if block.check is not None}


def _said(template: Template, example: Example, answer: Answer) -> str:
    """The answer as the words a check looks at."""
    if answer.text is not None:
        return answer.text
    return written(
        template, replace(example, label=answer.label, tags=answer.tags, gold=answer.parts)
    )


def _language_of_answers(dataset: Dataset) -> str:
    golds = (gold for e in dataset.test[:_LANGUAGE_TEXTS] for gold in e.gold)
    return language_of(list(golds)) if REGISTRY[dataset.task].writes_text else dataset.language
