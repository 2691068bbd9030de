"""A task of Super-NaturalInstructions: a definition, examples, and instances that can be data.

Format: Wang et al. 2022, Super-NaturalInstructions (EMNLP).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instruct_ui.data.records import half_pair
from instruct_ui.errors import TemplateError
from instruct_ui.tasks import TaskName
from instruct_ui.templates.importing.given import Given
from instruct_ui.templates.importing.report import (
    Imported,
    ImportedTemplate,
    Names,
    Note,
    Refused,
    note,
    one_line,
)
from instruct_ui.templates.importing.rewriting import escaped
from instruct_ui.templates.template import parse

MAX_BYTES = 64 * 2**20
"""The largest of the published tasks have some tens of megabytes of instances."""
MOST_EXAMPLES = 4
_MOST_DEFINITIONS = 20
_MOST_LABELS = 20
_FEWEST_INSTANCES = 20
_MOST_OUTPUTS = 20
_WORDS = {
    "en": {"example": "Example {}", "input": "Input: {}", "output": "Output: {}"},
    "zh": {"example": "示例 {}", "input": "输入：{}", "output": "输出：{}"},
}


@dataclass(frozen=True, slots=True)
class Instance:
    input: str
    outputs: tuple[str, ...]
    """All that are right; at least one."""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Instructions:
    """A task file, as far as it can be used here."""

    definitions: tuple[str, ...]
    positive: tuple[Instance, ...]
    negative: int
    instances: tuple[Instance, ...]
    labels: tuple[str, ...]
    """The answers where all are of a small closed set; else none."""
    languages: tuple[str, ...]
    about: str
    """Where it comes from and what kind of task it is."""
    explained: bool = False
    unusable: int = 0
    """Examples and instances without an input or an output."""

    @property
    def language(self) -> str:
        """Of the inputs."""
        return "zh" if any("chinese" in name.casefold() for name in self.languages) else "en"


def read(given: Given, task: TaskName | None = None) -> Imported:
    """A template for each way in which the file defines its task.

    Raises TemplateError for a file of another form.
    """
    known = instructions(given)
    kind = task or ("text_classification" if known.labels else "generation")
    stem = Path(given.name).stem
    if kind not in ("generation", "text_classification") or (
        kind == "text_classification" and not known.labels
    ):
        reason = TemplateError("importing_task", task=kind, gold="output")
        return Imported((), (Refused(stem, reason),))
    names = Names()
    return Imported(
        tuple(
            _template(known, definition, kind, names.give(stem), given.name)
            for definition in known.definitions
        )
    )


def rows(given: Given, task: TaskName | None = None) -> list[dict[str, str]]:
    """The instances as rows: id with text and label, or with input, output, output_2, ..."""
    known = instructions(given)
    is_closed = bool(known.labels) and task != "generation"
    found: list[dict[str, str]] = []
    for instance in known.instances:
        row = {"id": instance.id} if instance.id else {}
        if is_closed:
            row |= {"text": instance.input, "label": instance.outputs[0]}
        else:
            row["input"] = instance.input
            for number, output in enumerate(instance.outputs[:_MOST_OUTPUTS], start=1):
                row["output" if number == 1 else f"output_{number}"] = output
        found.append(row)
    return found


def _labels(instances: Sequence[Instance]) -> tuple[str, ...]:
    """The answers where all are of a few that come again; else none."""
    given = [output for instance in instances for output in instance.outputs]
    different = sorted(set(given))
    few = 2 <= len(different) <= min(_MOST_LABELS, len(given) // 2)
    single = len(given) == len(instances) and not any("\n" in output for output in different)
    return tuple(different) if few and single and len(given) >= _FEWEST_INSTANCES else ()


def instructions(given: Given) -> Instructions:
    """Raises TemplateError for what is no JSON, or no task of this form."""
    plain = _parsed(given)
    if not isinstance(plain, dict):
        raise TemplateError("importing_not_instructions", where=given.name, field="Definition")
    definition = plain.get("Definition")
    told = [definition] if isinstance(definition, str) else definition
    definitions = tuple(d.strip() for d in _texts(told) if d.strip())
    for key, there in (
        ("Definition", bool(definitions)),
        ("Instances", isinstance(plain.get("Instances"), list)),
    ):
        if not there:
            raise TemplateError("importing_not_instructions", where=given.name, field=key)
    lists = {key: _list(plain.get(f"{key} Examples")) for key in ("Positive", "Negative")}
    positive = [_instance(example) for example in lists["Positive"]]
    told_instances = [_instance(instance) for instance in plain["Instances"]]
    instances = tuple(instance for instance in told_instances if instance is not None)
    about = [*_texts(plain.get("Categories")), *_texts(plain.get("Source"))]
    return Instructions(
        definitions=definitions[:_MOST_DEFINITIONS],
        positive=tuple(example for example in positive if example is not None),
        negative=len(lists["Negative"]),
        instances=instances,
        labels=_labels(instances),
        languages=tuple(_texts(plain.get("Input_language"))),
        about=", ".join(about),
        explained=any(isinstance(e, dict) and e.get("explanation") for e in lists["Positive"]),
        unusable=positive.count(None) + told_instances.count(None),
    )


def _parsed(given: Given) -> Any:
    try:
        half = half_pair(given.text)
        if half is not None:
            raise json.JSONDecodeError("half a surrogate pair", given.text, half)
        return json.loads(given.text)
    except json.JSONDecodeError as error:
        raise TemplateError(
            "importing_json", where=given.name, line=error.lineno, cause=error.msg
        ) from error
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        cause = "nested too deeply" if deep else str(error)[:200]
        raise TemplateError("importing_json", where=given.name, line=1, cause=cause) from error


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [text for text in _list(value) if isinstance(text, str)]


def _instance(plain: Any) -> Instance | None:
    """None for one without an input or an output."""
    if not isinstance(plain, dict):
        return None
    asked, told = plain.get("input"), plain.get("output")
    outputs = [told] if isinstance(told, str) else _texts(told)
    given = tuple(dict.fromkeys(o.strip() for o in outputs if o.strip()))
    if not isinstance(asked, str) or not asked.strip() or not given:
        return None
    name = plain.get("id")
    return Instance(asked.strip(), given, name if isinstance(name, str) else "")


def _template(
    known: Instructions, definition: str, task: TaskName, name: str, where: str
) -> ImportedTemplate:
    words = _WORDS[known.language]
    column = "text" if task == "text_classification" else "input"
    texts = [("instruction", escaped(definition))]
    if known.positive:
        texts.append(("instruction", escaped(_examples(known.positive[:MOST_EXAMPLES], words))))
    texts.append(("input", words["input"].format(f"{{{{ {column} }}}}")))
    texts.append(("answer", words["output"].format("").strip()))
    template = parse(
        {
            "name": name,
            "task": task,
            "language": known.language,
            "description": one_line(known.about),
            "blocks": [{"kind": kind, "text": text} for kind, text in texts],
            "label_words": dict(zip(known.labels, known.labels, strict=True))
            if task == "text_classification"
            else {},
        },
        where,
    )
    return ImportedTemplate(template, tuple(_notes(known, task)))


def _examples(examples: Sequence[Instance], words: Mapping[str, str]) -> str:
    return "\n\n".join(
        "\n".join(
            (
                words["example"].format(number),
                words["input"].format(example.input),
                words["output"].format(example.outputs[0]),
            )
        )
        for number, example in enumerate(examples, start=1)
    )


def _notes(known: Instructions, task: TaskName) -> list[Note]:
    notes = []
    if task == "text_classification":
        notes.append(note("closed_set", count=len(known.labels), labels=known.labels))
    if known.positive:
        shown = min(len(known.positive), MOST_EXAMPLES)
        notes.append(note("examples", shown=shown, left=len(known.positive) - shown))
    if known.explained:
        notes.append(note("explanations"))
    if known.negative:
        notes.append(note("negative", count=known.negative))
    if known.unusable:
        notes.append(note("unusable", count=known.unusable))
    if known.language == "en" and not all("english" in n.casefold() for n in known.languages):
        notes.append(note("language", languages=known.languages))
    return notes
