"""The preview process: renders templates and counts tokens, within limits of time and memory.

`python -m instruct_ui.preview.server FD` is the nursery (`preview.process`): for each message on
the socket FD it forks a renderer. A renderer reads one JSON line and writes one:
`{"op": ..., "seconds": ..., ...}` -> `{"ok": ..., "full": ...}` or
`{"error": {key, params, kind}, "full": ...}`; `full`: too much memory is left behind for another.
The kernel ends it when a request has used up its seconds of processor time. The position of the
block being rendered stands in a byte of memory shared with the client, so that it can still say
which block asked too much.
"""

from __future__ import annotations

import contextlib
import gc
import json
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from instruct_ui.data.dataset import Example
from instruct_ui.errors import InstructError, ModelError, TemplateError
from instruct_ui.models.advice import token_counts, unknown_share
from instruct_ui.preview.measure import Reader, measure, tokenizer
from instruct_ui.preview.process import AT_CHAT
from instruct_ui.templates.chat import frame_of
from instruct_ui.templates.render import Piece, Rendering, describe, render
from instruct_ui.templates.template import Template, parse
from instruct_ui.texts import catalogue

Watch = Callable[[int], None]
"""Told the position of each block before it is rendered."""
MEMORY = 1_500 * 1024 * 1024
"""Bytes of address space: loading the multilingual tokenizer needs some 600 MB of it."""
ROOM = 400 * 1024 * 1024
"""Of these, what a template may use."""


def serve(lines: BinaryIO, answers: BinaryIO, at: mmap.mmap) -> None:
    """Answers requests until the other end closes."""
    own = psutil.Process()
    full = own.memory_info().vms + ROOM // 2

    def watch(block: int) -> None:
        at[0] = min(block, AT_CHAT)

    for line in lines:
        request = json.loads(line.decode("utf-8", "surrogatepass"))
        # The signal is not caught: it ends the process wherever it is, even within one long step.
        signal.setitimer(signal.ITIMER_PROF, request["seconds"])
        try:
            answer: dict[str, Any] = {"ok": _OPERATIONS[request["op"]](request, watch)}
        except InstructError as error:
            answer = _refused(error)
        except MemoryError:
            answer = _refused(TemplateError("template_too_much", block="?", kind="?"))
        answer["full"] = own.memory_info().vms > full
        written = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(written + b"\n")
        answers.flush()


def _refused(error: InstructError) -> dict[str, Any]:
    return {"error": {"key": error.key, "params": error.params, "kind": type(error).__name__}}


def _preview(request: dict[str, Any], watch: Watch) -> Any:
    [example] = _rows(request)
    prompt = render(_template(request), example, request["labels"], _shots(request), watch)
    reader = Reader(**request["reader"]) if request["reader"] else None
    if reader and reader.chat:
        watch(AT_CHAT)
    parts, tokens = measure(prompt, reader)
    return {"parts": [asdict(p) for p in parts], "tokens": tokens}


def _prompts(request: dict[str, Any], watch: Watch) -> Any:
    """What several prompts have in common is sent once: each prompt is a list of positions."""
    rendering = Rendering(_template(request), request["labels"], _shots(request), watch)
    known: dict[Piece, int] = {}
    prompts = [
        [known.setdefault(piece, len(known)) for piece in rendering.pieces(example)]
        for example in _rows(request)
    ]
    return {"segments": list(known), "prompts": prompts}


def _describe(request: dict[str, Any], watch: Watch) -> Any:
    return describe(_template(request), request["labels"])


def _frame(request: dict[str, Any], watch: Watch) -> Any:
    watch(AT_CHAT)
    frame = frame_of(Path(request["folder"]))
    return asdict(frame) if frame else None


def _unknown(request: dict[str, Any], watch: Watch) -> Any:
    _make_room()
    return unknown_share(Path(request["folder"]) / "tokenizer.json", request["texts"])


def _tokens(request: dict[str, Any], watch: Watch) -> Any:
    _make_room()
    return token_counts(Path(request["folder"]) / "tokenizer.json", request["texts"])


_OPERATIONS: dict[str, Callable[[dict[str, Any], Watch], Any]] = {
    "preview": _preview,
    "prompts": _prompts,
    "describe": _describe,
    "frame": _frame,
    "unknown": _unknown,
    "tokens": _tokens,
}


def _template(request: dict[str, Any]) -> Template:
    return parse(request["template"], "template")


def _rows(request: dict[str, Any]) -> list[Example]:
    """Of a row comes what a template may read; the gold does not come here."""
    return [Example(0, text, fields=fields) for text, fields in request["rows"]]


def _shots(request: dict[str, Any]) -> list[Example]:
    return [
        Example(
            row=plain["row"],
            text=plain["text"],
            label=plain["label"],
            tokens=tuple(plain["tokens"]),
            tags=tuple(plain["tags"]),
            fields=plain["fields"],
            gold=tuple(plain["gold"]),
        )
        for plain in request["shots"]
    ]


def _confine() -> None:
    """Template and counts get little more memory than there is already."""
    size = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (min(size + ROOM, MEMORY), MEMORY))


def _make_room() -> None:
    """For another tokenizer: memory is for one at a time."""
    tokenizer.cache_clear()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _born(control: socket.socket) -> tuple[socket.socket, mmap.mmap]:
    """Forks a renderer for each message, and comes back in the renderers only: with a connection
    and the shared memory."""
    while True:
        message, files, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not message:
            sys.exit()
        folder = message.decode().strip()
        if folder:
            with contextlib.suppress(ModelError):  # the renderer meets it again and says so
                tokenizer(folder)
        pid = os.fork()
        if pid == 0:
            control.close()
            connection = socket.socket(fileno=files[0])
            return connection, mmap.mmap(files[1], mmap.PAGESIZE)
        for file in files:
            os.close(file)
        control.sendall(pid.to_bytes(4, "big"))


def main() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel clears away who has ended
    catalogue()  # so that no renderer has to read the words of an error first
    gc.freeze()  # what all share is not looked through again in each
    connection, at = _born(socket.socket(fileno=int(sys.argv[1])))
    _confine()
    with connection.makefile("rb") as lines, connection.makefile("wb") as answers:
        serve(lines, answers, at)


if __name__ == "__main__":
    main()
