"""What a model's chat template puts around a prompt.

The model's own jinja is rendered once with a mark in the user's place and split at it, so that
the page, the engine and the token counts all use the same two strings.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from instruct_ui.errors import ModelError
from instruct_ui.templates.prompt import ChatFrame

_MARK = "\u2402user\u2403"
_ANSWER = "\u2402answer\u2403"


@lru_cache(maxsize=16)
def frame_of(folder: Path) -> ChatFrame | None:
    """The chat frame of the model in `folder`, or None where its tokenizer has no chat template.

    Raises ModelError where the chat template cannot be rendered.
    """
    config = folder / "tokenizer_config.json"
    if not config.is_file():
        return None
    known: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
    source = known.get("chat_template")
    separate = folder / "chat_template.jinja"
    if not source and separate.is_file():
        source = separate.read_text(encoding="utf-8")
    if not isinstance(source, str) or not source:
        return None
    tokens = {name: _token(known.get(name)) for name in ("bos_token", "eos_token", "pad_token")}
    return _split(source, tokens, str(folder))


def _token(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("content", ""))
    return str(value or "")


def _split(source: str, tokens: dict[str, str], where: str) -> ChatFrame:
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    user = {"role": "user", "content": _MARK}
    try:
        compiled = environment.from_string(source)
        asked = compiled.render(messages=[user], add_generation_prompt=True, **tokens)
        answered = compiled.render(
            messages=[user, {"role": "assistant", "content": _ANSWER}],
            add_generation_prompt=False,
            **tokens,
        )
    except (JinjaError, TypeError, ValueError) as error:
        raise ModelError("chat_template_failed", where=where, cause=str(error)) from error
    if asked.count(_MARK) != 1:
        raise ModelError("chat_template_failed", where=where, cause="the user's text is not kept")
    before, after = asked.split(_MARK)
    return ChatFrame(before, after, answered.partition(_ANSWER)[2])


def _refuse(message: str) -> None:
    raise ValueError(message)
