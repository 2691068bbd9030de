"""The preview process: renders templates and counts tokens, within limits of memory.

One JSON line in, one JSON line out: `{"op": ..., ...}` -> `{"ok": ...}` or
`{"error": {key, params}}`.
Before a block renders, `{"at": position}` goes out, so that the client can say which block asked
too much when it has to end this process. `python -m instruct_ui.preview.server`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from instruct_ui.data.dataset import Example
from instruct_ui.errors import InstructError, TemplateError
from instruct_ui.models.advice import unknown_share
from instruct_ui.preview.measure import Reader, measure, tokenizer
from instruct_ui.templates.render import describe, render
from instruct_ui.templates.template import Template, parse

MEMORY = 1_500 * 1024 * 1024
"""Bytes of address space: the multilingual tokenizer needs some 600 MB of it."""


def serve(lines: TextIO, answers: TextIO) -> None:
    """Answers requests until the other end closes."""
    for line in lines:
        try:
            answer: dict[str, Any] = {"ok": _answer(json.loads(line), answers)}
        except InstructError as error:
            answer = {
                "error": {"key": error.key, "params": error.params, "kind": type(error).__name__}
            }
        except MemoryError:
            answer = _too_much()
        _send(answers, answer)


def _too_much() -> dict[str, Any]:
    error = TemplateError("template_too_much", block="?", kind="?")
    return {"error": {"key": error.key, "params": error.params, "kind": "TemplateError"}}


def _answer(request: dict[str, Any], answers: TextIO) -> Any:
    operation: Callable[[dict[str, Any], TextIO], Any] = _OPERATIONS[request["op"]]
    return operation(request, answers)


def _preview(request: dict[str, Any], answers: TextIO) -> Any:
    template = _template(request)
    prompt = render(
        template,
        _example(request["example"]),
        request["labels"],
        [_example(s) for s in request["shots"]],
        watch=lambda block: _send(answers, {"at": block}),
    )
    reader = Reader(**request["reader"]) if request["reader"] else None
    parts, tokens = measure(prompt, reader)
    return {"parts": [asdict(p) for p in parts], "tokens": tokens}


def _prompts(request: dict[str, Any], answers: TextIO) -> Any:
    template = _template(request)
    shots = [_example(s) for s in request["shots"]]
    return [
        [
            (s.kind, s.number, s.text, s.block)
            for s in render(template, _example(e), request["labels"], shots).segments
        ]
        for e in request["examples"]
    ]


def _describe(request: dict[str, Any], answers: TextIO) -> Any:
    return describe(_template(request), request["labels"])


def _unknown(request: dict[str, Any], answers: TextIO) -> Any:
    tokenizer.cache_clear()  # memory is for one at a time
    return unknown_share(Path(request["folder"]) / "tokenizer.json", request["texts"])


_OPERATIONS = {
    "preview": _preview,
    "prompts": _prompts,
    "describe": _describe,
    "unknown": _unknown,
}


def _template(request: dict[str, Any]) -> Template:
    return parse(request["template"], "template")


def _example(plain: dict[str, Any]) -> Example:
    return Example(
        row=plain["row"],
        text=plain["text"],
        label=plain["label"],
        tokens=tuple(plain["tokens"]),
        tags=tuple(plain["tags"]),
        fields=plain["fields"],
    )


def _send(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=False) + "\n")
    answers.flush()


def main() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
