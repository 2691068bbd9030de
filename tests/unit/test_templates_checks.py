"""Checks of constraints: what keeps them, what breaks them, and what is no check."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from instruct_ui.templates.checks import Check, keeps
from instruct_ui.templates.template import parse

ADAPTER: TypeAdapter[Check] = TypeAdapter(Check)
SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
}


def check(**plain: Any) -> Check:
    return ADAPTER.validate_python(plain)


@pytest.mark.parametrize(
    ("plain", "kept", "broken"),
    [
        ({"kind": "label"}, "Good.", "quite good"),
        ({"kind": "label"}, "good, bad", "good, dull"),
        ({"kind": "words", "at_most": 3}, "It's well-made, really", "one two three four"),
        ({"kind": "words", "at_most": 4}, "今天很好", "今天非常好"),
        ({"kind": "words", "at_least": 2}, "two words", "one"),
        ({"kind": "sentences", "at_most": 1}, "It costs 7.50, tax included.", "One. And two."),
        ({"kind": "sentences", "at_least": 2}, "第一句。第二句！", "只有一句。"),
        ({"kind": "json"}, '{"a": [1, 2]}', '{"a": 1'),
        ({"kind": "json", "schema": SCHEMA}, '{"name": "Ada"}', '{"age": 3}'),
        ({"kind": "json", "schema": SCHEMA}, '{"name": "Ada", "age": 3}', '{"name": 3}'),
        ({"kind": "pattern", "pattern": r"\d{4}-\d\d"}, "2026-11", "on 2026-11"),
        ({"kind": "python"}, "```python\nx = [n for n in y]\n```", "x = = 1"),
        ({"kind": "language", "language": "zh"}, "苹果 iPhone 很贵", "expensive"),
        ({"kind": "language", "language": "en"}, "An apple 苹果", "苹果"),
        ({"kind": "contains", "all": ["Sorry"]}, "we are SORRY", "we regret"),
        ({"kind": "contains", "none": ["always"]}, "often", "Always so"),
    ],
)
def test_kept_and_broken(plain: dict[str, Any], kept: str, broken: str) -> None:
    assert keeps(check(**plain), kept, ("good", "bad"))
    assert not keeps(check(**plain), broken, ("good", "bad"))
    assert not keeps(check(**plain), "  ", ("good", "bad"))


@pytest.mark.parametrize(
    "plain",
    [
        {"kind": "words"},
        {"kind": "words", "at_least": 3, "at_most": 2},
        {"kind": "pattern", "pattern": "("},
        {"kind": "pattern", "pattern": "a{1000000000}"},
        {"kind": "pattern", "pattern": "((a{99}){2,99}){,99}"},
        {"kind": "json", "schema": {"type": "nothing"}},
        {"kind": "json", "schema": {"$ref": "http://example.com/schema"}},
        {"kind": "contains"},
        {"kind": "language", "language": "fr"},
        {"kind": "magic"},
    ],
)
def test_what_is_no_check_is_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(**plain)


def test_a_pattern_that_never_ends_is_given_up() -> None:
    start = time.monotonic()
    assert not keeps(check(kind="pattern", pattern="(a|aa)+$"), "a" * 5000 + "b")
    assert time.monotonic() - start < 2


def test_a_check_comes_back_from_the_templates_yaml() -> None:
    block = {"kind": "constraint", "text": "JSON", "check": {"kind": "json", "schema": SCHEMA}}
    plain = {
        "name": "t",
        "task": "generation",
        "blocks": [block, {"kind": "input", "text": "{{ input }}"}],
    }
    template = parse(plain, "t")
    assert parse(template.model_dump(mode="json"), "t") == template
    assert "schema:" in template.to_yaml() and "json_schema" not in template.to_yaml()
