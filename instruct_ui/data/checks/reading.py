"""What became of the files on the way: rows left out, tags and cells mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from instruct_ui.data.checks.finding import SHOWN, Finding, FoundRow, Weight
from instruct_ui.data.checks.subject import Subject
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
    for file in subject.files.values():
        reading = file.reading
        if reading.scheme is not None and (reading.scheme != "IOB2" or reading.repairs):
            key = "tags_repaired" if reading.repairs else "tags_converted"
            values = {"scheme": reading.scheme, "file": file.table.name}
            yield Finding(key, "note", reading.repairs or len(reading.examples), values=values)
        for note in file.table.notes:
            rows = tuple(FoundRow(file.table.name, line) for line in note.lines[:SHOWN])
            yield Finding(f"note_{note.key}", "note", note.count, rows)
