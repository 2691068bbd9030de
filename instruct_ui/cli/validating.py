"""All that is wrong with a template's file: its form, and each block filled in with rows.

Every block is filled in on its own, so that one mistake does not hide the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from instruct_ui.cli.form import Form
from instruct_ui.cli.printing import shown
from instruct_ui.cli.rows import dataset_named
from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.samples import SAMPLES
from instruct_ui.errors import TemplateError
from instruct_ui.preview.client import Preview
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates import library
from instruct_ui.templates.template import Block, Template

_ROWS = 2
_MARK = "zz-right-answer-zz"
"""Stands for a gold that no row has."""


class Validator:
    """Looks at one file after the other; each data set is read once.

    `data`: a file or sample to take the rows from; "": a sample of the template's task.
    """

    def __init__(self, preview: Preview, data: str = "") -> None:
        self._preview = preview
        self._data = data
        self._read: dict[tuple[str, str], Dataset] = {}

    def mistakes(self, path: Path) -> list[str]:
        """What is wrong with the template in `path`, in reading order; nothing: it can be used.

        Raises DataError where the rows cannot be read.
        """
        try:
            plain = library.plain_of(path, shown(path))
        except TemplateError as error:
            return [error.message()]
        form = Form(plain)
        found = form.mistakes
        dataset = None if form.frame is None else self._dataset(form.frame, form.blocks.values())
        if form.frame is None or dataset is None:
            return found
        found += self._of_blocks(form.frame, form.blocks, dataset)
        found += self._of_labels(form.frame, dataset)
        if form.template is not None and not found:
            found += self._of_gold(form.template, dataset)
        return found

    def _dataset(self, template: Template, blocks: Collection[Block]) -> Dataset | None:
        """Of the sample with the columns that are asked for, best in the template's language; None
        where the task has no sample."""
        roles = REGISTRY[template.task].reads
        asked = {r.name for r in roles if not r.needed and any(r.name in b.text for b in blocks)}
        of_task = [s for s in SAMPLES.values() if s.task == template.task]
        of_task.sort(
            key=lambda s: (not asked <= dict(s.columns).keys(), s.language != template.language)
        )
        name = self._data or next((sample.key for sample in of_task), "")
        if not name:
            return None
        key = (name, template.task)
        if key not in self._read:
            self._read[key] = dataset_named(*key)
        return self._read[key]

    def _of_blocks(
        self, frame: Template, blocks: Mapping[int, Block], dataset: Dataset
    ) -> Iterator[str]:
        for position, block in blocks.items():
            form = () if block.kind == "input" else frame.blocks
            alone = frame.model_copy(update={"blocks": (*form, block)})
            try:
                self._prompts(alone, _rows(dataset), dataset)
            except TemplateError as error:
                yield TemplateError(error.key, **error.params | {"block": position + 1}).message()

    def _of_labels(self, template: Template, dataset: Dataset) -> Iterator[str]:
        try:
            self._preview.describe(template, dataset.labels or ("label",))
        except TemplateError as error:
            named = {"block": "–", "kind": "label_description"}
            yield TemplateError(error.key, **error.params | named).message()

    def _of_gold(self, template: Template, dataset: Dataset) -> Iterator[str]:
        """A row with another right answer must read the same."""
        rows = _rows(dataset)
        marked = [_with_other_gold(row, dataset) for row in rows]
        pairs = zip(
            rows,
            self._prompts(template, rows, dataset),
            self._prompts(template, marked, dataset),
            strict=True,
        )
        for row, prompt, other in pairs:
            if prompt != other:
                yield TemplateError("template_gold_shown", row=row.row).message()

    def _prompts(self, template: Template, rows: Sequence[Example], dataset: Dataset) -> list[str]:
        shots = tuple(dataset.train[:_ROWS])
        return [p.text for p in self._preview.prompts(template, rows, dataset.labels, shots)]


def _rows(dataset: Dataset) -> list[Example]:
    """Of those that are not shown as examples, where there are any."""
    return list(dataset.test[:_ROWS]) or list(dataset.everything()[:_ROWS])


def _with_other_gold(row: Example, dataset: Dataset) -> Example:
    match REGISTRY[dataset.task].gold.shape:
        case "label":
            return replace(row, label=_MARK)
        case "tags":
            return replace(row, tags=tuple(f"B-{_MARK}" for _ in row.tokens))
        case _:
            return replace(row, gold=(_MARK,))
