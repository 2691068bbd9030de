"""Answers a causal model writes behind a row's prompt, or chooses where the row brings choices.
What they say is read back elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from instruct_ui.engine.base import Event, Listener, Question, Stop, Stopped
from instruct_ui.engine.choosing import Chooser
from instruct_ui.engine.writing import Narrow, Writer
from instruct_ui.engine.writing_form import WritingForm
from instruct_ui.evaluation.predictions import Answer

_CHUNK = 512
"""Rows encoded at once; the shared prefix is kept from one chunk to the next."""


class WritingPredictor:
    """One model, one prompt form (with chat frame or without)."""

    def __init__(
        self,
        writer: Writer,
        chooser: Chooser,
        form: WritingForm,
        narrow: Narrow | None = None,
    ) -> None:
        self._writer = writer
        self._chooser = chooser
        self._form = form
        self._narrow = narrow
        self._cut = 0
        self._chosen = 0
        self.facts: Mapping[str, str | float | bool] = {
            "chat": "off" if form.frame is None else "on",
            "answer_tokens": form.most,
        }

    @property
    def tokens_seen(self) -> int:
        return self._writer.tokens_seen + self._chooser.tokens_seen

    def note(self, **facts: str | float | bool) -> None:
        """Adds to `facts`."""
        self.facts = {**self.facts, **facts}

    def predict(self, questions: Sequence[Question], listen: Listener, stop: Stop) -> list[Answer]:
        """One text a question; confidence is the geometric mean of its tokens' probabilities, or
        the probability among the choices.

        Raises Stopped after a batch of `stop`, ModelError where a prompt does not fit the window.
        """
        answers: dict[int, Answer] = {}
        chosen = [i for i, q in enumerate(questions) if len(q.choices) > 1]
        written = [i for i, q in enumerate(questions) if len(q.choices) < 2]
        for at, answer in ((chosen, self._chosen_of), (written, self._written_of)):
            for start in range(0, len(at), _CHUNK):
                chunk = at[start : start + _CHUNK]
                for found in answer([questions[i] for i in chunk]):
                    answers.update((chunk[place], one) for place, one in found.items())
                    listen(Event("progress", {"done": len(answers), "total": len(questions)}))
                    if stop():
                        raise Stopped
        self._chosen += len(chosen)
        if self._chosen:
            self.note(rows_chosen=self._chosen)
        self.note(shared_prefix_tokens=self._writer.shared_tokens, rows_cut=self._cut)
        return [answers[i] for i in range(len(questions))]

    def _chosen_of(self, questions: Sequence[Question]) -> Iterator[dict[int, Answer]]:
        return self._chooser.choose(questions)

    def _written_of(self, questions: Sequence[Question]) -> Iterator[dict[int, Answer]]:
        read = [self._form.read(q.prompt) for q in questions]
        self._cut += sum(cut for _, cut in read)
        prompts = [ids for ids, _ in read]
        for batch, found in self._writer.write(
            prompts, self._form.most, self._form.ends, self._form.ended, self._narrow
        ):
            yield {
                place: Answer(text=self._form.text(one.ids), confidence=one.confidence)
                for place, one in zip(batch, found, strict=True)
            }
