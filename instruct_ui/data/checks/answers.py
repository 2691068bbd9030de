"""Gold that points into its text: answers with places, and marked entities."""

from __future__ import annotations

from collections.abc import Iterator

from instruct_ui.data.cells import found_at, is_marked
from instruct_ui.data.checks.finding import SHOWN, Finding, FoundRow
from instruct_ui.data.checks.subject import Subject
from instruct_ui.spec import FixOffsets
from instruct_ui.tasks import REGISTRY


def check(subject: Subject) -> Iterator[Finding]:
    task = REGISTRY[subject.dataset.task]
    if task.gold.shape == "answers":
        yield from _places(subject)
    if task.name == "relation_classification":
        yield from _marks(subject)


def _places(subject: Subject) -> Iterator[Finding]:
    """Answers that do not stand where they are said to, or nowhere in the passage."""
    wrong: list[tuple[str, int, str]] = []
    nowhere: list[tuple[str, int, str]] = []
    for name, rows in subject.parts.items():
        columns = (rows.column(c).to_pylist() for c in ("text", "gold", "starts"))
        for position, (text, gold, starts) in enumerate(zip(*columns, strict=True)):
            for answer, start in zip(gold or (), starts or (), strict=True):
                place = found_at(text, answer, start)
                if place < 0:
                    nowhere.append((name, position, answer))
                elif start >= 0 and place != start:
                    wrong.append((name, position, answer))
    for key, places in (("offsets", wrong), ("answers_missing", nowhere)):
        if places:
            shown = [r for n, p, answer in places[:SHOWN] for r in subject.shown(n, [p], [answer])]
            repair = FixOffsets() if key == "offsets" else None
            yield Finding(key, "wrong", len(places), tuple(shown), repair)


def _marks(subject: Subject) -> Iterator[Finding]:
    """Sentences in which the two entities are not marked, each once."""
    count = 0
    shown: list[FoundRow] = []
    for name, rows in subject.parts.items():
        texts = rows.column("text").to_pylist()
        without = [i for i, text in enumerate(texts) if not is_marked(text)]
        count += len(without)
        shown += subject.shown(name, without)
    if count:
        yield Finding("marks_missing", "wrong", count, tuple(shown[:SHOWN]))
