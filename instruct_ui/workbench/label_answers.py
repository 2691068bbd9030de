"""Answers to texts: from what a person marked to what is kept, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from instruct_ui.data.dataset import Example
from instruct_ui.data.tags import spans as spans_of
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.agreement import agreement
from instruct_ui.storage.records import LabelKind
from instruct_ui.workbench.label_texts import words_with_gaps
from instruct_ui.workbench.label_views import Compared, Differing, Given, Span, shown

Answer = Mapping[str, Any]
"""As it is kept: `{"label": ...}` or `{"tokens": [...], "tags": [...]}`."""
NAME_LIMIT, NAMES_LIMIT = 60, 100
_SHOWN = 20
_CHARACTERS = 200


def clean_name(name: str, kind: LabelKind, taken: Sequence[str]) -> str:
    """Raises RequestError for an empty or endless name, one that is there, or one too many."""
    # An entity type becomes part of a tag, which has no blanks.
    clean = ("_" if kind == "tags" else " ").join(name.split())
    if not clean or len(clean) > NAME_LIMIT:
        raise RequestError("label_name_empty", limit=NAME_LIMIT)
    if clean.casefold() in {other.casefold() for other in taken}:
        raise RequestError("label_name_twice", name=clean)
    if len(taken) >= NAMES_LIMIT:
        raise RequestError("label_names_many", limit=NAMES_LIMIT)
    return clean


def answer_of(
    given: Given, kind: LabelKind, names: Sequence[str], example: Example, language: str
) -> Answer:
    """What is kept of it. Raises RequestError for a name or a span that is not there."""
    used = {span[2] for span in given.spans} if kind == "tags" else {given.label or ""}
    unknown = sorted(used.difference(names))
    if unknown:
        raise RequestError("label_name_unknown", name=unknown[0])
    if kind == "label":
        return {"label": given.label}
    tokens = [word for _, word in words_with_gaps(example, language)]
    return {"tokens": tokens, "tags": _tags(given.spans, len(tokens))}


def _tags(spans: Sequence[Span], count: int) -> list[str]:
    tags = ["O"] * count
    for start, end, kind in spans:
        if not 0 <= start < end <= count or any(tag != "O" for tag in tags[start:end]):
            raise RequestError("label_spans_wrong", count=count)
        tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return tags


def given_of(answer: Answer | None) -> Given | None:
    if answer is None:
        return None
    if "tags" in answer:
        return Given(spans=tuple((a, b, kind) for kind, a, b in spans_of(answer["tags"])))
    return Given(answer["label"])


def renamed(answer: Answer, old: str, new: str | None) -> Answer | None:
    """The answer with a label called anew; None where it is left with none."""
    if "label" in answer:
        if answer["label"] != old:
            return answer
        return None if new is None else {"label": new}
    called = {f"{p}-{old}": "O" if new is None else f"{p}-{new}" for p in "BI"}
    return {**answer, "tags": [called.get(tag, tag) for tag in answer["tags"]]}


def names_with(names: Sequence[str], old: str, new: str | None) -> list[str]:
    """The names with one called anew, or without it. Raises RequestError where it is not there."""
    if old not in names:
        raise RequestError("label_name_unknown", name=old)
    called = (new if name == old else name for name in names)
    return [name for name in called if name is not None]


def counted(answers: Sequence[Answer], names: Sequence[str]) -> dict[str, int]:
    """Rows a label, entities a type; in the order of the names."""
    found: Counter[str] = Counter()
    for answer in answers:
        if "tags" in answer:
            found.update(kind for kind, _, _ in spans_of(answer["tags"]))
        else:
            found[answer["label"]] += 1
    return {name: found[name] for name in names}


def fault(answers: Sequence[Answer], least: int) -> RequestError | None:
    """Why nothing can be learnt from these answers."""
    if len(answers) < least:
        return RequestError("labels_few", count=len(answers), least=least)
    if "tags" in answers[0]:
        none = all(tag == "O" for answer in answers for tag in answer["tags"])
        return RequestError("labels_no_entities") if none else None
    return RequestError("labels_one") if len({a["label"] for a in answers}) < 2 else None


def compared(
    pairs: Sequence[tuple[str, Example, Answer, Answer]], language: str
) -> Compared | None:
    """(key, row, first answer, second answer) of texts labelled twice; entities word by word."""
    pairs = [p for p in pairs if len(_units(p[2])) == len(_units(p[3]))]
    if not pairs:
        return None
    first = [unit for _, _, answer, _ in pairs for unit in _units(answer)]
    second = [unit for _, _, _, answer in pairs for unit in _units(answer)]
    differing = [p for p in pairs if _units(p[2]) != _units(p[3])]
    told = tuple(
        Differing(key, example.text[:_CHARACTERS], *_said(example, (a, b), language))
        for key, example, a, b in differing[:_SHOWN]
    )
    return Compared(agreement(first, second), len(pairs), told, len(differing))


def _said(example: Example, answers: tuple[Answer, Answer], language: str) -> tuple[str, str]:
    words = words_with_gaps(example, language)
    first, second = (shown(given_of(answer) or Given(), words) for answer in answers)
    return first, second


def _units(answer: Answer) -> list[str]:
    """What is compared: the label, or the type of every word."""
    if "tags" in answer:
        return [tag[2:] or "O" for tag in answer["tags"]]
    return [answer["label"]]
