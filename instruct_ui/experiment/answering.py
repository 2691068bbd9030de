"""Rows to answers: all test rows in slices that are judged as they come, or one text at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from instruct_ui.data.dataset import Example
from instruct_ui.data.words import words_of
from instruct_ui.engine import families
from instruct_ui.engine.base import Event, Listener, Predictor, Question, Stop
from instruct_ui.errors import RequestError
from instruct_ui.evaluation.predictions import Answer, Predictions
from instruct_ui.evaluation.so_far import Figure, SoFar
from instruct_ui.experiment.keeping import model_name
from instruct_ui.experiment.prepare import Prepared, prepare, questions_of
from instruct_ui.experiment.reading import read
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FineTune, Spec
from instruct_ui.tasks import REGISTRY

_SLICES = 8
_LEAST, _LEAST_WRITTEN, _MOST = 64, 16, 512
"""Rows of a slice: enough to batch rows of like length, few enough to see figures early."""

Judge = Callable[[Sequence[Answer], Sequence[int]], Predictions]
"""Answers, the positions of their rows -> what they are worth."""


def answer_all(
    predictor: Predictor,
    examples: Sequence[Example],
    questions: Sequence[Question],
    *,
    read: Callable[[Example, Answer], Answer],
    judge: Judge,
    seed: int,
    listen: Listener,
    stop: Stop,
    written: bool = False,
) -> list[Answer]:
    """The answer to every question, in order, as `read` understands it; `partial` events give the
    headline figure so far. `written`: answers take long, so the slices are smaller.

    The rows are taken in a seeded random order, so that what is known early stands for all rows
    and not for the first ones of the file.
    """
    order = list(range(len(questions)))
    random.Random(seed).shuffle(order)
    least = _LEAST_WRITTEN if written else _LEAST
    size = min(_MOST, max(least, -(-len(order) // _SLICES)))
    answers: dict[int, Answer] = {}
    so_far = SoFar(seed)
    for start in range(0, len(order), size):
        rows = order[start : start + size]

        def told(event: Event, before: int = start) -> None:
            if event.kind == "progress":
                done = before + int(event.values["done"] or 0)
                event = Event("progress", {"done": done, "total": len(order)})
            listen(event)

        found = predictor.predict([questions[i] for i in rows], told, stop)
        answers.update((i, read(examples[i], one)) for i, one in zip(rows, found, strict=True))
        figure = so_far.add(judge([answers[i] for i in rows], rows))
        if figure is not None:
            listen(Event("partial", _plain(figure)))
    return [answers[i] for i in range(len(questions))]


def _plain(figure: Figure) -> dict[str, float | str]:
    low, high = figure.interval
    return {
        "metric": figure.metric,
        "score": figure.score,
        "low": low,
        "high": high,
        "rows": figure.rows,
    }


class Answerer:
    """Answers single texts the way a run did; keeps its predictors warm, one a label column."""

    def __init__(self, spec: Spec, folder: Path, *, models_dir: Path, preview: Preview) -> None:
        self._preview = preview

        def opened(column: int) -> tuple[Prepared, Predictor]:
            out = folder / model_name(column)
            prepared = prepare(spec, models_dir=models_dir, preview=preview, out=out, column=column)
            if isinstance(spec.approach, FineTune):
                return prepared, families.reopen(prepared.request).predictor
            found = families.open_predictor(prepared.request, lambda event: None, never)
            return prepared, found.predictor

        first = opened(0)
        self._dataset = first[0].dataset
        self._asked = [first, *map(opened, range(1, self._dataset.label_columns))]
        self._columns = spec.data.label_names(len(self._asked))

    @property
    def labels(self) -> tuple[str, ...]:
        return self._dataset.labels

    def answer(self, text: str, second: str = "") -> tuple[Example, Answer]:
        """The row made of `text`, and of `second` where the task reads two columns, and its answer;
        with several label columns `column=label` for each. Raises RequestError for a blank text."""
        example = self._example(text, second)
        found = [self._answered(prepared, own, example) for prepared, own in self._asked]
        if len(found) == 1:
            return example, found[0]
        named = zip(self._columns, found, strict=True)
        parts = tuple(f"{column}={one.label or ''}" for column, one in named)
        return example, Answer(parts=parts, confidence=min(one.confidence for one in found))

    def _example(self, text: str, second: str) -> Example:
        task = REGISTRY[self._dataset.task]
        if not text.strip() or (task.second is not None and not second.strip()):
            raise RequestError("no_text")
        fields = dict.fromkeys((self._dataset.train or self._dataset.test)[0].fields, "")
        if task.second is not None:
            fields[task.second.name] = second
        tagging = task.gold.shape == "tags"
        tokens = words_of(text, self._dataset.language) if tagging else ()
        return Example(row=0, text=text, tokens=tokens, fields=fields)

    def _answered(self, prepared: Prepared, predictor: Predictor, example: Example) -> Answer:
        questions = questions_of(prepared, self._preview, (example,))
        return read(prepared, example, predictor.predict(questions, lambda event: None, never)[0])


def never() -> bool:
    return False
