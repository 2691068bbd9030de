"""A template and a row make a prompt: segments by block, in a sandbox (`templates.sandbox`).

The sandbox keeps a template from reaching Python's insides; it does not keep it from asking for
too much time or memory. So this runs in the preview process (`instruct_ui.preview`), never in
the page. Source of the separators: blocks stand a blank line apart, the answer form on a line of
its own under the input.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from jinja2 import Template as Compiled
from jinja2 import TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.answers import written
from instruct_ui.templates.prompt import Prompt, Segment
from instruct_ui.templates.sandbox import MOST_CHARACTERS, Sandbox, TooMuch
from instruct_ui.templates.template import Block, BlockKind, Template

__all__ = ["MOST_CHARACTERS", "Piece", "Rendering", "describe", "gold_names", "render", "variables"]

_ENVIRONMENT = Sandbox()
_GOLD_NAMES = ("label", "tags", "entities")
_JINJA = re.compile(r"\{[{%#]")
_MOST_OF_A_CAUSE = 300
_MISSING = re.compile(r"has no attribute '(.*)'$|^'(.*)' is undefined$")

Watch = Callable[[int], None]
"""Told the position of a block before it renders, so that an overrun can be named."""
Piece = tuple[BlockKind, int, str, int]
"""What a segment is made of: kind, number, text, position of its block."""


@lru_cache(maxsize=256)
def _compile(text: str) -> Compiled:
    compiled = _ENVIRONMENT.from_string(text)
    # Copied for every row: a plain dict in a tenth of the time of jinja's chain of maps.
    compiled.globals = dict(compiled.globals)
    return compiled


class Rendering:
    """A template made ready for many rows: what is the same for all of them is filled in once."""

    def __init__(
        self,
        template: Template,
        labels: Sequence[str],
        shots: Sequence[Example] = (),
        watch: Watch = lambda block: None,
    ) -> None:
        self._template = template
        self._shots = shots
        self._watch = watch
        self._words = [template.word(label) for label in labels]
        self._hidden = gold_names(template.task)
        self._role = REGISTRY[template.task].roles[0].name
        self._fixed = {
            position
            for position, block in enumerate(template.blocks)
            if block.kind == "examples" or not _JINJA.search(block.text)
        }
        self._same: dict[int, list[Piece]] = {}
        seen: Counter[str] = Counter()
        self._numbers: list[int] = []
        for block in template.blocks:
            seen[block.kind] += 1
            self._numbers.append(seen[block.kind])

    def prompt(self, example: Example) -> Prompt:
        """What the model reads for `example`, up to where its answer begins.

        The row's gold is not among the variables, so no template can show it; only an examples
        block sees the gold of its shots. Raises TemplateError naming the block and what is wrong.
        """
        return Prompt(tuple(Segment(*piece) for piece in self.pieces(example)))

    def pieces(self, example: Example) -> list[Piece]:
        """The segments of `prompt` as plain tuples, which are made and sent sooner."""
        fields = self._fields(example)
        pieces: list[Piece] = []
        for position, block in enumerate(self._template.blocks):
            found = self._same.get(position)
            if found is None:
                self._watch(position)
                found = self._filled(block, position, fields)
                if position in self._fixed:
                    self._same[position] = found
            pieces += found
        return _parted(pieces)

    def _filled(self, block: Block, position: int, fields: dict[str, Any]) -> list[Piece]:
        if block.kind == "examples":
            texts = [_fill(block, position, self._shot_fields(shot)) for shot in self._shots]
            numbered = list(enumerate(texts, start=1))
        else:
            text = _fill(block, position, fields, self._hidden)
            numbered = [(self._numbers[position], text)]
        return [(block.kind, number, text, position) for number, text in numbered if text]

    def _fields(self, example: Example) -> dict[str, Any]:
        fields = {k: v for k, v in example.fields.items() if k not in self._hidden}
        return {
            **fields,
            "row": fields,
            self._role: example.text,
            "text": example.text,
            "labels": self._words,
        }

    def _shot_fields(self, shot: Example) -> dict[str, Any]:
        fields = self._fields(shot)
        gold = written(self._template, shot)
        return fields | {name: gold for name in self._hidden if name not in fields}


def render(
    template: Template,
    example: Example,
    labels: Sequence[str],
    shots: Sequence[Example] = (),
    watch: Watch = lambda block: None,
) -> Prompt:
    """The prompt of one row; of many, `Rendering` makes them sooner."""
    return Rendering(template, labels, shots, watch).prompt(example)


def describe(template: Template, labels: Sequence[str]) -> tuple[str, ...]:
    """The text an encoder compares with, for every label in order."""
    block = Block(kind="input", text=template.label_description)
    return tuple(_fill(block, -1, {"label": template.word(label)}) for label in labels)


def variables(task: TaskName, example: Example) -> tuple[str, ...]:
    """The names a block may use for this row, the gold's left out."""
    own = [name for name in example.fields if name not in ("row", "labels")]
    first = REGISTRY[task].roles[0].name
    read = () if first == "tokens" else (first,)
    return tuple(dict.fromkeys((*read, *own, "text", "labels")))


def gold_names(task: TaskName) -> tuple[str, ...]:
    """What only an examples block knows: the shot's gold as an answer, and its older names."""
    gold = REGISTRY[task].gold.name
    return tuple(dict.fromkeys(("answer", *_GOLD_NAMES, *(() if gold == "labels" else (gold,)))))


def _fill(
    block: Block, position: int, fields: dict[str, Any], hidden: Sequence[str] = _GOLD_NAMES
) -> str:
    where = {"block": position + 1, "kind": block.kind}
    try:
        text = _compile(block.text).render(fields)
        text.encode()  # half a character is no text that a model could read
    except TemplateSyntaxError as error:
        cause = _short(str(error.message))
        raise TemplateError("template_syntax", **where, line=error.lineno, cause=cause) from error
    except UndefinedError as error:
        raise _undefined(error, where, fields, hidden) from error
    except SecurityError as error:
        raise TemplateError("template_unsafe", **where, cause=_short(str(error))) from error
    except (TooMuch, MemoryError, RecursionError) as error:
        raise TemplateError("template_too_much", **where) from error
    except Exception as error:  # a template can raise anything
        cause = _short(f"{type(error).__name__}: {error}")
        raise TemplateError("template_failed", **where, cause=cause) from error
    return text


def _short(text: str) -> str:
    """A message of jinja's may hold all that the template wrote."""
    return text if len(text) <= _MOST_OF_A_CAUSE else text[:_MOST_OF_A_CAUSE] + "…"


def _undefined(
    error: UndefinedError, where: dict[str, Any], fields: dict[str, Any], hidden: Sequence[str]
) -> TemplateError:
    missing = _MISSING.search(str(error.message))
    name = _short((missing[1] or missing[2] or "") if missing else str(error))
    if name in hidden:
        return TemplateError("template_gold", **where, name=name)
    known = ", ".join(k for k in fields if k != "row")
    return TemplateError("template_unknown_field", **where, name=name, known=known)


def _parted(pieces: list[Piece]) -> list[Piece]:
    """Each with what parts it from the next, so that the texts joined are the prompt."""
    out: list[Piece] = []
    for (kind, number, text, block), after in zip_longest(pieces, pieces[1:]):
        if after is not None:
            text = text.rstrip("\n") + ("\n" if after[0] == "answer" else "\n\n")
        out.append((kind, number, text, block))
    return out
