"""The data sets that come with the project, written for it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from instruct_ui.errors import DataError
from instruct_ui.spec import DataSpec, SplitShares
from instruct_ui.tasks import TaskName

_FOLDER = Path(__file__).parent / "samples"
_SHARES = SplitShares(train=0.5, validation=0.1, test=0.4)
"""Small sets need a large test share: on 30 rows hardly any difference is more than luck."""


@dataclass(frozen=True, slots=True)
class Sample:
    key: str
    file: str
    task: TaskName
    language: Literal["en", "zh"]
    rows: int
    """Texts, or sentences."""
    columns: tuple[tuple[str, str | int], ...]
    """Role and column, to start with."""
    template: str = ""
    """Library template to start with; "" where the library has none for the task yet."""
    group: str = ""
    """Column whose rows stay in one split."""

    @property
    def title(self) -> str:
        """Text key."""
        return f"samples.{self.key}_title"

    @property
    def description(self) -> str:
        """Text key."""
        return f"samples.{self.key}_description"

    @property
    def path(self) -> Path:
        return _FOLDER / self.file

    def data(self) -> DataSpec:
        grouped = {"by": "group", "column": self.group} if self.group else {}
        split = _SHARES.model_copy(update=grouped)
        return DataSpec(file=self.path, split=split, columns=dict(self.columns))


_ALL = (
    Sample(
        key="support_intents",
        file="support_intents.csv",
        task="text_classification",
        language="en",
        rows=320,
        columns=(("text", "message"), ("label", "intent")),
        template="intent",
    ),
    Sample(
        key="finance_opinion_zh",
        file="finance_opinion_zh.csv",
        task="text_classification",
        language="zh",
        rows=240,
        columns=(("text", "文本"), ("label", "情感")),
        template="sentiment-zh",
    ),
    Sample(
        key="finance_columns_zh",
        file="finance_opinion_zh.csv",
        task="text_classification",
        language="zh",
        rows=240,
        columns=(("text", "文本"), ("label", "情感"), ("label_2", "主题")),
        template="any-label-zh",
    ),
    Sample(
        key="news_names_en",
        file="news_names_en.conll",
        task="token_classification",
        language="en",
        rows=150,
        columns=(("tokens", 0), ("tags", 1)),
        template="ner",
    ),
    Sample(
        key="news_names_zh",
        file="news_names_zh.conll",
        task="token_classification",
        language="zh",
        rows=150,
        columns=(("tokens", 0), ("tags", 1)),
        template="ner-zh",
    ),
    Sample(
        key="relations",
        file="relations.csv",
        task="relation_classification",
        language="en",
        rows=120,
        columns=(("text", "sentence"), ("label", "relation")),
        template="relation",
    ),
    Sample(
        key="questions_en",
        file="questions_en.json",
        task="question_answering",
        language="en",
        rows=90,
        columns=(("passage", "passage"), ("question", "question"), ("answers", "answers")),
        template="answer-from-passage",
        group="passage",
    ),
    Sample(
        key="questions_zh",
        file="questions_zh.json",
        task="question_answering",
        language="zh",
        rows=90,
        columns=(("passage", "passage"), ("question", "question"), ("answers", "answers")),
        template="answer-from-passage-zh",
        group="passage",
    ),
    Sample(
        key="summaries",
        file="summaries.jsonl",
        task="summarization",
        language="en",
        rows=40,
        columns=(("text", "document"), ("summary", "summary")),
        template="one-sentence",
    ),
    Sample(
        key="service_dialogues_zh",
        file="service_dialogues_zh.jsonl",
        task="dialogue",
        language="zh",
        rows=60,
        columns=(("turns", "turns"), ("answer", "answer")),
        template="next-turn-zh",
    ),
    Sample(
        key="translations",
        file="translations.tsv",
        task="translation",
        language="en",
        rows=80,
        columns=(("source", "english"), ("target", "chinese")),
        template="translate",
    ),
    Sample(
        key="question_pairs",
        file="question_pairs.csv",
        task="text_pair",
        language="en",
        rows=100,
        columns=(("text", "question1"), ("text_2", "question2"), ("label", "label")),
        template="same-meaning",
    ),
    Sample(
        key="inference_zh",
        file="inference_zh.csv",
        task="text_pair",
        language="zh",
        rows=60,
        columns=(("text", "前提"), ("text_2", "假设"), ("label", "标签")),
        template="consistency-zh",
    ),
    Sample(
        key="review_aspects_zh",
        file="review_aspects_zh.jsonl",
        task="multi_label",
        language="zh",
        rows=100,
        columns=(("text", "评价"), ("labels", "标签")),
        template="topics-zh",
    ),
    Sample(
        key="company_facts",
        file="company_facts.jsonl",
        task="relation_triples",
        language="en",
        rows=60,
        columns=(("text", "text"), ("triples", "triples")),
        template="facts",
    ),
    Sample(
        key="library_answers",
        file="library_answers.csv",
        task="answer_retrieval",
        language="en",
        rows=100,
        columns=(("question", "question"), ("answer", "answer")),
        template="best-answer",
    ),
    Sample(
        key="plant_answers_zh",
        file="plant_answers_zh.csv",
        task="answer_retrieval",
        language="zh",
        rows=40,
        columns=(("question", "问题"), ("answer", "回答")),
        template="best-answer-zh",
    ),
    Sample(
        key="instructions",
        file="instructions.jsonl",
        task="generation",
        language="en",
        rows=60,
        columns=(("input", "input"), ("output", "output")),
        template="follow",
    ),
    Sample(
        key="instructions_zh",
        file="instructions_zh.jsonl",
        task="generation",
        language="zh",
        rows=40,
        columns=(("input", "指令"), ("output", "输出")),
        template="follow-zh",
    ),
    Sample(
        key="common_sense",
        file="common_sense.jsonl",
        task="generation",
        language="en",
        rows=50,
        columns=(("input", "input"), ("output", "output"), ("choices", "choices")),
        template="likely-ending",
    ),
    Sample(
        key="common_sense_zh",
        file="common_sense_zh.jsonl",
        task="generation",
        language="zh",
        rows=40,
        columns=(("input", "情境"), ("output", "结果"), ("choices", "选项")),
        template="likely-ending-zh",
    ),
)
SAMPLES = MappingProxyType({sample.key: sample for sample in _ALL})


def sample_named(key: str) -> Sample:
    """Raises DataError for a key that is not there."""
    if key not in SAMPLES:
        raise DataError("data_no_sample", sample=key, samples=", ".join(SAMPLES))
    return SAMPLES[key]
