"""The preview process: renders templates and counts tokens, within limits of memory.

One JSON line in, one JSON line out: `{"op": ..., ...}` -> `{"ok": ...}` or
`{"error": {key, params}}`.
The position of the block being rendered stands in a byte of memory shared with the client, so that
it can say which block asked too much when it has to end this process.
`python -m instruct_ui.preview.server FD`, FD being the open file of that memory.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from instruct_ui.data.dataset import Example
from instruct_ui.errors import InstructError, TemplateError
from instruct_ui.models.advice import token_counts, unknown_share
from instruct_ui.preview.measure import Reader, measure, tokenizer
from instruct_ui.templates.render import describe, render
from instruct_ui.templates.template import Template, parse

Watch = Callable[[int], None]
"""Told the position of each block before it is rendered."""
MEMORY = 1_500 * 1024 * 1024
"""Bytes of address space: the multilingual tokenizer needs some 600 MB of it."""
NO_BLOCK = 255
"""What stands in the shared byte while no block is rendered."""


def serve(lines: TextIO, answers: TextIO, at: mmap.mmap) -> None:
    """Answers requests until the other end closes."""

    def watch(block: int) -> None:
        at[0] = min(block, NO_BLOCK - 1)

    for line in lines:
        at[0] = NO_BLOCK
        try:
            answer: dict[str, Any] = {"ok": _answer(json.loads(line), watch)}
        except InstructError as error:
            answer = {
                "error": {"key": error.key, "params": error.params, "kind": type(error).__name__}
            }
        except MemoryError:
            answer = _too_much()
        answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        answers.flush()


def _too_much() -> dict[str, Any]:
    error = TemplateError("template_too_much", block="?", kind="?")
    return {"error": {"key": error.key, "params": error.params, "kind": "TemplateError"}}


def _answer(request: dict[str, Any], watch: Watch) -> Any:
    return _OPERATIONS[request["op"]](request, watch)


def _preview(request: dict[str, Any], watch: Watch) -> Any:
    shots = [_example(s) for s in request["shots"]]
    example = _example(request["example"])
    prompt = render(_template(request), example, request["labels"], shots, watch)
    reader = Reader(**request["reader"]) if request["reader"] else None
    parts, tokens = measure(prompt, reader)
    return {"parts": [asdict(p) for p in parts], "tokens": tokens}


def _prompts(request: dict[str, Any], watch: Watch) -> Any:
    template = _template(request)
    shots = [_example(s) for s in request["shots"]]

    def segments(example: Example) -> list[tuple[str, int, str, int]]:
        prompt = render(template, example, request["labels"], shots, watch)
        return [(s.kind, s.number, s.text, s.block) for s in prompt.segments]

    return [segments(_example(e)) for e in request["examples"]]


def _describe(request: dict[str, Any], watch: Watch) -> Any:
    return describe(_template(request), request["labels"])


def _unknown(request: dict[str, Any], watch: Watch) -> Any:
    tokenizer.cache_clear()  # memory is for one at a time
    return unknown_share(Path(request["folder"]) / "tokenizer.json", request["texts"])


def _tokens(request: dict[str, Any], watch: Watch) -> Any:
    tokenizer.cache_clear()
    return token_counts(Path(request["folder"]) / "tokenizer.json", request["texts"])


_OPERATIONS: dict[str, Callable[[dict[str, Any], Watch], Any]] = {
    "preview": _preview,
    "prompts": _prompts,
    "describe": _describe,
    "unknown": _unknown,
    "tokens": _tokens,
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
        gold=tuple(plain["gold"]),
    )


def main() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr
    serve(sys.stdin, answers, mmap.mmap(int(sys.argv[1]), mmap.PAGESIZE))


if __name__ == "__main__":
    main()
