"""Labels: written in several ways, too few rows, none that can be learnt."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from instruct_ui.data.checks.finding import SHOWN, Finding, FoundRow
from instruct_ui.data.checks.subject import Subject
from instruct_ui.data.dataset import label_counts
from instruct_ui.data.load import label_fault
from instruct_ui.spec import MergeLabels
from instruct_ui.tasks import REGISTRY

_LONGEST = 200
"""Characters of a label that are looked at; what is longer is no label."""
FEW_ROWS = 8
"""A label with fewer rows can hardly be learnt, and hardly be judged."""


def check(subject: Subject) -> Iterator[Finding]:
    task = subject.dataset.task
    counts = label_counts(task, subject.everything)
    first = next(iter(subject.files.values()))
    rows = len(subject.everything)
    if first.roles.label is None and REGISTRY[task].gold.needed:
        yield Finding("no_gold", "wrong", rows)
        return
    for name in ("train", "test"):
        if not subject.dataset.split(name):
            yield Finding(f"no_{name}", "doubtful", 0)
    fault = label_fault(first, counts, rows)
    if fault is not None:
        values = {name: value for name, value in fault.params.items() if name != "file"}
        values.pop("count", None)
        values["rows"] = rows
        yield Finding(fault.key.removeprefix("data_"), "wrong", len(counts), values=values)
    if fault is None or fault.key == "data_one_label":
        yield from _variants(counts)
    if fault is None and REGISTRY[task].gold.shape in ("label", "labels", "tags"):
        yield from _few(subject, counts)


def _variants(counts: Counter[str]) -> Iterator[Finding]:
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for label in counts:
        alike[_folded(label)].append(label)
    groups = [sorted(g, key=lambda x: (-counts[x], x)) for g in alike.values() if len(g) > 1]
    if not groups:
        return
    into = {label: group[0] for group in groups for label in group[1:]}
    rows = tuple(
        FoundRow("", 0, label=f"{label} ({counts[label]:,})", other=f"{kept} ({counts[kept]:,})")
        for label, kept in list(into.items())[:SHOWN]
    )
    affected = sum(counts[label] for label in into)
    yield Finding(
        "label_variants",
        "wrong",
        affected,
        rows,
        MergeLabels(labels=into),
        {"labels": len(into)},
    )


def _folded(label: str) -> str:
    """Case, width, blanks and the marks people put for a blank do not count."""
    small = unicodedata.normalize("NFKC", label[:_LONGEST]).casefold()
    return "".join(c for c in small if not c.isspace() and c not in "_-")


def _few(subject: Subject, counts: Counter[str]) -> Iterator[Finding]:
    few = sorted((n, label) for label, n in counts.items() if n < FEW_ROWS)
    if few:
        rows = tuple(FoundRow("", 0, label=label, other=str(n)) for n, label in few[:SHOWN])
        yield Finding("few_rows", "doubtful", len(few), rows, values={"least": FEW_ROWS})
    if "train" in subject.parts and "test" in subject.parts:
        known = label_counts(subject.dataset.task, subject.dataset.train)
        asked = label_counts(subject.dataset.task, subject.dataset.test)
        strange = sorted(asked.keys() - known.keys())
        if strange:
            rows = tuple(FoundRow("", 0, label=x, other=str(asked[x])) for x in strange[:SHOWN])
            yield Finding("untrained_labels", "doubtful", len(strange), rows)
