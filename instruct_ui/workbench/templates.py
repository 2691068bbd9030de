"""A project's template: draft, versions, library, and the preview of what a model reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.errors import InstructError
from instruct_ui.models import fetch
from instruct_ui.preview.client import Preview
from instruct_ui.preview.measure import Part, Reader, reader_of
from instruct_ui.settings import Settings
from instruct_ui.spec import Picker
from instruct_ui.storage.records import TemplateVersion
from instruct_ui.storage.store import Store
from instruct_ui.tasks import TaskName
from instruct_ui.templates import library
from instruct_ui.templates.answers import written
from instruct_ui.templates.bringing import Brought, bring
from instruct_ui.templates.diff import TemplateDiff, diff
from instruct_ui.templates.picking import Picked, ShotPicker
from instruct_ui.templates.render import variables
from instruct_ui.templates.template import Block, Template, parse
from instruct_ui.workbench.models import ModelBench
from instruct_ui.workbench.views import PreviewSegment, PreviewView

Rows = tuple[int, ...]
_NAME = re.compile(r"\w+")
_LOOKED_AT = 200
"""Training rows in which a column is held against the gold."""
_TOO_OFTEN = 0.9


class TemplateBench(ModelBench):
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        # Whoever types changes words, hardly ever the choice of examples.
        self._shots = lru_cache(maxsize=64)(self._picked)
        self._picker = lru_cache(maxsize=4)(self._picker_of)
        self._asking = lru_cache(maxsize=4)(self._asked)
        self._known = lru_cache(maxsize=4)(self._all_labels)

    def _asked(self, owner: str, pid: str, version: str, column: int) -> Dataset:
        """With label column `column` as the gold; `version` of the data is there for the cache."""
        return self.dataset(owner, pid).asking(column)

    def _all_labels(self, owner: str, pid: str, version: str) -> frozenset[str]:
        """Of every label column."""
        columns = range(self.dataset(owner, pid).label_columns)
        asked = (self._asking(owner, pid, version, column) for column in columns)
        return frozenset(label for one in asked for label in one.labels)

    def _picked(
        self, owner: str, pid: str, version: str, column: int, block: Block | None, at: int
    ) -> tuple[Picked, ...]:
        if block is None:
            return ()
        picker = self._picker(owner, pid, version, column, *_choice(block))
        return picker.for_row(self._asking(owner, pid, version, column).everything()[at])

    def _picker_of(
        self,
        owner: str,
        pid: str,
        version: str,
        column: int,
        count: int,
        kind: Picker,
        seed: int,
        rows: Rows,
    ) -> ShotPicker:
        dataset = self._asking(owner, pid, version, column)
        return ShotPicker(dataset.task, dataset.train, count, kind, seed, rows)

    def template(self, owner: str, pid: str) -> Template:
        record = self._store.get_template(owner, pid)
        if record is None:
            project = self._store.get_project(owner, pid)
            return library.starter(project.task, project.language)
        return parse(record.draft, record.name)

    def save_template(self, owner: str, pid: str, plain: dict[str, Any]) -> Template:
        template = parse(plain, "template")
        self._store.save_draft(owner, pid, template.model_dump(mode="json"))
        return template

    def keep_version(self, owner: str, pid: str, note: str = "") -> int:
        return self._store.keep_version(owner, pid, note).number

    def versions(self, owner: str, pid: str) -> list[TemplateVersion]:
        return list(self._store.list_versions(owner, pid))

    def restore_version(self, owner: str, pid: str, version_id: str) -> Template:
        version = self._store.get_version(owner, version_id)
        return self.save_template(owner, pid, version.body)

    def changes_since(
        self, owner: str, pid: str, plain: dict[str, Any] | None = None, version_id: str = ""
    ) -> tuple[TemplateVersion | None, TemplateDiff | None]:
        """What differs in the draft (or in `plain`) from a kept version, the newest one unless
        another is named; (None, None) while none is kept."""
        versions = self._store.list_versions(owner, pid)
        chosen = self._store.get_version(owner, version_id) if version_id else None
        base = chosen or (versions[0] if versions else None)
        if base is None:
            return None, None
        draft = parse(plain, "template") if plain else self.template(owner, pid)
        return base, diff(parse(base.body, "template"), draft)

    def template_yaml(self, owner: str, pid: str) -> str:
        return self.template(owner, pid).to_yaml()

    def brought(self, owner: str, pid: str, name: str, text: str) -> Brought:
        """The templates in a file that was brought: one of ours as YAML, a file of promptsource, or
        a task of Super-NaturalInstructions. Raises TemplateError for what is none of them."""
        task = self._store.get_project(owner, pid).task
        return bring(name, text, task)

    def library(self, task: TaskName) -> list[Template]:
        return library.of_task(task)

    def use_library(self, owner: str, pid: str, name: str) -> Template:
        return self.save_template(owner, pid, library.resolve(name).model_dump(mode="json"))

    def label_columns(self, owner: str, pid: str) -> dict[str, tuple[str, ...]]:
        """What each label column is called, and its labels; one, where the data have one."""
        dataset = self.dataset(owner, pid)
        version, names = self._version(owner, pid).id, self._data(owner, pid).spec.label_names
        return {
            name: self._asking(owner, pid, version, column).labels
            for column, name in enumerate(names(dataset.label_columns))
        }

    def fields(self, owner: str, pid: str) -> tuple[str, ...]:
        dataset = self.dataset(owner, pid)
        rows = dataset.everything()
        return variables(dataset.task, rows[0]) if rows else ("text", "labels")

    def preview(
        self,
        owner: str,
        pid: str,
        plain: dict[str, Any] | None,
        row: int,
        model: str,
        chat: str = "auto",
        column: int = 0,
    ) -> PreviewView:
        """What `model` reads for row `row` when it is asked for label column `column`; a mistake in
        the template stands in `error`."""
        count = at = 0
        try:
            version = self._version(owner, pid).id
            dataset = self._asking(owner, pid, version, column)
            count = len(dataset.everything())
            at = min(max(row, 0), count - 1)
            template = parse(plain, "template") if plain else self.template(owner, pid)
            shots = self._shots(owner, pid, version, column, template.block("examples"), at)
            known = self._known(owner, pid, version)
            return self._previewed(owner, dataset, known, at, template, shots, model, chat)
        except InstructError as error:
            return PreviewView(row=at, rows=count, error=error)

    def _previewed(
        self,
        owner: str,
        dataset: Dataset,
        known: frozenset[str],
        at: int,
        template: Template,
        shots: Sequence[Picked],
        model: str,
        chat: str,
    ) -> PreviewView:
        rows = dataset.everything()
        example = rows[at]
        reader = self._reader(model, template, chat)
        shown = [picked.example for picked in shots]
        parts, tokens = self._preview.preview(
            template, example, dataset.labels, shown, reader, owner
        )
        window = reader.window if reader else 0
        return PreviewView(
            row=at,
            rows=len(rows),
            segments=tuple(
                PreviewSegment(
                    **asdict(p),
                    picked=shots[p.number - 1].why if p.kind == "examples" else None,
                )
                for p in parts
            ),
            tokens=tokens,
            window=window,
            gold=written(template, example),
            warnings=tuple(_warnings(template, dataset, known, parts, tokens, window)),
        )

    def _reader(self, model: str, template: Template, chat: str) -> Reader | None:
        models_dir = self.settings.models_dir
        if not fetch.is_present(model, models_dir):
            return None
        folder = fetch.locate(model, models_dir)
        return reader_of(self._card(model), folder, template, chat)


def _warnings(
    template: Template,
    dataset: Dataset,
    known: frozenset[str],
    parts: Sequence[Part],
    tokens: int,
    window: int,
) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if window and tokens > window:
        found.append(("preview.warn_window", {"tokens": tokens, "window": window}))
    if not any(p.text.strip() for p in parts if p.read and p.kind != "chat"):
        found.append(("preview.warn_blank", {}))
    seen: dict[str, str] = {}
    for label in dataset.labels:
        word = template.word(label)
        if word in seen:
            params = {"first": seen[word], "second": label, "word": word}
            found.append(("preview.warn_same_words", params))
        seen[word] = label
    for label in template.label_words:
        if label not in known:
            found.append(("preview.warn_unknown_word", {"label": label}))
    if template.block("answer") is None:
        found.append(("preview.warn_no_answer", {}))
    return [*found, *_repeating(template, dataset)]


def _repeating(template: Template, dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Columns the template shows that say the gold: the answer would stand in the prompt."""
    used = {name for block in template.blocks for name in _NAME.findall(block.text)}
    rows = [row for row in dataset.train[:_LOOKED_AT] if written(template, row)]
    found = []
    for name in sorted(used & set(dataset.train.fields)) if rows else ():
        same = sum(_says_gold(template, row, name) for row in rows)
        if same >= _TOO_OFTEN * len(rows):
            params = {"column": name, "same": same, "rows": len(rows)}
            found.append(("preview.warn_repeats_gold", params))
    return found


def _says_gold(template: Template, row: Example, column: str) -> bool:
    said = row.fields.get(column, "").strip().casefold()
    golds = (written(template, row), row.label or "", *row.gold)
    return bool(said) and said in {gold.strip().casefold() for gold in golds}


def _choice(block: Block) -> tuple[int, Picker, int, Rows]:
    return block.shots, block.picker, block.seed, block.rows
