"""The page's and the flow's side of the preview process: asks, waits no longer than allowed, and
ends and restarts the process when a template asks too much."""

from __future__ import annotations

import json
import mmap
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from instruct_ui import errors
from instruct_ui.data.dataset import Example
from instruct_ui.errors import InstructError, TemplateError
from instruct_ui.preview.measure import Part, Reader
from instruct_ui.templates.prompt import Prompt, Segment
from instruct_ui.templates.template import Template

SECONDS = 1.0
"""Longest a request may work: processor time, so that a busy machine does not make a plain template
ask too much."""
_PATIENCE = 10.0
"""Seconds by the clock on top of that, for a process that hardly gets to work."""
START_SECONDS = 20.0
"""A new process imports and loads a tokenizer first."""
_BATCH = 500


class Preview:
    """One warm preview process; safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._tokenizer = ""
        # Shared with the process: the block it is at (`preview.server`).
        self._shared = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this is
        self._shared.truncate(mmap.PAGESIZE)
        self._at = mmap.mmap(self._shared.fileno(), mmap.PAGESIZE)

    def preview(
        self,
        template: Template,
        example: Example,
        labels: Sequence[str],
        shots: Sequence[Example],
        reader: Reader | None,
    ) -> tuple[list[Part], int]:
        """(parts, tokens). Raises TemplateError naming the block at fault."""
        answer = self._ask(
            {
                "op": "preview",
                "template": template.model_dump(mode="json"),
                "example": _plain(example),
                "labels": list(labels),
                "shots": [_plain(s) for s in shots],
                "reader": asdict(reader) if reader else None,
            },
            template,
            seconds=self._seconds_for(reader),
        )
        return [Part(**p) for p in answer["parts"]], answer["tokens"]

    def prompts(
        self,
        template: Template,
        examples: Sequence[Example],
        labels: Sequence[str],
        shots: Sequence[Example] = (),
    ) -> list[Prompt]:
        """The prompt of every example, in order."""
        prompts: list[Prompt] = []
        for start in range(0, len(examples), _BATCH):
            answer = self._ask(
                {
                    "op": "prompts",
                    "template": template.model_dump(mode="json"),
                    "examples": [_plain(e) for e in examples[start : start + _BATCH]],
                    "labels": list(labels),
                    "shots": [_plain(s) for s in shots],
                },
                template,
                seconds=10 * SECONDS,
            )
            prompts += [Prompt(tuple(Segment(*s) for s in segments)) for segments in answer]
        return prompts

    def describe(self, template: Template, labels: Sequence[str]) -> tuple[str, ...]:
        """What an encoder compares a text with, for every label."""
        request = {
            "op": "describe",
            "template": template.model_dump(mode="json"),
            "labels": list(labels),
        }
        return tuple(self._ask(request, template))

    def unknown_share(self, folder: Path, texts: Sequence[str]) -> float:
        """Share of the words in `texts` that the model in `folder` has no pieces for."""
        request = {"op": "unknown", "folder": str(folder), "texts": list(texts)}
        self._tokenizer = ""  # the process makes room for this model's
        return float(self._ask(request, None, START_SECONDS))

    def token_counts(self, folder: Path, texts: Sequence[str]) -> list[int]:
        """Tokens of each text for the model in `folder`, special ones included."""
        request = {"op": "tokens", "folder": str(folder), "texts": list(texts)}
        self._tokenizer = ""
        return [int(count) for count in self._ask(request, None, START_SECONDS)]

    def close(self) -> None:
        with self._lock:
            self._end()
            self._at.close()
            self._shared.close()

    def _seconds_for(self, reader: Reader | None) -> float:
        """A model that was not counted with last loads its tokenizer first."""
        folder = reader.folder if reader else self._tokenizer
        loads, self._tokenizer = folder != self._tokenizer, folder
        return START_SECONDS if loads else SECONDS

    def _ask(
        self, request: dict[str, Any], template: Template | None, seconds: float = SECONDS
    ) -> Any:
        with self._lock:
            fresh = self._process is None or self._process.poll() is not None
            if fresh:
                self._start()
            # The first request after a start waits for imports and tokenizer as well.
            answer = self._exchange(request, template, START_SECONDS if fresh else seconds)
        if "error" in answer:
            error = answer["error"]
            kind: type[InstructError] = getattr(errors, error["kind"])
            raise kind(error["key"], **error["params"])
        return answer["ok"]

    def _start(self) -> None:
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "instruct_ui.preview.server", str(self._shared.fileno())],
            pass_fds=[self._shared.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        # Imports are waited for here, so that a block's time is its own.
        self._exchange({"op": "describe", "template": _EMPTY, "labels": []}, None, START_SECONDS)

    def _exchange(
        self, request: dict[str, Any], template: Template | None, seconds: float
    ) -> dict[str, Any]:
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            allowance = _Allowance(process.pid, seconds)
            process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(_line(process, allowance))
        except (BrokenPipeError, TimeoutError, EOFError) as error:
            self._end()
            raise _overrun(template, self._at[0]) from error
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        self._tokenizer = ""
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _line(process: subprocess.Popen[bytes], allowance: _Allowance) -> bytes:
    """The next line the process writes. Raises TimeoutError, or EOFError where it ended."""
    assert process.stdout is not None
    chunks: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(allowance.wait()):
                continue
            chunk = process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
            if not chunk:
                raise EOFError
            chunks.append(chunk)
            if chunk.endswith(b"\n"):  # one answer at a time: nothing follows it
                return b"".join(chunks)


class _Allowance:
    """What one request may use up of processor time and of the clock, both counted in seconds."""

    def __init__(self, pid: int, seconds: float) -> None:
        self._process = psutil.Process(pid)
        self._seconds = seconds
        self._worked = self._worked_so_far()
        self._until = time.monotonic() + seconds + _PATIENCE

    def wait(self) -> float:
        """Seconds that may pass before asking again. Raises TimeoutError where all is used up."""
        left = self._seconds - (self._worked_so_far() - self._worked)
        if left <= 0 or time.monotonic() > self._until:
            raise TimeoutError
        return max(left, 0.01)

    def _worked_so_far(self) -> float:
        try:
            times = self._process.cpu_times()
        except psutil.NoSuchProcess as error:
            raise EOFError from error
        return float(times.user + times.system)


_EMPTY = {"name": "start", "task": "text_classification", "blocks": [{"kind": "input", "text": ""}]}


def _overrun(template: Template | None, at: int) -> TemplateError:
    if template is None or at >= len(template.blocks):
        return TemplateError("template_too_much", block="?", kind="?")
    return TemplateError("template_too_much", block=at + 1, kind=template.blocks[at].kind)


def _plain(example: Example) -> dict[str, Any]:
    return {
        "row": example.row,
        "text": example.text,
        "label": example.label,
        "tokens": example.tokens,
        "tags": example.tags,
        "fields": dict(example.fields),
        "gold": example.gold,
    }
