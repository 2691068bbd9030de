"""How gold becomes an answer text, and how an answer text is read back. What cannot be read is said
to be so and never guessed.

One way for each shape of gold (`tasks.Role.shape`), so that a task only names its columns:
label: its word; labels: their words with commas between; tags: `Lisbon (place), Keller (person)`;
triples: `(Keller | works for | Siemens); (...)`; answers and texts: as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from instruct_ui.data.dataset import Example
from instruct_ui.data.tags import spans
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.template import Template

_COMMA = re.compile(r"\s*[,，、;；\n]\s*")
_ENTITY = re.compile(
    r"\s*(?P<text>.+?)\s*[(（]\s*(?P<word>[^()（）]+?)\s*[)）]\s*(?:[,，、;；\n.。]|$)"
)
_TRIPLE = re.compile(
    r"\s*[(（]?\s*([^|｜]+?)\s*[|｜]\s*([^|｜]+?)\s*[|｜]\s*([^|｜]+?)\s*[)）]?\s*"
)
_BETWEEN_TRIPLES = re.compile(r"\s*[;；\n]\s*")
_END = " \t.。!！\"'“”‘’`*"


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What an answer text says; `readable` False where it says nothing that counts."""

    readable: bool
    label: str | None = None
    tags: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """Labels, or triples as `subject | relation | object`."""
    text: str = ""


_UNREADABLE = ReadAnswer(False)


def written(template: Template, example: Example) -> str:
    """The gold of `example` as an answer; "" where it has none."""
    match REGISTRY[template.task].gold.shape:
        case "label":
            return "" if example.label is None else template.word(example.label)
        case "labels":
            return ", ".join(map(template.word, example.gold)) or template.none_word
        case "tags":
            return _entities(template, example)
        case "triples":
            return "; ".join(f"({triple})" for triple in example.gold) or template.none_word
        case "answers":
            return example.gold[0] if example.gold else template.none_word
        case _:
            return example.gold[0] if example.gold else ""


def read_back(template: Template, example: Example, labels: Sequence[str], text: str) -> ReadAnswer:
    """`labels` as in the data set; NER: the entity types."""
    readers: Mapping[str, Callable[[Template, Example, Sequence[str], str], ReadAnswer]] = {
        "label": _read_label,
        "labels": _read_labels,
        "tags": _read_tags,
        "triples": _read_triples,
        "answers": _read_answer,
    }
    read = readers.get(REGISTRY[template.task].gold.shape, _read_text)
    return read(template, example, labels, text.strip())


def _entities(template: Template, example: Example) -> str:
    found = spans(example.tags)
    glue = _glue(example)
    shown = (f"{glue.join(example.tokens[a:b])} ({template.word(k)})" for k, a, b in found)
    return ", ".join(shown) or template.none_word


def _glue(example: Example) -> str:
    """What stands between the words of the sentence; Chinese is written without blanks."""
    return " " if " ".join(example.tokens) == example.text else ""


def _read_label(
    template: Template, example: Example, labels: Sequence[str], text: str
) -> ReadAnswer:
    label = _by_word(template, labels).get(_plain(text.splitlines()[0] if text else ""))
    return _UNREADABLE if label is None else ReadAnswer(True, label=label, text=text)


def _read_labels(
    template: Template, example: Example, labels: Sequence[str], text: str
) -> ReadAnswer:
    if _is_none(template, text):
        return ReadAnswer(True, text=text)
    known = _by_word(template, labels)
    parts = [_plain(part) for part in _COMMA.split(text) if _plain(part)]
    found = [known[part] for part in parts if part in known]
    if not parts or len(found) < len(parts):
        return _UNREADABLE
    return ReadAnswer(True, parts=tuple(dict.fromkeys(found)), text=text)


def _read_tags(
    template: Template, example: Example, labels: Sequence[str], text: str
) -> ReadAnswer:
    """Each entity is looked for behind the one before it, then from the start; one that does not
    stand in the sentence makes the answer unreadable."""
    nothing = ("O",) * len(example.tokens)
    if _is_none(template, text):
        return ReadAnswer(True, tags=nothing, text=text)
    known = _by_word(template, labels)
    tags, after, end = list(nothing), 0, 0
    for match in _ENTITY.finditer(text):
        if match.start() != end:
            return _UNREADABLE
        end = match.end()
        kind = known.get(_plain(match["word"]))
        place = _place(example, match["text"], after, tags)
        if kind is None or place is None:
            return _UNREADABLE
        start, after = place
        tags[start:after] = [f"B-{kind}", *[f"I-{kind}"] * (after - start - 1)]
    if not end or text[end:].strip():
        return _UNREADABLE
    return ReadAnswer(True, tags=tuple(tags), text=text)


def _place(example: Example, name: str, after: int, tags: Sequence[str]) -> tuple[int, int] | None:
    """First and behind the last word of `name`, where no other entity stands."""
    wanted = _squeezed(name)
    words = [_squeezed(token) for token in example.tokens]
    for start in (*range(after, len(words)), *range(min(after, len(words)))):
        whole = ""
        for end in range(start, len(words)):
            whole += words[end]
            if whole == wanted and all(tag == "O" for tag in tags[start : end + 1]):
                return start, end + 1
            if len(whole) >= len(wanted):
                break
    return None


def _read_triples(
    template: Template, example: Example, labels: Sequence[str], text: str
) -> ReadAnswer:
    if _is_none(template, text):
        return ReadAnswer(True, text=text)
    parts = [part for part in _BETWEEN_TRIPLES.split(text) if part.strip(_END)]
    found = [match for part in parts if (match := _TRIPLE.fullmatch(part.strip(_END)))]
    if not parts or len(found) < len(parts):
        return _UNREADABLE
    triples = dict.fromkeys(" | ".join(match.groups()) for match in found)
    return ReadAnswer(True, parts=tuple(triples), text=text)


def _read_answer(
    template: Template, example: Example, labels: Sequence[str], text: str
) -> ReadAnswer:
    """A question's answer; the word for none is the answer that there is none."""
    if not text:
        return _UNREADABLE
    return ReadAnswer(True, text="" if _is_none(template, text) else text)


def _read_text(
    template: Template, example: Example, labels: Sequence[str], text: str
) -> ReadAnswer:
    return ReadAnswer(True, text=text) if text else _UNREADABLE


def _by_word(template: Template, labels: Sequence[str]) -> dict[str, str]:
    """Word, and name, of a label -> the label. A word that stands for two says neither."""
    named = {_plain(label): label for label in labels}
    words: dict[str, list[str]] = {}
    for label in labels:
        words.setdefault(_plain(template.word(label)), []).append(label)
    return named | {word: found[0] for word, found in words.items() if len(found) == 1}


def _is_none(template: Template, text: str) -> bool:
    return _plain(text) == _plain(template.none_word)


def _plain(text: str) -> str:
    return " ".join(text.strip(_END).casefold().split())


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
