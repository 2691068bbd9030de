"""SQuAD: questions about passages, data[].paragraphs[].qas[]; one row a question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruct_ui.data.encodings import Text
from instruct_ui.data.records import Columns, cells
from instruct_ui.data.table import Table, counting
from instruct_ui.errors import DataError


class _WrongError(Exception):
    """What was expected at a place, and what is there."""

    def __init__(self, place: str, wanted: str, found: object) -> None:
        self.place, self.wanted, self.found = place, wanted, found


def looks_like_squad(value: object) -> bool:
    """An object with a list `data` whose first entry has `paragraphs`."""
    data = value.get("data") if isinstance(value, dict) else None
    return (
        isinstance(data, list)
        and bool(data)
        and isinstance(data[0], dict)
        and isinstance(data[0].get("paragraphs"), list)
    )


def read_squad(value: object, text: Text) -> Table:
    """Columns passage, question, answers (JSON text; `[]` where there is none in the passage, empty
    where the file does not say), id and title. Offsets are not checked.

    Raises DataError naming the place that has another shape.
    """
    columns = Columns(text.name)
    try:
        columns.add(_cells(row, place) for place, row in _questions(value))
    except _WrongError as wrong:
        raise DataError(
            "data_squad_shape",
            file=text.name,
            place=wrong.place,
            wanted=wrong.wanted,
            found="null" if wrong.found is None else type(wrong.found).__name__,
        ) from wrong
    except ValueError as error:
        raise DataError("data_json_value", file=text.name, cause=str(error)) from error
    if not len(columns):
        raise DataError("data_empty", file=text.name)
    return Table(
        name=text.name,
        format="squad",
        encoding=text.encoding,
        separator="",
        header=True,
        data=columns.data(),
        lines=counting(len(columns)),
    )


def _cells(row: dict[str, Any], place: str) -> dict[str, str]:
    try:
        return cells(row)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def _questions(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, entry in _listed(_dict(value, "."), "data", ""):
        title = _optional(entry, "title", at)
        for beneath, paragraph in _listed(entry, "paragraphs", at):
            passage = _text(paragraph, "context", beneath)
            for place, asked in _listed(paragraph, "qas", beneath):
                yield (
                    place,
                    {
                        "passage": passage,
                        "question": _text(asked, "question", place),
                        "answers": _answers(asked, place),
                        "id": _optional(asked, "id", place),
                        "title": title,
                    },
                )


def _answers(asked: dict[str, Any], place: str) -> list[dict[str, Any]] | None:
    if asked.get("is_impossible") is True:
        return []
    if asked.get("answers") is None:
        return None
    answers = []
    for at, answer in _listed(asked, "answers", place):
        start = answer.get("answer_start", -1)
        if type(start) is not int:
            raise _WrongError(f"{at}.answer_start", '"answer_start": 0', start)
        answers.append({"text": _text(answer, "text", at), "start": start})
    return answers


def _listed(there: dict[str, Any], key: str, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in the list `key`, and where they stand."""
    at = f"{place}.{key}".lstrip(".")
    values = there.get(key)
    if not isinstance(values, list):
        raise _WrongError(at, f'"{key}": [{{...}}]', values)
    for number, value in enumerate(values):
        yield f"{at}[{number}]", _dict(value, f"{at}[{number}]")


def _dict(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongError(place, "{...}", value)
    return value


def _text(there: dict[str, Any], key: str, place: str) -> str:
    value = there.get(key)
    if not isinstance(value, str):
        raise _WrongError(f"{place}.{key}", f'"{key}": "..."', value)
    return value


def _optional(there: dict[str, Any], key: str, place: str) -> str:
    """An id may be a number, or not be there at all."""
    value = there.get(key)
    if value is None or type(value) is int:
        return "" if value is None else str(value)
    return _text(there, key, place)
