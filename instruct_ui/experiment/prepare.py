"""A spec made ready: data read, shots picked, prompts rendered, before a model is touched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.load import load_dataset
from instruct_ui.data.split import hold_out, sample
from instruct_ui.engine.base import Enforced, Question, Request, Shot
from instruct_ui.errors import RequestError, TemplateError
from instruct_ui.models.advice import refuse_impossible
from instruct_ui.models.card import ModelCard
from instruct_ui.models.catalogue import card as card_of
from instruct_ui.models.fetch import locate
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FewShot, FineTune, Spec
from instruct_ui.tasks import REGISTRY, TaskName, Way
from instruct_ui.templates import library
from instruct_ui.templates.answers import written
from instruct_ui.templates.checks import IsJson, IsLabel, Pattern
from instruct_ui.templates.picking import Picked, ShotPicker
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
    picker: ShotPicker | None
    """Few-shot: which rows are shown."""
    request: Request
    metrics: tuple[str, ...] = ()
    """What answers that are texts are judged by, where it is not all of the task's metrics."""

    @property
    def shots(self) -> tuple[Example, ...]:
        """Those shown for no row in particular."""
        return tuple(picked.example for picked in self.picked_for(None))

    def picked_for(self, row: Example | None) -> tuple[Picked, ...]:
        """One and the same tuple for all rows that are shown what is usual."""
        return self.picker.for_row(row) if self.picker is not None else ()


def prepare(
    spec: Spec, *, models_dir: Path, preview: Preview, out: Path, column: int = 0
) -> Prepared:
    """Reads the data, picks the shots, renders what is trained on; `column`: which of several label
    columns is asked for. Raises UserMistake."""
    card = card_of(spec.model, models_dir)
    refuse_impossible(card, spec.task, spec.approach.kind)
    way = REGISTRY[spec.task].way(card.family, spec.approach.kind)
    template = library.resolve(spec.template)
    if template.task != spec.task:
        raise TemplateError(
            "template_other_task", template=template.name, has=template.task, wants=spec.task
        )
    folder = locate(spec.model, models_dir)
    dataset = load_dataset(spec.data, spec.task, spec.seed, spec.limit).asking(column)
    if isinstance(spec.approach, FewShot | FineTune) and not dataset.train:
        raise RequestError("no_train_rows", kind=spec.approach.kind)
    picker = _picker(spec, template, dataset) if isinstance(spec.approach, FewShot) else None
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
        enforced=_enforced(template, card, way, dataset.labels),
        chat=spec.chat,
        frame=preview.frame(folder) if card.family == "causal" and spec.chat != "off" else None,
        device=spec.device,
        dtype=spec.dtype,
        seed=spec.seed,
        out=out,
    )
    # A choice is right or wrong; how far a wrong one is like the right one says nothing.
    chosen = len(dataset.test) > 0 and all(_choices(spec.task, row) for row in dataset.test)
    metrics = ("exact_match",) if chosen else ()
    prepared = Prepared(spec, dataset, template, picker, request, metrics)
    return replace(prepared, request=_with_rows(prepared, preview))


def _with_rows(prepared: Prepared, preview: Preview) -> Request:
    """The request with the rows it learns from or decides on."""
    dataset, spec, shots = prepared.dataset, prepared.spec, prepared.shots

    def learnt(rows: Sequence[Example], *, shown: bool = False) -> tuple[Shot, ...]:
        questions = questions_of(prepared, preview, rows, shown=shown)
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
    taken = np.zeros(len(dataset.train), bool)
    taken[[p.position for p in prepared.picked_for(None)]] = True
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
        at_hand=learnt(at_hand, shown=True),
        blank=questions_of(prepared, preview, (blank,), usual=True)[0],
    )


def _picker(spec: Spec, template: Template, dataset: Dataset) -> ShotPicker:
    approach = spec.approach
    assert isinstance(approach, FewShot)
    if approach.shots_per_label is not None:
        count = approach.shots_per_label
        return ShotPicker(spec.task, dataset.train, count, "per_label", spec.seed)
    block = template.block("examples")
    count = approach.shots or (block.shots if block and block.shots else DEFAULT_SHOTS)
    rows = block.rows if block else ()
    return ShotPicker(spec.task, dataset.train, count, approach.picker, spec.seed, rows)


def questions_of(
    prepared: Prepared,
    preview: Preview,
    rows: Sequence[Example],
    *,
    shown: bool = True,
    usual: bool = False,
) -> list[Question]:
    """What the model reads for each row, with the examples picked for it where `shown`; `usual`:
    with those picked for no row in particular. An encoder's prompt is rendered without examples."""
    template, labels, way = prepared.template, prepared.dataset.labels, prepared.request.way
    if way == "tags":
        return [Question(Prompt((Segment("input", 1, e.text),)), e.text, e.tokens) for e in rows]
    if way in ("best_sentence", "central_sentences"):
        read = (Prompt((Segment("input", 1, e.text),)) for e in rows)
        asked = (e.fields.get("question", "") for e in rows)
        return [Question(p, e.text, (), q) for p, e, q in zip(read, rows, asked, strict=True)]
    without = not shown or prepared.request.card.family == "encoder"
    groups: dict[int, tuple[tuple[Picked, ...], list[int]]] = {}
    for i, row in enumerate(rows):
        picked = () if without else prepared.picked_for(None if usual else row)
        groups.setdefault(id(picked), (picked, []))[1].append(i)
    prompts: dict[int, Prompt] = {}
    for picked, at in groups.values():
        shots = [p.example for p in picked]
        found = preview.prompts(template, [rows[i] for i in at], labels, shots)
        prompts.update(zip(at, found, strict=True))
    reads = template.encoder_reads_instruction
    return [
        Question(prompts[i], prompts[i].encoder_text(reads), choices=_choices(template.task, row))
        for i, row in enumerate(rows)
    ]


def _enforced(
    template: Template, card: ModelCard, way: Way | None, labels: Sequence[str]
) -> tuple[Enforced, ...]:
    """The constraints that what is written has to keep, as the engine takes them.

    Raises TemplateError naming the block that cannot be enforced this way. Where labels are
    scored, one of them is answered whatever is enforced.
    """
    shape = REGISTRY[template.task].gold.shape
    words = tuple(map(template.word, labels)) if shape in ("label", "labels") else ()
    none = "" if shape == "label" else template.none_word
    writes = way == "writing" and card.family == "causal"
    found = []
    for number, block in enumerate(template.blocks, start=1):
        if not block.enforced:
            continue
        match block.check:
            case IsLabel() if way in ("labels", "label_set"):
                continue
            case IsLabel() | IsJson() | Pattern() if not writes:
                raise TemplateError("enforcing_not_written", block=number, model=card.title)
            case IsLabel():
                found.append(Enforced("label", number, words, shape == "labels", none))
            case IsJson(json_schema=schema):
                found.append(Enforced("json", number, json_schema=json.dumps(schema)))
            case Pattern(pattern=pattern):
                found.append(Enforced("pattern", number, pattern=pattern))
            case _:
                raise TemplateError("enforcing_no_check", block=number)
    return tuple(found)


def _choices(task: TaskName, row: Example) -> tuple[str, ...]:
    """Those that the row brings."""
    return next(
        (
            tuple(row.fields.get(role.name, "").splitlines())
            for role in REGISTRY[task].reads
            if role.shape == "choices"
        ),
        (),
    )


def _known(dataset: Dataset) -> tuple[str, ...]:
    """Every answer of the data set, once. Which one is whose is not among what a model is told."""
    column = pc.list_flatten(dataset.everything().column("gold"))
    return tuple(pc.unique(column).to_pylist())
