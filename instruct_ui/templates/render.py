"""A template and a row make a prompt: segments by block, in jinja2's sandbox.

The sandbox keeps a template from reaching Python's insides; it does not keep it from asking for
too much time or memory. So this runs in the preview process (`instruct_ui.preview`), never in
the page. Source of the separators: blocks stand a blank line apart, the answer form on a line of
its own under the input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2 import Template as Compiled
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.answers import written
from instruct_ui.templates.prompt import Prompt, Segment
from instruct_ui.templates.template import Block, Template

MOST_CHARACTERS = 200_000
"""Most characters one block may render to."""

_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
)
_ENVIRONMENT.globals.pop("lipsum")  # a text generator of jinja2 that no template needs
_GOLD_NAMES = ("label", "tags", "entities")

Watch = Callable[[int], None]
"""Told the position of a block before it renders, so that an overrun can be named."""


@lru_cache(maxsize=256)
def _compile(text: str) -> Compiled:
    return _ENVIRONMENT.from_string(text)


def render(
    template: Template,
    example: Example,
    labels: Sequence[str],
    shots: Sequence[Example] = (),
    watch: Watch = lambda block: None,
) -> Prompt:
    """What the model reads for `example`, up to where its answer begins.

    The row's gold is not among the variables, so no template can show it; only an examples block
    sees the gold of its shots. Raises TemplateError naming the block and what is wrong.
    """
    segments: list[Segment] = []
    hidden = gold_names(template.task)
    for position, block in enumerate(template.blocks):
        watch(position)
        if block.kind == "examples":
            segments += [
                Segment(
                    "examples",
                    n,
                    _fill(block, position, _shot_fields(template, s, labels)),
                    position,
                )
                for n, s in enumerate(shots, start=1)
            ]
            continue
        text = _fill(block, position, _fields(template, example, labels), hidden)
        number = 1 + sum(s.kind == block.kind for s in segments)
        segments.append(Segment(block.kind, number, text, position))
    return Prompt(_joined([s for s in segments if s.text]))


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


def _fields(template: Template, example: Example, labels: Sequence[str]) -> dict[str, Any]:
    hidden = gold_names(template.task)
    fields = {k: v for k, v in example.fields.items() if k not in hidden}
    return {
        **fields,
        "row": dict(fields),
        REGISTRY[template.task].roles[0].name: example.text,
        "text": example.text,
        "labels": [template.word(label) for label in labels],
    }


def _shot_fields(template: Template, shot: Example, labels: Sequence[str]) -> dict[str, Any]:
    fields = _fields(template, shot, labels)
    gold = written(template, shot)
    return fields | {name: gold for name in gold_names(template.task) if name not in fields}


def _fill(
    block: Block, position: int, fields: dict[str, Any], hidden: Sequence[str] = _GOLD_NAMES
) -> str:
    where = {"block": position + 1, "kind": block.kind}
    try:
        text = _compile(block.text).render(fields)
    except TemplateSyntaxError as error:
        raise TemplateError(
            "template_syntax", **where, line=error.lineno, cause=error.message
        ) from error
    except UndefinedError as error:
        raise _undefined(error, where, fields, hidden) from error
    except SecurityError as error:
        raise TemplateError("template_unsafe", **where, cause=str(error)) from error
    except (MemoryError, RecursionError) as error:
        raise TemplateError("template_too_much", **where) from error
    except Exception as error:  # a template can raise anything
        raise TemplateError(
            "template_failed", **where, cause=f"{type(error).__name__}: {error}"[:300]
        ) from error
    if len(text) > MOST_CHARACTERS:
        raise TemplateError("template_too_much", **where)
    return text


def _undefined(
    error: UndefinedError, where: dict[str, Any], fields: dict[str, Any], hidden: Sequence[str]
) -> TemplateError:
    missing = str(error.message or "").split("'")[1:2]
    name = missing[0] if missing else ""
    if name in hidden:
        return TemplateError("template_gold", **where, name=name)
    known = ", ".join(k for k in fields if k != "row")
    return TemplateError("template_unknown_field", **where, name=name or str(error), known=known)


def _joined(segments: list[Segment]) -> tuple[Segment, ...]:
    """Each segment with what parts it from the next, so that the texts joined are the prompt."""
    out: list[Segment] = []
    for segment, after in zip(segments, [*segments[1:], None], strict=True):
        gap = "" if after is None else "\n" if after.kind == "answer" else "\n\n"
        text = segment.text.rstrip("\n") if after is not None else segment.text
        out.append(Segment(segment.kind, segment.number, text + gap, segment.block))
    return tuple(out)
