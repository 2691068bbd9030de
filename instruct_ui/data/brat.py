"""BRAT standoff: NAME.txt with its entities in NAME.ann, into tokens and BIO2 tags.

One sentence is a line of the .txt. What tags cannot say (entities that overlap, that have gaps,
that go over a line's end) is brought down to what they can, counted and named.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from instruct_ui.data.brat_lines import Entity, entities_of, text_as_meant
from instruct_ui.data.encodings import decode
from instruct_ui.data.language import language_of
from instruct_ui.data.source import Source
from instruct_ui.data.table import LIST, Note, Skipped, Table, text_column
from instruct_ui.data.words import placed_words
from instruct_ui.errors import DataError

_NAMED = 5


@dataclass(slots=True)
class _Noted:
    """What was done, and to which entities."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    where: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: str, where: str, count: int = 1) -> None:
        if count:
            self.counts[key] += count
            if len(self.where[key]) < _NAMED:
                self.where[key].append(where)

    def notes(self) -> tuple[Note, ...]:
        return tuple(
            Note(key, count, where=tuple(self.where[key])) for key, count in self.counts.items()
        )


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    text: str
    entities: tuple[Entity, ...]


def is_brat(files: Sequence[Source]) -> bool:
    """Whether they are texts and annotations, and nothing else."""
    suffixes = {_parts(file)[1] for file in files}
    return "ann" in suffixes and suffixes <= {"ann", "txt"}


def read_brat(files: Sequence[Source], name: str) -> Table:
    """Columns tokens, tags and document; a text without an .ann is not annotated, and left out.

    Raises DataError for an .ann without its text, a line that is no annotation, and places that
    are not in the text or hold other words than the annotation says.
    """
    noted = _Noted()
    documents = _documents(files, name, noted)
    language = language_of([document.text for document in documents])
    tokens: list[list[str]] = []
    tags: list[list[str]] = []
    sources: list[str] = []
    lines: list[int] = []
    skipped: list[Skipped] = []
    for document in documents:
        blanks = []
        spans = _by_line(document, noted)
        for number, line in enumerate(_lines(document.text), start=1):
            if not line.strip():
                blanks.append(number)
                continue
            words = placed_words(line, language)
            tokens.append([word for _, word in words])
            tags.append(_tags(words, spans.get(number, []), document.name, noted))
            sources.append(document.name)
            lines.append(number)
        if blanks:
            skipped.append(Skipped("blank", tuple(blanks), document.name))
    if not tokens:
        raise DataError("data_empty", file=name)
    return Table(
        name=name,
        format="brat",
        encoding="",
        separator="",
        header=True,
        data=pa.table(
            [pa.array(tokens, LIST), pa.array(tags, LIST), text_column(sources)],
            names=["tokens", "tags", "document"],
        ),
        lines=pa.chunked_array([pa.array(lines, pa.int64())]),
        skipped=tuple(skipped),
        notes=noted.notes(),
    )


def _parts(file: Source) -> tuple[str, str]:
    stem, _, suffix = file.name.rpartition(".")
    return stem, suffix.lower()


def _documents(files: Sequence[Source], name: str, noted: _Noted) -> list[_Document]:
    texts = {stem: file for file in files for stem, suffix in [_parts(file)] if suffix == "txt"}
    marks = {stem: file for file in files for stem, suffix in [_parts(file)] if suffix == "ann"}
    for stem, file in marks.items():
        if stem not in texts:
            raise DataError(
                "data_brat_no_text", file=name, member=file.name, expected=f"{stem}.txt"
            )
    documents = []
    for stem, file in texts.items():
        if stem not in marks:
            noted.add("brat_unmarked", file.name)
            continue
        text = "" if file.is_blank() else decode(file).all()
        place = f"{name}/{marks[stem].name}"
        entities, others = entities_of(_written(marks[stem], place), place)
        noted.add("brat_other_lines", marks[stem].name, others)
        documents.append(_Document(file.name, text_as_meant(text, entities, place), entities))
    return documents


def _written(file: Source, place: str) -> str:
    return "" if file.is_blank() else decode(Source(file.all(), place)).all()


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []


@dataclass(frozen=True, slots=True)
class _Span:
    """What is left of an entity: one piece on one line; places count from the line's start."""

    id: str
    type: str
    start: int
    end: int


def _by_line(document: _Document, noted: _Noted) -> dict[int, list[_Span]]:
    """Each entity's longest piece, by line."""
    starts = [0]
    for line in document.text.split("\n")[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    found: dict[int, list[_Span]] = defaultdict(list)
    for entity in document.entities:
        where = f"{document.name} {entity.id}"
        if len(entity.pieces) > 1:
            noted.add("brat_gaps", where)
        start, end = max(entity.pieces, key=lambda piece: piece[1] - piece[0])
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end) - 1
        if first != last:
            noted.add("brat_over_lines", where)
        borders = [*starts, len(document.text) + 1]
        pieces = [
            (i, max(start, borders[i]), min(end, borders[i + 1] - 1))
            for i in range(first, last + 1)
        ]
        at, start, end = max(pieces, key=lambda p: len(document.text[p[1] : p[2]].strip()))
        if not document.text[start:end].strip():
            noted.add("brat_blank", where)
            continue
        span = _Span(entity.id, entity.type, start - starts[at], end - starts[at])
        found[at + 1].append(span)
    return found


def _tags(
    words: Sequence[tuple[int, str]], spans: Sequence[_Span], document: str, noted: _Noted
) -> list[str]:
    """BIO2; of spans that share a token the longest stays, then the first."""
    starts = [place for place, _ in words]
    ends = [place + len(word) for place, word in words]
    covered = []
    for span in spans:
        first, behind = bisect_right(ends, span.start), bisect_left(starts, span.end)
        if starts[first] < span.start or ends[behind - 1] > span.end:
            noted.add("brat_widened", f"{document} {span.id}")
        covered.append((first, behind, span))
    tags = ["O"] * len(words)
    for first, behind, span in sorted(covered, key=lambda c: c[0] - c[1]):
        if any(tag != "O" for tag in tags[first:behind]):
            noted.add("brat_overlaps", f"{document} {span.id}")
            continue
        tags[first:behind] = [f"B-{span.type}"] + [f"I-{span.type}"] * (behind - first - 1)
    return tags
