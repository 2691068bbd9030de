"""What a constraint can be held against: each check is told by a template and kept by an answer.

Knows no model. Patterns and schemas come from templates, so they run under limits: a pattern with
a time limit (`regex`), a schema without references to anywhere else.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import regex
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_SECONDS = 0.1
"""Longest a pattern may look at one answer."""
_LONGEST = 20_000
"""Characters of an answer a pattern is shown."""
_WORD = regex.compile(
    r"\p{Han}|[^\p{Han}\p{Z}\p{P}\p{S}\p{C}]+(?:['’.\-][^\p{Han}\p{Z}\p{P}\p{S}\p{C}]+)*"
)
_FENCE = regex.compile(r"\A```\w*\n(.*?)\n?```\Z", regex.DOTALL)
_SENTENCE = regex.compile(r"[^\s.!?。！？…](?:[^.!?。！？…\n]|\.(?=\d))*")
"""Up to its end; a point in a number ends none."""


class _Check(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Counted(_Check):
    at_least: int = Field(default=0, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> _Counted:
        if self.at_most is None and self.at_least == 0:
            raise ValueError("give `at_least` or `at_most`")
        if self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("`at_least` is more than `at_most`")
        return self

    def holds(self, count: int) -> bool:
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)


class IsLabel(_Check):
    """The answer is one of the label words, or several of them where the task allows that."""

    kind: Literal["label"]


class Words(_Counted):
    """In Chinese every character counts as a word."""

    kind: Literal["words"]


class Sentences(_Counted):
    kind: Literal["sentences"]


class IsJson(_Check):
    """`schema`: JSON Schema (draft 2020-12), without `$ref` to other documents."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)
    kind: Literal["json"]
    json_schema: dict[str, Any] = Field(default={}, alias="schema")

    @field_validator("json_schema")
    @classmethod
    def _usable(cls, schema: dict[str, Any]) -> dict[str, Any]:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError

        if '"$ref"' in json.dumps(schema) or '"$dynamicRef"' in json.dumps(schema):
            raise ValueError("a schema with `$ref` is not taken")
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"no JSON Schema: {error.message}") from error
        return schema


class IsPython(_Check):
    """Python that can be parsed; nothing is ever run. A fence around it does not count."""

    kind: Literal["python"]


_COUNT = regex.compile(r"\{(?:\d*\s*,)?\s*(\d+)")
_MOST_COUNTED = 10_000


class Pattern(_Check):
    """A regular expression that the whole answer matches."""

    kind: Literal["pattern"]
    pattern: str = Field(min_length=1, max_length=500)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        # A pattern is compiled written out: `a{1000000000}` takes tens of gigabytes.
        if math.prod(max(1, int(n)) for n in _COUNT.findall(pattern)) > _MOST_COUNTED:
            raise ValueError(f"its counts multiply to more than {_MOST_COUNTED:,}")
        try:
            regex.compile(pattern)
        except regex.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        return pattern


class InLanguage(_Check):
    """By the script of the answer's letters."""

    kind: Literal["language"]
    language: Literal["en", "zh"]


class Contains(_Check):
    """`all` must stand in the answer, `none` must not; upper and lower case are one."""

    kind: Literal["contains"]
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Contains:
        if not any(word.strip() for word in (*self.all, *self.none)):
            raise ValueError("give words under `all` or `none`")
        return self


Check = Annotated[
    IsLabel | Words | Sentences | IsJson | IsPython | Pattern | InLanguage | Contains,
    Field(discriminator="kind"),
]


def keeps(check: Check, answer: str, words: Sequence[str] = ()) -> bool:
    """Whether `answer` keeps `check`; `words` are the words of the labels. A blank answer keeps
    none."""
    text = answer.strip()
    if not text:
        return False
    match check:
        case IsLabel():
            parts = [part.strip() for part in regex.split(r"[,;，；、\n]", text)]
            known = {_plain(word) for word in words}
            return all(_plain(part) in known for part in parts if part)
        case Words():
            return check.holds(len(_WORD.findall(text)))
        case Sentences():
            return check.holds(len(_SENTENCE.findall(text)))
        case IsJson():
            return _is_json(text, check.json_schema)
        case IsPython():
            return _is_python(text)
        case Pattern():
            return _matches(check.pattern, text)
        case InLanguage():
            return _script(text) == check.language
        case Contains():
            lower = text.casefold()
            wanted = all(word.casefold() in lower for word in check.all)
            return wanted and not any(word.casefold() in lower for word in check.none if word)


def _plain(word: str) -> str:
    return word.strip().strip(".。!！\"'“”").casefold()


def _is_json(text: str, schema: dict[str, Any]) -> bool:
    from jsonschema import Draft202012Validator

    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return bool(Draft202012Validator(schema).is_valid(value))


def _is_python(text: str) -> bool:
    code = _FENCE.sub(r"\1", text).strip()
    if not code or len(code) > _LONGEST:
        return False
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _matches(pattern: str, text: str) -> bool:
    try:
        found = regex.fullmatch(pattern, text[:_LONGEST], timeout=_SECONDS)
    except TimeoutError:
        return False
    return found is not None


def _script(text: str) -> str:
    han = len(regex.findall(r"\p{Han}", text))
    latin = len(regex.findall(r"\p{Latin}+", text))
    if not han and not latin:
        return ""
    return "zh" if han > latin else "en"
