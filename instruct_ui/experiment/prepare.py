"""A spec made ready: data read, shots picked, prompts rendered, before a model is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.load import load_dataset
from instruct_ui.data.split import hold_out, sample
from instruct_ui.engine.base import Question, Request, Shot
from instruct_ui.errors import RequestError, TemplateError
from instruct_ui.models.advice import refuse_impossible
from instruct_ui.models.catalogue import card as card_of
from instruct_ui.models.fetch import locate
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FewShot, FineTune, Spec
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates import library
from instruct_ui.templates.answers import written
from instruct_ui.templates.chat import frame_of
from instruct_ui.templates.picking import pick, pick_per_label
from instruct_ui.templates.prompt import Prompt, Segment
from instruct_ui.templates.template import Template

HELD_OUT = 0.1
"""Share of train that becomes validation where none is given."""
DEFAULT_SHOTS = 4
_AT_HAND = 32
_AT_HAND_WRITTEN = 12
"""Training rows on which `chat: auto` is decided."""


@dataclass(frozen=True)
class Prepared:
    spec: Spec
    dataset: Dataset
    template: Template
    shots: tuple[Example, ...]
    request: Request


def prepare(spec: Spec, *, models_dir: Path, preview: Preview, out: Path) -> Prepared:
    """Reads the data, picks the shots, renders what is trained on. Raises UserMistake."""
    card = card_of(spec.model, models_dir)
    refuse_impossible(card, spec.task, spec.approach.kind)
    way = REGISTRY[spec.task].way(card.family, spec.approach.kind)
    template = library.resolve(spec.template)
    if template.task != spec.task:
        raise TemplateError(
            "template_other_task", template=template.name, has=template.task, wants=spec.task
        )
    folder = locate(spec.model, models_dir)
    dataset = load_dataset(spec.data, spec.task, spec.seed, spec.limit)
    if not isinstance(spec.approach, FewShot | FineTune):
        shots: tuple[Example, ...] = ()
    elif not dataset.train:
        raise RequestError("no_train_rows", kind=spec.approach.kind)
    else:
        shots = _shots(spec, template, dataset) if isinstance(spec.approach, FewShot) else ()
    if isinstance(spec.approach, FineTune) and not dataset.validation:
        kept, held = hold_out(dataset.train, HELD_OUT, spec.seed)
        dataset = replace(dataset, train=kept, validation=held)
    request = Request(
        card=card,
        folder=folder,
        task=spec.task,
        labels=dataset.labels,
        words=tuple(template.word(label) for label in dataset.labels),
        descriptions=preview.describe(template, dataset.labels),
        approach=spec.approach,
        known=_known(dataset) if way == "known_answers" else (),
        answer_tokens=spec.answer_tokens or REGISTRY[spec.task].answer_tokens,
        answer_lines=REGISTRY[spec.task].answer_lines,
        chat=spec.chat,
        frame=frame_of(folder) if card.family == "causal" and spec.chat != "off" else None,
        device=spec.device,
        dtype=spec.dtype,
        seed=spec.seed,
        out=out,
    )
    prepared = Prepared(spec, dataset, template, shots, request)
    return replace(prepared, request=_with_rows(prepared, preview))


def _with_rows(prepared: Prepared, preview: Preview) -> Request:
    """The request with the rows it learns from or decides on."""
    dataset, spec, shots = prepared.dataset, prepared.spec, prepared.shots

    def learnt(rows: Sequence[Example], shown: Sequence[Example] = ()) -> tuple[Shot, ...]:
        questions = questions_of(prepared, preview, rows, shown)
        several = REGISTRY[spec.task].gold.shape == "labels"
        return tuple(
            Shot(q, e.label, e.tags, e.gold if several else (), written(prepared.template, e))
            for q, e in zip(questions, rows, strict=True)
        )

    if isinstance(spec.approach, FineTune):
        return replace(
            prepared.request, train=learnt(dataset.train), validation=learnt(dataset.validation)
        )
    if prepared.request.card.family == "encoder":
        return replace(prepared.request, shots=learnt(shots))
    taken = np.isin(dataset.train.rows, [e.row for e in shots])
    others = dataset.train.take(np.flatnonzero(~taken))
    many = _AT_HAND_WRITTEN if prepared.request.way == "writing" else _AT_HAND
    at_hand = sample(others, many, spec.seed) if spec.chat == "auto" else ()
    nothing = "无" if prepared.template.language == "zh" else "N/A"
    like = (dataset.test or dataset.train)[:1]
    blank = Example(
        row=-1, text=nothing, fields=dict.fromkeys(like[0].fields, nothing) if like else {}
    )
    return replace(
        prepared.request,
        shots=learnt(shots),
        at_hand=learnt(at_hand, shots),
        blank=questions_of(prepared, preview, (blank,), shots)[0],
    )


def _shots(spec: Spec, template: Template, dataset: Dataset) -> tuple[Example, ...]:
    approach = spec.approach
    assert isinstance(approach, FewShot)
    if approach.shots_per_label is not None:
        return pick_per_label(dataset.train, approach.shots_per_label, spec.seed)
    block = template.block("examples")
    count = approach.shots or (block.shots if block and block.shots else DEFAULT_SHOTS)
    rows = block.rows if block else ()
    return pick(dataset.train, count, approach.picker, spec.seed, rows)


def questions_of(
    prepared: Prepared, preview: Preview, rows: Sequence[Example], shots: Sequence[Example]
) -> list[Question]:
    """What the model reads for each row; an encoder's prompt is rendered without examples."""
    template, labels, way = prepared.template, prepared.dataset.labels, prepared.request.way
    if way == "tags":
        return [Question(Prompt((Segment("input", 1, e.text),)), e.text, e.tokens) for e in rows]
    if way in ("best_sentence", "central_sentences"):
        read = (Prompt((Segment("input", 1, e.text),)) for e in rows)
        asked = (e.fields.get("question", "") for e in rows)
        return [Question(p, e.text, (), q) for p, e, q in zip(read, rows, asked, strict=True)]
    encoder = prepared.request.card.family == "encoder"
    prompts = preview.prompts(template, rows, labels, () if encoder else shots)
    return [Question(p, p.encoder_text(template.encoder_reads_instruction)) for p in prompts]


def _known(dataset: Dataset) -> tuple[str, ...]:
    """Every answer of the data set, once. Which one is whose is not among what a model is told."""
    column = pc.list_flatten(dataset.everything().column("gold"))
    return tuple(pc.unique(column).to_pylist())
