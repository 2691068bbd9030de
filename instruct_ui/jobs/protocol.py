"""What supervisor and worker say to each other: one JSON object a line, over the worker's pipes.

    to the worker      job {id, kind, payload} | stop {id}
    from the worker    event {id, kind, values} | done {id, result} | failed {id, error}
                       | stopped {id}

A worker ends when its input ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import Any, TypeVar

from instruct_ui.storage.records import JobFailure

Message = TypeVar("Message")


class ProtocolError(ValueError):
    """A line that is no message: something else wrote to the pipe."""


@dataclass(frozen=True, slots=True)
class StartJob:
    id: str
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StopJob:
    id: str


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    kind: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    id: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    id: str
    error: JobFailure


@dataclass(frozen=True, slots=True)
class Stopped:
    id: str


Command = StartJob | StopJob
Reply = Event | Done | Failed | Stopped

_COMMANDS: dict[str, type[Command]] = {"job": StartJob, "stop": StopJob}
_REPLIES: dict[str, type[Reply]] = {
    "event": Event,
    "done": Done,
    "failed": Failed,
    "stopped": Stopped,
}
_NAMES = {kind: name for name, kind in (*_COMMANDS.items(), *_REPLIES.items())}


def encode(message: Command | Reply) -> bytes:
    """One line. Raises TypeError for a payload or result that is not made of plain values."""
    plain: dict[str, Any] = {"type": _NAMES[type(message)]}
    for field in fields(message):
        value = getattr(message, field.name)
        plain[field.name] = value.to_plain() if isinstance(value, JobFailure) else value
    return json.dumps(plain, default=_plain).encode("ascii") + b"\n"


def decode_command(line: bytes) -> Command:
    return _build(_COMMANDS, _read(line))


def decode_reply(line: bytes) -> Reply:
    plain = _read(line)
    try:
        if plain.get("type") == "failed":
            plain["error"] = JobFailure.from_plain(plain["error"])
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"not a failure: {line[:200]!r}") from error
    return _build(_REPLIES, plain)


def shown(params: dict[str, object]) -> dict[str, Any]:
    """An error's parameters as plain values; what JSON does not know becomes its text."""
    plain: dict[str, Any] = json.loads(json.dumps(params, default=str))
    return plain


def _read(line: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(line)
    except ValueError as error:
        raise ProtocolError(f"not JSON: {line[:200]!r}") from error
    if not isinstance(plain, dict):
        raise ProtocolError(f"not a message: {line[:200]!r}")
    return plain


def _build(kinds: dict[str, type[Message]], plain: dict[str, Any]) -> Message:
    name = plain.pop("type", None)
    try:
        return kinds[name](**plain)
    except (KeyError, TypeError) as error:
        raise ProtocolError(f"not a message of type {name!r}") from error


def _plain(value: object) -> object:
    """Paths and the scalars of numpy and torch, which job functions return without noticing."""
    if isinstance(value, PurePath):
        return str(value)
    if callable(item := getattr(value, "item", None)):
        return item()
    raise TypeError(f"{type(value).__name__} cannot be sent between processes")
