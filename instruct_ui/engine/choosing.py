"""The likeliest of the choices that a row brings, where nothing has to be written.

A choice counts by its log-probability behind the prompt, divided by its bytes, or the shortest one
would mostly win. Source: `acc_norm` of lm-evaluation-harness (Gao et al. 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from instruct_ui.engine.base import Question
from instruct_ui.engine.calibration import Floats, probabilities
from instruct_ui.engine.prefix_cache import LabelScorer
from instruct_ui.engine.writing_form import WritingForm
from instruct_ui.evaluation.predictions import Answer


class Chooser:
    """One model, one prompt form."""

    def __init__(self, scorer: LabelScorer, form: WritingForm) -> None:
        self._scorer = scorer
        self._form = form

    @property
    def tokens_seen(self) -> int:
        return self._scorer.tokens_seen

    def choose(self, questions: Sequence[Question]) -> Iterator[dict[int, Answer]]:
        """Answers by position in `questions`, all of which have choices, batch by batch;
        confidence is the probability among the choices. Raises ModelError where a prompt does not
        fit the window."""

        def many(i: int) -> int:
            return len(questions[i].choices)

        for _, group in groupby(sorted(range(len(questions)), key=many), key=many):
            at = list(group)
            rows = [self._form.choices(questions[i].prompt, questions[i].choices) for i in at]
            for batch, scores in self._scorer.score(rows):
                yield {
                    at[place]: _likeliest(questions[at[place]].choices, row)
                    for place, row in zip(batch, scores.numpy(), strict=True)
                }


def _likeliest(choices: Sequence[str], scores: Floats) -> Answer:
    by_byte = scores / [len(choice.encode()) for choice in choices]
    best = int(by_byte.argmax())
    return Answer(text=choices[best], confidence=float(probabilities(by_byte)[best]))
