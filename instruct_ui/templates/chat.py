"""What a model's chat template puts around a prompt.

The model's own jinja is rendered once with a mark in the user's place and split at it, so that
the page, the engine and the token counts all use the same two strings. It is given what
transformers gives (`apply_chat_template`), but for the date: that is always the same day, so that
a run can be run again.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from instruct_ui.errors import ModelError
from instruct_ui.templates.prompt import ChatFrame

_MARK = "\u2402user\u2403"
_ANSWER = "\u2402answer\u2403"
_TODAY = datetime(2024, 7, 26)
"""The day that Llama's templates name where they cannot ask for the date."""
_OPEN_THOUGHT = re.compile(r"<think>\s*$")
_NO_THOUGHT = "<think>\n\n</think>\n\n"


@lru_cache(maxsize=16)
def frame_of(folder: Path) -> ChatFrame | None:
    """The chat frame of the model in `folder`, or None where its tokenizer has no chat template.

    Raises ModelError where the chat template cannot be rendered.
    """
    try:
        source = _source(folder)
        return _split(source, special_tokens(folder)) if source else None
    except Exception as error:  # a template can raise anything, and a file hold anything
        raise ModelError("chat_template_failed", where=str(folder), cause=str(error)) from error


def special_tokens(folder: Path) -> dict[str, str]:
    """`bos_token`, `eos_token`, ...: those that the tokenizer in `folder` has."""
    known = _json(folder / "special_tokens_map.json") | _json(folder / "tokenizer_config.json")
    tokens = {name: _token(value) for name, value in known.items() if name.endswith("_token")}
    return {name: token for name, token in tokens.items() if token}


def _source(folder: Path) -> str:
    """The chat template; a file of its own counts before the entry in the configuration."""
    separate = folder / "chat_template.jinja"
    if separate.is_file():
        return separate.read_text(encoding="utf-8")
    found = _json(folder / "tokenizer_config.json").get("chat_template")
    if isinstance(found, list):  # several, each with the name of what it is for
        named = {each["name"]: each["template"] for each in found}
        found = named.get("default", next(iter(named.values()), None))
    return found if isinstance(found, str) else ""


def _json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _token(value: object) -> str:
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else ""


class _Generation(Extension):
    """`{% generation %}` marks for a training what the assistant wrote; shown is what it holds."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own declaration

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    environment.globals |= {"raise_exception": _refuse, "strftime_now": _TODAY.strftime}
    environment.filters["tojson"] = _as_json
    return environment


def _split(source: str, tokens: dict[str, str]) -> ChatFrame:
    compiled = _environment().from_string(source)
    given: dict[str, Any] = {"tools": None, "documents": None, "enable_thinking": False, **tokens}
    user = {"role": "user", "content": _MARK}
    answer = {"role": "assistant", "content": _ANSWER}
    asked = compiled.render(messages=[user], add_generation_prompt=True, **given)
    answered = compiled.render(messages=[user, answer], add_generation_prompt=False, **given)
    if asked.count(_MARK) != 1:
        raise ValueError("the user's text is not kept")
    before, after = asked.split(_MARK)
    # A label is no thought: where the template opens one for the model, it is closed again.
    return ChatFrame(before, _OPEN_THOUGHT.sub(_NO_THOUGHT, after), answered.partition(_ANSWER)[2])


def _refuse(message: str) -> None:
    raise ValueError(message)


def _as_json(value: object, ensure_ascii: bool = False, **options: Any) -> str:
    """jinja's own would write `<` as `\\u003c`."""
    return json.dumps(value, ensure_ascii=ensure_ascii, **options)
