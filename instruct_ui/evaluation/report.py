"""The report of one run, as it lies in report.json."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from instruct_ui.errors import DataError
from instruct_ui.evaluation import classification, sequence, written
from instruct_ui.evaluation.counts import scored
from instruct_ui.evaluation.intervals import intervals
from instruct_ui.evaluation.predictions import Predictions, headline_of
from instruct_ui.evaluation.scores import Confusion, ConstraintScore, LabelScore, TaskScores
from instruct_ui.tasks import TaskName


class Report(BaseModel):
    """Frozen; the keys are those of report.json. Scores in [0, 1], times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: TaskName
    model: str
    approach: dict[str, Any]
    rows: int
    """Rows scored; rows without gold are in `facts`."""
    metrics: dict[str, float]
    labels: tuple[LabelScore, ...] = ()
    """NER: the entity types, strict; none where answers are texts."""
    token_labels: tuple[LabelScore, ...] | None = None
    """NER only: one entry a tag, O included."""
    intervals: dict[str, tuple[float, float]]
    """95 %; see `evaluation.intervals` for how."""
    confusion: Confusion | None = None
    """None where answers are no labels."""
    columns: tuple[str, ...] = ()
    """Where a row has a label in each of several columns: their names. `labels` are then
    `column=label`, the headline metric is whether all are right."""
    unreadable_answers: int = 0
    """Rows whose written answer could not be read back; they count as wrong."""
    constraints: tuple[ConstraintScore, ...] = ()
    seconds: dict[str, float]
    """load, train, predict."""
    tokens_per_second: float
    data_sha256: str
    versions: dict[str, str]
    seed: int
    facts: dict[str, str | bool | int | float] = {}
    """What was decided or left out on the way (chat frame, number format, rows skipped)."""

    @property
    def headline(self) -> str:
        """The metric a comparison is decided on."""
        return headline_of(self.task, self.metrics)

    @property
    def leaked_rows(self) -> int:
        """Test rows whose text stands in the training data too; they make the figures of whatever
        learns from it too good. 0 where nothing was learnt."""
        if self.approach.get("kind") == "zero_shot":
            return 0
        return int(self.facts.get("leaked_rows", 0))

    def to_json(self) -> str:
        plain = self.model_dump(mode="json")
        if self.token_labels is None:
            del plain["token_labels"]
        return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "report.json") -> Report:
        """Raises DataError where the text is no report."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(p) for p in first["loc"]) or "(top)"
            raise DataError(
                "evaluation_not_a_report", where=where, cause=f"{place}: {first['msg']}"
            ) from error


def make_report(
    predictions: Predictions,
    *,
    model: str,
    approach: Mapping[str, Any],
    seconds: Mapping[str, float],
    tokens_per_second: float,
    data_sha256: str,
    versions: Mapping[str, str],
    seed: int,
    facts: Mapping[str, str | bool | int | float],
    constraints: Mapping[int, str] = MappingProxyType({}),
) -> Report:
    """Scores and intervals of `predictions` with what is needed to run it again.

    `constraints`: position of a block whose check was made -> its text. Raises RequestError where
    no row has gold.
    """
    scores = _scores(predictions)
    rows = len(scored(predictions))
    unscored = len(predictions.rows) - rows
    return Report(
        task=predictions.task,
        model=model,
        approach=dict(approach),
        rows=rows,
        metrics=scores.metrics,
        labels=scores.labels,
        token_labels=scores.token_labels,
        intervals=intervals(predictions, seed),
        confusion=scores.confusion,
        columns=predictions.columns,
        unreadable_answers=sum(not row.answer.readable for row in predictions.rows),
        constraints=tuple(
            ConstraintScore(
                block=block,
                text=text,
                kept=sum(block not in row.broken for row in predictions.rows),
                rows=len(predictions.rows),
            )
            for block, text in constraints.items()
        ),
        seconds=dict(seconds),
        # JSON has no infinity, which a run too short to time would give.
        tokens_per_second=tokens_per_second if math.isfinite(tokens_per_second) else 0.0,
        data_sha256=data_sha256,
        versions=dict(versions),
        seed=seed,
        facts=dict(facts) | ({"rows_without_gold": unscored} if unscored else {}),
    )


def _scores(predictions: Predictions) -> TaskScores:
    match predictions.shape:
        case "tags":
            return sequence.scores(predictions)
        case "label":
            return classification.scores(predictions)
        case _:
            return written.scores(predictions)
