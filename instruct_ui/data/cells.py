"""Cells that hold more than a text: labels, answers with places, turns, triples, marked entities.

Each function takes a cell as it stands in the file and raises ValueError where it cannot be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from instruct_ui.data.records import half_pair

_BETWEEN_LABELS = re.compile(r"[;|,；，、]")
_PLACE = re.compile(r"\s*[\[(]?\s*(\d{1,9})\s*[,:;\-]\s*(\d{1,9})\s*[\])]?\s*")
_SPEAKER = ("speaker", "role", "from", "user", "name", "author")
_SAID = ("text", "content", "value", "utterance", "message")
_RELATION_KEYS = (
    ("head", "relation", "tail"),
    ("subject", "predicate", "object"),
    ("subject", "relation", "object"),
)
_MARKS = {"e1": "e1", "head": "e1", "subj": "e1", "e2": "e2", "tail": "e2", "obj": "e2"}
_FARTHEST = 2**53
"""Places from here on are in no text."""
_MARK = re.compile(r"<(/?)(e1|e2|head|tail|subj|obj)>")


class Answer(NamedTuple):
    text: str
    start: int
    """First character in the passage; -1: not told."""


def parsed(cell: str) -> object:
    """JSON where the cell looks like it, otherwise the text itself."""
    if cell.lstrip()[:1] not in ("[", "{"):
        return cell
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
    if half_pair(cell) is not None:
        raise ValueError("half a surrogate pair")
    return value


def labels_of(cell: str) -> list[str]:
    """A JSON list, or names with a comma, semicolon or bar between them."""
    found = parsed(cell)
    names = found if isinstance(found, list) else _BETWEEN_LABELS.split(cell)
    return list(dict.fromkeys(name for n in names if (name := str(n).strip())))


def answers_of(cell: str, start: str = "") -> list[Answer]:
    """SQuAD's list of objects, its columnar form, a list of texts, or one text.

    `start` is the cell of a column of their own for places: one number, or a list of them.
    """
    found = parsed(cell)
    if isinstance(found, dict):
        starts = found.get("answer_start", found.get("start", []))
        texts = found.get("text", [])
        if isinstance(texts, str):
            texts, starts = [texts], [starts]
        return [Answer(*pair) for pair in _paired(texts, starts)]
    if isinstance(found, list):
        plain = [a for a in found if isinstance(a, str)]
        if len(plain) == len(found):
            starts = parsed(start) if start.strip() else []
            return [Answer(*pair) for pair in _paired(plain, starts)]
        return [_answer(a) for a in found]
    if not cell.strip():
        return []
    return [Answer(cell, _place(start) if start.strip() else -1)]


def _answer(given: object) -> Answer:
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise ValueError("an answer without text")
    start = given.get("start", given.get("answer_start", -1))
    return Answer(given["text"], -1 if start is None else _place(start))


def _place(told: object) -> int:
    if isinstance(told, str):
        told = int(told)
    if isinstance(told, int | float) and abs(told) < _FARTHEST:
        return int(told)
    raise ValueError("no place in a text")


def _paired(texts: object, starts: object) -> list[tuple[str, int]]:
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise ValueError("answers that are no texts")
    numbers = starts if isinstance(starts, list) else [starts]
    if numbers and len(numbers) != len(texts):
        raise ValueError("as many places as answers are needed")
    return list(zip(texts, map(_place, numbers) if numbers else [-1] * len(texts), strict=True))


def choices_of(cell: str) -> list[str]:
    """A JSON list of texts, the columnar form with a list `text`, or one choice a line."""
    found = parsed(cell)
    if isinstance(found, dict):
        found = found.get("text")
    if isinstance(found, str):
        found = found.splitlines()
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("choices that are no texts")
    return list(dict.fromkeys(" ".join(one.split()) for one in found if one.strip()))


class Turn(NamedTuple):
    speaker: str
    text: str

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


def turns_of(cell: str) -> list[Turn]:
    """A JSON list of texts or of objects with a speaker; otherwise one turn a line."""
    found = parsed(cell)
    if isinstance(found, str):
        return [Turn("", line.strip()) for line in cell.splitlines() if line.strip()]
    if not isinstance(found, list):
        raise ValueError("turns that are no list")
    return [_turn(turn) for turn in found]


def _turn(given: object) -> Turn:
    if isinstance(given, str):
        return Turn("", given)
    if isinstance(given, dict):
        text = next((given[k] for k in _SAID if isinstance(given.get(k), str)), None)
        speaker = next((given[k] for k in _SPEAKER if isinstance(given.get(k), str)), "")
        if text is not None:
            return Turn(speaker, text)
    raise ValueError("a turn without text")


def triples_of(cell: str) -> list[str]:
    """A JSON list of three names each, as `subject | relation | object`."""
    found = parsed(cell)
    if not isinstance(found, list):
        raise ValueError("triples that are no list")
    return [" | ".join(_triple(triple)) for triple in found]


def _triple(given: object) -> Sequence[str]:
    if isinstance(given, list) and len(given) == 3:
        return [str(part).strip() for part in given]
    if isinstance(given, dict):
        for keys in _RELATION_KEYS:
            if all(key in given for key in keys):
                return [str(given[key]).strip() for key in keys]
    raise ValueError("a triple without its three parts")


def marked(text: str, head: str = "", tail: str = "") -> str:
    """The text with its two entities in `<e1>..</e1>` and `<e2>..</e2>`.

    Marks that are there stay; otherwise head and tail are found by their place or, the first time,
    by their text. Unchanged where one of them is not found, or the two overlap.
    """
    if _MARK.search(text):
        return _MARK.sub(lambda m: f"<{m[1]}{_MARKS[m[2]]}>", text)
    first, second = _span(text, head), _span(text, tail)
    if first is None or second is None or max(first[0], second[0]) < min(first[1], second[1]):
        return text
    places = sorted([(*first, "e1"), (*second, "e2")], reverse=True)
    for start, end, name in places:
        text = f"{text[:start]}<{name}>{text[start:end]}</{name}>{text[end:]}"
    return text


def is_marked(text: str) -> bool:
    """Whether both entities are marked, each once and closed."""
    return all(text.count(f"<{n}>") == text.count(f"</{n}>") == 1 for n in ("e1", "e2"))


def _span(text: str, told: str) -> tuple[int, int] | None:
    if place := _PLACE.fullmatch(told):
        start, end = int(place[1]), int(place[2])
        return (start, end) if start < end <= len(text) else None
    start = text.find(told) if told else -1
    return None if start < 0 else (start, start + len(told))


def found_at(passage: str, answer: str, start: int) -> int:
    """Where the answer begins: at `start` if it stands there, otherwise at the nearest place, the
    first one where `start` is not told; -1 where the passage does not have it."""
    if start >= 0 and passage.startswith(answer, start):
        return start
    places = [m.start() for m in re.finditer(re.escape(answer), passage)] if answer else []
    return min(places, key=lambda place: abs(place - max(0, start)), default=-1)
