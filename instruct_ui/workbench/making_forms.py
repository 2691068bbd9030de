"""How a new row is asked for: what is given (a label, labels, an answer, entities) and the text
that a model is to write for it; and how the two become a row.

Each task becomes one of writing: the given is the input, the row's text the output. So the prompt
is a template of the task `generation`, and the training rows are its examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import pyarrow.compute as pc

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.made import Fault
from instruct_ui.data.words import words_of
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.answers import read_back, written
from instruct_ui.templates.template import Block, Template
from instruct_ui.texts import Language

_FORMS: dict[TaskName, dict[str, tuple[str, str, str]]] = {
    "text_classification": {
        "en": (
            "Each text belongs to the label above it. Write one more text for the last label: "
            "as somebody else would write it, about another case than the texts before.",
            "Label",
            "Text",
        ),
        "zh": (
            "下面每段文本都属于它上方的标签。请为最后一个标签再写一段文本：换一个人来写，说另一件事，"
            "不要重复前面的内容。",
            "标签",
            "文本",
        ),
    },
    "multi_label": {
        "en": (
            "Each text belongs to all of the labels above it. Write one more text for the last "
            "labels: as somebody else would write it, about another case than the texts before.",
            "Labels",
            "Text",
        ),
        "zh": (
            "下面每段文本都同时属于它上方的各个标签。请为最后一组标签再写一段文本：换一个人来写，"
            "说另一件事，不要重复前面的内容。",
            "标签",
            "文本",
        ),
    },
    "answer_retrieval": {
        "en": (
            "Each question is answered by the answer above it. Write one more question that the "
            "last answer answers: as somebody else would ask, in other words.",
            "Answer",
            "Question",
        ),
        "zh": (
            "下面每个问题都可以用它上方的回答来解答。请为最后一个回答再写一个问题：换一个人来问，"
            "换一种说法。",
            "回答",
            "问题",
        ),
    },
    "token_classification": {
        "en": (
            "Each sentence has the names above it in it, written the same way. Write one more "
            "sentence with the last names in it, and no other names.",
            "Names",
            "Sentence",
        ),
        "zh": (
            "下面每个句子都原样包含它上方的实体。请再写一个句子，包含最后列出的实体，不要出现别的实体。",
            "实体",
            "句子",
        ),
    },
}
TASKS: tuple[TaskName, ...] = tuple(_FORMS)
"""Tasks for which rows can be made."""


def instruction_of(task: TaskName, language: str) -> str:
    """What the model is told to do, unless a person words it otherwise."""
    return _FORMS[task]["zh" if language == "zh" else "en"][0]


def form_of(task: TaskName, language: str, instruction: str = "") -> Template:
    """The prompt, as a template whose input is what is given and whose answer is a row's text."""
    spoken: Language = "zh" if language == "zh" else "en"
    told, given, text = _FORMS[task][spoken]
    colon = "：" if spoken == "zh" else ": "
    return Template(
        name="new-rows",
        task="generation",
        language=spoken,
        blocks=(
            Block(kind="instruction", text=instruction.strip() or told),
            Block(
                kind="examples",
                text=f"{given}{colon}{{{{ input }}}}\n{text}{colon}{{{{ answer }}}}",
            ),
            Block(kind="input", text=f"{given}{colon}{{{{ input }}}}"),
            Block(kind="answer", text=f"{text}{colon.rstrip()}"),
        ),
    )


def given_of(task: TaskName, language: str, row: Example) -> str:
    """What a row would be asked for by: its label, labels, answer, or entities with their types."""
    return one_line(written(_speaker(task, language), row))


def shot_of(task: TaskName, language: str, row: Example) -> Example:
    """A training row as an example of the writing task."""
    return Example(row.row, given_of(task, language, row), gold=(one_line(row.text),))


def one_line(text: str) -> str:
    """The answer ends with its line, so no example has two."""
    return " ".join(text.split())


class RowReader:
    """Makes rows of one data set out of texts and what these were given."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._speaker = _speaker(dataset.task, dataset.language)

    def row(self, text: str, now: str, given: str, gold: Sequence[str]) -> Example | Fault:
        """The row of a text that is `now` given this; `given` and `gold` are what it was asked for
        by, which need not be read back. A fault where `now` says nothing the data knows, or its
        entities do not stand in the text."""
        if not text.strip():
            return Fault("blank")
        row = Example(row=-1, text=text)
        match REGISTRY[self._dataset.task].gold.shape:
            case "label" if now in self._dataset.labels:
                return replace(row, label=now)
            case "labels" if now == given:
                return replace(row, gold=tuple(gold))
            case "text":
                return replace(row, gold=tuple(gold))
            case "tags":
                tokens = self._tokens(text)
                glue = "" if self._dataset.language == "zh" else " "
                row = replace(row, text=glue.join(tokens), tokens=tokens)
        found = read_back(self._speaker, row, self._dataset.labels, now)
        if not found.readable:
            return Fault("entities" if row.tokens else "label", {"given": now})
        return replace(row, label=found.label, tags=found.tags, gold=found.parts)

    def _tokens(self, text: str) -> tuple[str, ...]:
        """The words of a sentence as the data has them: what stands between blanks is one where a
        training row has it as one (`R.`, `1,200`)."""
        language = self._dataset.language
        if language == "zh":
            return words_of(text, language)
        found: list[str] = []
        for piece in text.split():
            found += [piece] if piece in self._vocabulary else words_of(piece, language)
        return tuple(found)

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        tokens = pc.list_flatten(self._dataset.train.column("tokens"))
        return frozenset(pc.unique(tokens).to_pylist())


def _speaker(task: TaskName, language: str) -> Template:
    """Writes and reads gold with labels as their own words."""
    return Template(
        name="made",
        task=task,
        language="zh" if language == "zh" else "en",
        blocks=(Block(kind="input", text="{{ text }}"),),
    )
