"""The page's and the flow's side of the preview: who is answered by which process, and what is said
when a template asks too much."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from instruct_ui import errors
from instruct_ui.data.dataset import Example
from instruct_ui.errors import InstructError, ModelError, TemplateError
from instruct_ui.preview.measure import Part, Reader
from instruct_ui.preview.process import AT_CHAT, Gone, Nursery, Renderer
from instruct_ui.templates.prompt import ChatFrame, Prompt, Segment
from instruct_ui.templates.template import Template

SECONDS = 1.0
"""Longest a request may work: processor time, so that a busy machine does not make a plain template
ask too much."""
_BATCH_SECONDS = 10.0
_LOADING_SECONDS = 20.0
"""Where a tokenizer is loaded on the way."""
_BATCH = 500
_AT_ONCE = 4
"""Requests that are worked on at a time. Whoever's template is slow holds one of these places."""
_KEPT = 2
"""Processes that wait for the next request: two people may look at two models."""
_SLOW = ""
"""Whose turn it is among owners whose templates had to be ended ..."""
_SLOW_SECONDS = 60.0
"""... in this time."""


class Preview:
    """Warm preview processes; safe to call from several threads."""

    def __init__(self) -> None:
        self._nursery = Nursery()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        """Held for moments only, never while a process works."""
        self._free: list[Renderer] = []
        """The one used last stands last."""
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._slow_until: dict[str, float] = {}
        self._closed = False

    def preview(
        self,
        template: Template,
        example: Example,
        labels: Sequence[str],
        shots: Sequence[Example],
        reader: Reader | None,
        owner: str = "",
    ) -> tuple[list[Part], int]:
        """(parts, tokens). Raises TemplateError naming the block at fault, ModelError where the
        model's chat template is.

        Requests of one `owner` are answered one after another, and so are those of all owners whose
        templates had to be ended lately, so that they do not take all places.
        """
        request = {
            "op": "preview",
            "template": template.model_dump(mode="json"),
            "rows": [_row(example)],
            "labels": list(labels),
            "shots": [_shot(s) for s in shots],
            "reader": asdict(reader) if reader else None,
        }
        with self._turn(owner):
            folder = reader.folder if reader else ""
            answer = self._ask(request, template, SECONDS, folder, owner=owner)
        return [Part(**p) for p in answer["parts"]], answer["tokens"]

    def prompts(
        self,
        template: Template,
        examples: Sequence[Example],
        labels: Sequence[str],
        shots: Sequence[Example] = (),
    ) -> list[Prompt]:
        """The prompt of every example, in order."""
        request = {
            "op": "prompts",
            "template": template.model_dump(mode="json"),
            "labels": list(labels),
            "shots": [_shot(s) for s in shots],
        }
        prompts: list[Prompt] = []
        for start in range(0, len(examples), _BATCH):
            rows = [_row(e) for e in examples[start : start + _BATCH]]
            answer = self._ask(request | {"rows": rows}, template, _BATCH_SECONDS)
            segments = [Segment(*s) for s in answer["segments"]]
            prompts += [Prompt(tuple(segments[n] for n in own)) for own in answer["prompts"]]
        return prompts

    def describe(self, template: Template, labels: Sequence[str]) -> tuple[str, ...]:
        """What an encoder compares a text with, for every label."""
        request = {
            "op": "describe",
            "template": template.model_dump(mode="json"),
            "labels": list(labels),
        }
        return tuple(self._ask(request, template, SECONDS))

    def frame(self, folder: Path) -> ChatFrame | None:
        """The chat frame of the model in `folder`, None where it has no chat template. Raises
        ModelError where that cannot be rendered."""
        request = {"op": "frame", "folder": str(folder)}
        answer = self._ask(request, None, SECONDS, str(folder))
        return ChatFrame(**answer) if answer else None

    def unknown_share(self, folder: Path, texts: Sequence[str]) -> float:
        """Share of the words in `texts` that the model in `folder` has no pieces for."""
        request = {"op": "unknown", "folder": str(folder), "texts": list(texts)}
        return float(self._ask(request, None, _LOADING_SECONDS, once=True))

    def token_counts(self, folder: Path, texts: Sequence[str]) -> list[int]:
        """Tokens of each text for the model in `folder`, special ones included."""
        request = {"op": "tokens", "folder": str(folder), "texts": list(texts)}
        counts = self._ask(request, None, _LOADING_SECONDS, once=True)
        return [int(count) for count in counts]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for renderer in free:
            renderer.end()
        self._nursery.close()

    def _ask(
        self,
        request: dict[str, Any],
        template: Template | None,
        seconds: float,
        folder: str = "",
        once: bool = False,
        owner: str = "",
    ) -> Any:
        """`once`: by a process of its own, which gives back the memory of what it loads."""
        with self._places:
            try:
                renderer = (None if once else self._taken(folder)) or self._nursery.renderer(folder)
                answer = renderer.ask(request, seconds)
            except Gone as gone:
                self._note_fault(owner)
                raise _overrun(template, folder, gone.at) from gone
            self._give_back(renderer, keep=not once and not answer["full"])
        if "error" in answer:
            error = answer["error"]
            kind: type[InstructError] = getattr(errors, error["kind"])
            raise kind(error["key"], **error["params"])
        return answer["ok"]

    def _taken(self, folder: str) -> Renderer | None:
        """A free process with this tokenizer; what needs none takes any."""
        with self._lock:
            for renderer in reversed(self._free):
                if folder in ("", renderer.folder):
                    self._free.remove(renderer)
                    if renderer.lives():
                        return renderer
                    renderer.end()
        return None

    def _give_back(self, renderer: Renderer, keep: bool) -> None:
        over = [renderer]
        with self._lock:
            if keep and not self._closed:
                self._free.append(renderer)
                over, self._free = self._free[:-_KEPT], self._free[-_KEPT:]
        for each in over:
            each.end()

    @contextmanager
    def _turn(self, owner: str) -> Iterator[None]:
        if not owner:
            yield
            return
        with self._lock:
            slow = self._slow_until.get(owner, 0.0) > time.monotonic()
            turn = self._turns.setdefault(_SLOW if slow else owner, _Turn())
        with turn.lock:
            yield

    def _note_fault(self, owner: str) -> None:
        now = time.monotonic()
        with self._lock:
            known = {o: until for o, until in self._slow_until.items() if until > now}
            self._slow_until = known | {owner: now + _SLOW_SECONDS}


class _Turn:
    """One for each owner who asks; gone when nobody holds it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def _overrun(template: Template | None, folder: str, at: int) -> InstructError:
    if at == AT_CHAT:
        return ModelError("chat_template_too_much", where=folder)
    if template is None or at >= len(template.blocks):
        return TemplateError("template_too_much", block="?", kind="?")
    return TemplateError("template_too_much", block=at + 1, kind=template.blocks[at].kind)


def _row(example: Example) -> tuple[str, dict[str, str]]:
    """The gold stays here."""
    return example.text, dict(example.fields)


def _shot(example: Example) -> dict[str, Any]:
    return {
        "row": example.row,
        "text": example.text,
        "label": example.label,
        "tokens": example.tokens,
        "tags": example.tags,
        "fields": dict(example.fields),
        "gold": example.gold,
    }
