"""What the job is asked in which a model writes rows: a plan of prompts, filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from instruct_ui.data.dataset import Dataset, Example, label_counts
from instruct_ui.errors import RequestError
from instruct_ui.models.card import ModelCard
from instruct_ui.preview.client import Preview
from instruct_ui.tasks import REGISTRY
from instruct_ui.workbench.making_forms import form_of
from instruct_ui.workbench.making_prompts import Planner

COUNT, MOST = 20, 100
"""Rows that are asked for, unless told, and at most."""


def payload_of(
    dataset: Dataset,
    preview: Preview,
    card: ModelCard,
    *,
    count: int,
    labels: Sequence[str],
    seed: int,
    instruction: str = "",
) -> dict[str, Any]:
    """For `work.making.make_rows`. `labels`: for which, in turn (none told: those with the fewest
    rows). Raises RequestError for what would fail, TemplateError for an instruction that cannot be
    filled in."""
    if not 1 <= count <= MOST:
        raise RequestError("making_count", most=MOST)
    if card.family != "causal":
        raise RequestError("making_cannot_write", title=card.title)
    planner = Planner(dataset, seed)
    scarce = [one for one in rarest(counts_of(dataset)) if one in planner.kinds]
    asked = planner.asked(count, labels or scarce)
    form = form_of(dataset.task, dataset.language, instruction)
    prompts = [
        preview.prompts(form, [Example(-1, one.given)], (), one.shots)[0].segments for one in asked
    ]
    return {
        "model": card.name,
        "title": card.title,
        "task": dataset.task,
        "seed": seed,
        "instruction": form.blocks[0].text,
        "most": planner.most_tokens(),
        "asked": [{"given": one.given, "gold": one.gold} for one in asked],
        "prompts": [[[s.kind, s.number, s.text, s.block] for s in prompt] for prompt in prompts],
    }


def counts_of(dataset: Dataset) -> dict[str, int]:
    """Training rows of each label one can ask rows for; none for tasks without labels."""
    if REGISTRY[dataset.task].gold.shape not in ("label", "labels"):
        return {}
    counts = label_counts(dataset.task, dataset.train)
    return {label: counts[label] for label in dataset.labels if counts[label]}


def rarest(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The labels with the fewest training rows: a quarter of all, at most five."""
    ordered = sorted(counts, key=lambda label: (counts[label], label))
    return tuple(ordered[: min(5, max(1, len(ordered) // 4))])
