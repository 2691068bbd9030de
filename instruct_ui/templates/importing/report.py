"""What an import brought: templates, what changed on the way, and what could not be taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from instruct_ui.errors import TemplateError
from instruct_ui.templates.template import Template
from instruct_ui.texts import Language, say

MOST_NAME = 80
"""Characters of a template's name."""
_MOST_LINE = 200
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was changed, left out, or is to be known before the template is used."""

    key: str
    """An entry of `texts/importing.yaml`."""
    params: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: Language = "en") -> str:
        return say(f"importing.{self.key}", language, **self.params)


def note(key: str, **params: Any) -> Note:
    """Texts are cut to a line; several names become one text with commas between."""
    return Note(key, {name: _told(value) for name, value in params.items()})


def _told(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    return one_line(", ".join(map(str, value))) if isinstance(value, Iterable) else value


@dataclass(frozen=True, slots=True)
class ImportedTemplate:
    template: Template
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    name: str
    """As the file calls it."""
    reason: TemplateError


@dataclass(frozen=True, slots=True)
class Imported:
    templates: tuple[ImportedTemplate, ...]
    refused: tuple[Refused, ...] = ()
    """Templates that could not be carried over at all."""


class Names:
    """Names for templates, no two alike."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, *words: str) -> str:
        """`GPT-3 style?` becomes `gpt-3-style`, the next one of that name `gpt-3-style-2`."""
        parts = [part for word in words for part in _BETWEEN_WORDS.split(word.casefold()) if part]
        stem = "-".join(parts)[:MOST_NAME].strip("-") or "template"
        name, number = stem, 1
        while name in self._given:
            number += 1
            end = f"-{number}"
            name = stem[: MOST_NAME - len(end)].rstrip("-") + end
        self._given.add(name)
        return name


def one_line(text: str) -> str:
    """`text` without its line ends, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_LINE else f"{line[: _MOST_LINE - 2].rstrip()} …"
