"""Enforced constraints as grammars of llguidance (its dialect of Lark).

Every grammar lets one blank or line break stand before the answer, as models write it behind
"Answer:".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from instruct_ui.engine.base import Enforced
from instruct_ui.errors import TemplateError

_SEPARATOR = ", "
"""Between several labels, as gold is written."""
_LEAD = "LEAD: /[ \\n]/\n"
_JSON_FORM = {
    "x-guidance": {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
}
"""On one line, with one blank where people write one: free blanks would let a model write nothing
else, and a line break would end a one-line answer."""
_LONGEST = 20_000
"""Characters of a schema, as JSON."""
_LARGEST = 100_000
"""Of the product of all `multipleOf`: as many states has what checks it."""
_FORMS = {
    "\n": r"\S(.*\S)?",
    "\n\n": r"\S((\n?[^\n])*\n?\S)?",
    None: r"(?s:\S(.*\S)?)",
}
"""No blanks around it, as answers are read, and none of what ends an answer in it."""
_PLACE = re.compile(
    r"^at \d+\(\d+\): |^failed to compile JSON schema: |^invalid regex .* \(in regex\): "
)


def grammar_of(enforced: Sequence[Enforced], mark: str | None) -> str:
    """What keeps all of `enforced` and does not hold `mark` (`WritingForm`): JSON, or text with no
    blanks around it. It may be one that llguidance does not take; `refuse_unenforceable` says so.
    """
    schemas = [json.loads(one.json_schema) for one in enforced if one.kind == "json"]
    if schemas:
        schema = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
        return f"start: LEAD? body\n{_LEAD}body: %json {json.dumps(schema | _JSON_FORM)}\n"
    rules = [_text_rule(one, f"RULE{number}") for number, one in enumerate(enforced)]
    named = " & ".join(f"RULE{number}" for number in range(len(enforced)))
    body = f"BODY: {named} & /{_FORMS[mark]}/\n"
    return f"start: TEXT\nTEXT: LEAD? BODY\n{_LEAD}{body}" + "".join(rules)


def patterns_in(enforced: Enforced) -> list[str]:
    """The regular expressions it names, those of a schema's strings among them."""
    if enforced.pattern:
        return [enforced.pattern]
    return [found for found in _values(enforced, "pattern") if isinstance(found, str)]


def refuse_unenforceable(enforced: Sequence[Enforced]) -> None:
    """Raises TemplateError naming the block that asks for what no grammar can bind: lookaround in
    a pattern, `uniqueItems` in a schema, a label of data that have none, text and JSON at once;
    or for so much that building the grammar could take minutes. Needs no model."""
    from llguidance import LLMatcher

    for one in enforced:
        if one.kind == "label" and not one.words:
            raise TemplateError("enforcing_no_labels", block=one.block)
        if _too_large(one):
            raise TemplateError("enforcing_too_much", blocks=one.block)
        grammar = LLMatcher.grammar_from_lark(grammar_of([one], None))
        failed, told = LLMatcher.validate_grammar_with_warnings(grammar)
        if failed:
            raise TemplateError("enforcing_impossible", block=one.block, cause=_cause(told[0]))
    if len({one.kind == "json" for one in enforced}) > 1:
        raise TemplateError("enforcing_mixed", blocks=numbers(enforced))


def numbers(enforced: Sequence[Enforced]) -> str:
    """The numbers of the blocks, for errors."""
    return ", ".join(str(one.block) for one in enforced)


def _too_large(one: Enforced) -> bool:
    divisors = [n for n in _values(one, "multipleOf") if isinstance(n, int | float) and n > 0]
    product = math.prod(max(n, 1 / n) for n in divisors)
    return len(one.json_schema) > _LONGEST or product > _LARGEST


def _values(enforced: Enforced, key: str) -> Iterator[Any]:
    """What stands under `key` anywhere in the schema."""

    def within(schema: Any) -> Iterator[Any]:
        if isinstance(schema, dict):
            if key in schema:
                yield schema[key]
            schema = list(schema.values())
        if isinstance(schema, list):
            for part in schema:
                yield from within(part)

    return within(json.loads(enforced.json_schema))


def _text_rule(one: Enforced, name: str) -> str:
    if one.kind == "pattern":
        from llguidance import regex_to_lark

        return f"{name}: /(?:{regex_to_lark(_unanchored(one.pattern), '')})/\n"
    words = " | ".join(map(_quoted, dict.fromkeys(one.words)))
    body = f"{name}_WORD"
    if one.several:
        body += f' ("{_SEPARATOR}" {name}_WORD){{0,{len(one.words) - 1}}}'
    if one.none:
        body += f" | {_quoted(one.none)}"
    return f"{name}: {body}\n{name}_WORD: {words}\n"


def _unanchored(pattern: str) -> str:
    """Without anchors at its two ends: the whole answer matches anyway."""
    pattern = re.sub(r"^(?:\^|\\A)", "", pattern)
    return re.sub(r"(?<!\\)((?:\\\\)*)(?:\$|\\[Zz])$", r"\1", pattern)


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _cause(told: str) -> str:
    """The sentence that says what is not taken, out of several lines with the grammar quoted."""
    named = re.search(r"^error: (.*)$", told, re.MULTILINE)
    if named:
        return named[1]
    cause = told.split("\n")[0]
    while (shorter := _PLACE.sub("", cause)) != cause:
        cause = shorter
    return cause
