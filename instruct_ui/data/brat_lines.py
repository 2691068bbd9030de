"""The lines of a BRAT .ann file, and the text whose places they count.

https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from instruct_ui.errors import DataError

_ENTITY = re.compile(r"(T\S*)\t(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)(?:\t(.*))?")
_OTHER = re.compile(r"[REAMN#*]")
"""Relations, events, attributes, normalisations, notes, equivalences."""
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Entity:
    id: str
    type: str
    pieces: tuple[tuple[int, int], ...]
    """Start and end in the text, in characters."""
    words: str | None
    """What stands there, as the annotation has it."""
    line: int
    """In the .ann."""


def entities_of(written: str, file: str) -> tuple[tuple[Entity, ...], int]:
    """The entities, and how many lines say something else about them.

    Raises DataError naming a line that is no annotation.
    """
    found = []
    others = 0
    for number, raw in enumerate(written.split("\n"), start=1):
        line = raw.rstrip("\r")
        match = _ENTITY.fullmatch(line)
        if match:
            id, type, places, words = match.groups()
            numbers = [tuple(map(int, piece.split(" "))) for piece in places.split(";")]
            pieces = tuple((start, end) for start, end in numbers)
            found.append(Entity(id, type, pieces, words, number))
        elif _OTHER.match(line):
            others += 1
        elif line.strip():
            raise DataError("data_brat_line", file=file, line=number, found=line[:60])
    return tuple(found), others


def text_as_meant(text: str, entities: Sequence[Entity], file: str) -> str:
    """The text in which every entity stands where it says.

    Some tools count a line's end as one character where the file has two, or count the byte order
    mark. Raises DataError naming the first entity that stands nowhere.
    """
    # A blank in the place of the byte order mark, which was taken off.
    for meant in (text, text.replace("\r\n", "\n"), f" {text}"):
        if all(_stands(entity, meant) for entity in entities):
            return meant
    wrong = next(entity for entity in entities if not _stands(entity, text))
    raise DataError(
        "data_brat_place",
        file=file,
        line=wrong.line,
        place="; ".join(f"{start} {end}" for start, end in wrong.pieces),
        expected=wrong.words or wrong.id,
        found=_there(wrong, text),
    )


def _there(entity: Entity, text: str) -> str:
    return " ".join(text[start:end] for start, end in entity.pieces)


def _stands(entity: Entity, text: str) -> bool:
    if any(not start < end <= len(text) for start, end in entity.pieces):
        return False
    return not entity.words or _bare(entity.words) == _bare(_there(entity, text))


def _bare(text: str) -> str:
    return _BLANKS.sub("", text)
