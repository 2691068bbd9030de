"""`instruct-ui render`: what a model reads for a row, part by part, and what would be right."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from instruct_ui.cli.printing import tell
from instruct_ui.settings import settings
from instruct_ui.texts import say

if TYPE_CHECKING:
    from instruct_ui.data.dataset import Dataset, Example
    from instruct_ui.templates.template import Template


def render(options: argparse.Namespace) -> None:
    from instruct_ui.cli.rows import row_numbered
    from instruct_ui.models import catalogue, fetch
    from instruct_ui.preview.client import Preview
    from instruct_ui.preview.measure import reader_of
    from instruct_ui.templates import library
    from instruct_ui.templates.answers import written

    template = library.resolve(options.template)
    card = catalogue.card(options.model, settings().models_dir)
    folder = fetch.locate(options.model, settings().models_dir)
    dataset, example = row_numbered(options.data, template.task, options.row)
    shots = _shots(template, dataset, example)
    reader = reader_of(card, folder, template, options.chat)
    with closing(Preview()) as preview:
        parts, tokens = preview.preview(template, example, dataset.labels, shots, reader)
    for part in parts:
        head = f"{part.kind} {part.number or ''}".strip()
        unread = "" if part.read else f"  ({say(part.why)})"
        tell(f"[{head}: {part.tokens} tokens]{unread}\n{part.text}")
    tell(f"-- {tokens} of {card.window} tokens")
    if gold := written(template, example):
        tell(f"-- {say('template.gold', gold=gold)}")


def _shots(template: Template, dataset: Dataset, example: Example) -> tuple[Example, ...]:
    from instruct_ui.templates.picking import ShotPicker

    block = template.block("examples")
    if block is None or not dataset.train:
        return ()
    picker = ShotPicker(
        dataset.task, dataset.train, block.shots, block.picker, block.seed, block.rows
    )
    return tuple(picked.example for picked in picker.for_row(example))
