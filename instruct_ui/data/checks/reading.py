"""What became of the files on the way: rows left out, tags and cells mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from instruct_ui.data.checks.finding import SHOWN, Finding, FoundRow, Weight, cut
from instruct_ui.data.checks.subject import Subject
from instruct_ui.data.load import DataFile
from instruct_ui.data.table import Skipped, SkipReason

_WEIGHTS: dict[SkipReason, Weight] = {
    "no_text": "doubtful",
    "no_label": "doubtful",
    "bad_cell": "wrong",
}
"""Reasons a person should look at; the others are the file's own way of writing, or were asked
for."""


def check(subject: Subject) -> Iterator[Finding]:
    by_reason: defaultdict[SkipReason, list[Skipped]] = defaultdict(list)
    for skipped in subject.dataset.skipped:
        by_reason[skipped.reason].append(skipped)
    for reason, weight in _WEIGHTS.items():
        places = [(s.file, line) for s in by_reason[reason] for line in s.lines]
        if places:
            rows = tuple(FoundRow(file, line) for file, line in places[:SHOWN])
            yield Finding(f"skipped_{reason}", weight, len(places), rows)
    yield from _tags(subject)
    for file in subject.files.values():
        for note in file.table.notes:
            rows = tuple(FoundRow(file.table.name, line) for line in note.lines[:SHOWN])
            yield Finding(f"note_{note.key}", "note", note.count, rows)


def _tags(subject: Subject) -> Iterator[Finding]:
    """Tags that broke their scheme and were mended; otherwise that they were in another scheme."""
    by_scheme: defaultdict[str, list[DataFile]] = defaultdict(list)
    for file in subject.files.values():
        if file.reading.scheme is not None:
            by_scheme[file.reading.scheme].append(file)
    for scheme, files in by_scheme.items():
        repairs = sum(file.reading.repairs for file in files)
        if repairs:
            shown = [r for f in files for r in _repaired(f, f.reading.repaired[:SHOWN])]
            rows = tuple(shown[:SHOWN])
            yield Finding("tags_repaired", "note", repairs, rows, values={"scheme": scheme})
        elif scheme != "IOB2":
            count = sum(len(file.reading.examples) for file in files)
            yield Finding("tags_converted", "note", count, values={"scheme": scheme})


def _repaired(file: DataFile, positions: Sequence[int]) -> Iterator[FoundRow]:
    """Sentences with mended tags: their tokens, and how they are tagged now."""
    for position in positions:
        example = file.reading.examples[position]
        tagged = " ".join(
            f"{token}/{tag}"
            for token, tag in zip(example.tokens, example.tags, strict=True)
            if tag != "O"
        )
        line = file.table.line(example.row)
        yield FoundRow(file.table.name, line, cut(example.text), cut(tagged))
