"""Changes to a template's jinja, token by token, so that all else stays as its author wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from jinja2 import nodes

from instruct_ui.errors import TemplateError
from instruct_ui.templates.importing.jinja_source import (
    ENVIRONMENT,
    Token,
    check,
    parse,
    tokens,
)
from instruct_ui.templates.importing.pieces import (
    flat,
    parts,
    text_of,
)
from instruct_ui.templates.importing.report import Note, note

CHOICES = "answer_choices"
_RANDOM = ("choice", "random")
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")


def standing(source: str) -> tuple[str, list[Note]]:
    """`source` with what our jinja lacks, or what differs from time to time, taken out or fixed.

    Raises TemplateError where what is left cannot be used.
    """
    tree = parse(source)
    notes: list[Note] = []
    if any(True for _ in tree.find_all(nodes.Include)):
        source = text_of(piece for piece in flat(parts(source)) if piece.tag != "include")
        notes.append(note("include"))
    used = {found.name for found in tree.find_all(nodes.Filter)}
    called = {c.node.name for c in tree.find_all(nodes.Call) if isinstance(c.node, nodes.Name)}
    if used & set(_RANDOM) or "choice" in called:
        source = _first_of_choice(_filters(source, _RANDOM, " first"))
        notes.append(note("random"))
    unknown = sorted(used - set(ENVIRONMENT.filters) - set(_RANDOM))
    if unknown:
        source = _filters(source, unknown, "")
        notes.append(note("filters", names=unknown))
    check(source)
    return source, notes


def _filters(source: str, names: Sequence[str], instead: str) -> str:
    """`x | name(..)` as `x`, or with the filter `instead`."""
    found = tokens(source)
    out: list[Token] = []
    at = 0
    while at < len(found):
        bar = found[at]
        name = _next(found, at)
        if bar.kind == "operator" and bar.text == "|" and found[name].text in names:
            if instead:
                out += [bar, Token(bar.line, "name", instead)]
            after = _next(found, name)
            at = (_closing(found, after) if found[after].text == "(" else name) + 1
            continue
        out.append(bar)
        at += 1
    return "".join(token.text for token in out)


def _first_of_choice(source: str) -> str:
    """`choice(..)` as `(..) | first`."""
    found = tokens(source)
    texts = [token.text for token in found]
    for at, token in enumerate(found):
        after = _next(found, at)
        if token.text == "choice" and _is_variable(found, at) and found[after].text == "(":
            texts[at] = ""
            texts[_closing(found, after)] += " | first"
    return "".join(texts)


def with_choices(source: str, choices: Sequence[str], whole: str) -> str:
    """`answer_choices` as `whole`, `answer_choices[1]` as the second of `choices`; both jinja.

    Raises TemplateError where there are no choices, or none of this number.
    """
    found = tokens(source)
    listed = as_list(choices)

    def written(at: int) -> tuple[str, int]:
        if not choices:
            raise TemplateError("importing_choices", line=found[at].line)
        opening = _next(found, at)
        if found[opening].text != "[":
            return whole, at
        number = _next(found, opening)
        closing = _next(found, number)
        if found[number].kind != "integer" or found[closing].text != "]":
            return listed, at
        place = _number(found[number])
        if place >= len(choices):
            raise TemplateError("importing_choices", line=found[at].line)
        return choices[place], closing

    return _replaced(found, {CHOICES: written})


def as_list(choices: Sequence[str]) -> str:
    return f"[{', '.join(choices)}]"


def numbers_as_text(source: str, names: Sequence[str]) -> str:
    """`column == 4` as `column == "4"`: all cells are texts."""
    found = tokens(source)
    texts = [token.text for token in found]
    for at, token in enumerate(found):
        if token.kind != "operator" or token.text not in ("==", "!="):
            continue
        before, after = _before(found, at), _next(found, at)
        for column, number in ((before, after), (after, before)):
            is_column = found[column].text in names and _is_variable(found, column)
            if is_column and found[number].kind == "integer":
                texts[number] = f'"{_number(found[number])}"'
    return "".join(texts)


def _number(token: Token) -> int:
    return int(token.text.replace("_", ""), 0)


def renamed(source: str, names: Mapping[str, str]) -> str:
    """`source` with the variables of the row called as `names` says.

    Raises TemplateError for a name that cannot be told apart from others of its spelling.
    """
    found = tokens(source)
    out = _replaced(found, {old: _constant(new) for old, new in names.items()})
    were = [names.get(name.name, name.name) for name in parse(source).find_all(nodes.Name)]
    if were != [name.name for name in parse(out).find_all(nodes.Name)]:
        raise TemplateError("importing_reserved", name=", ".join(names))
    return out


def _constant(text: str) -> Callable[[int], tuple[str, int]]:
    return lambda at: (text, at)


def keyed(source: str, root: str) -> str:
    """`root.key` and `root["key"]` as `root_key`, a column of its own."""
    found = tokens(source)

    def written(at: int) -> tuple[str, int]:
        dot = _next(found, at)
        key = _next(found, dot)
        if found[dot].text == "." and found[key].kind == "name":
            return f"{root}_{found[key].text}", key
        closing = _next(found, key)
        if found[dot].text == "[" and found[key].kind == "string" and found[closing].text == "]":
            name = found[key].text[1:-1]
            if name.isidentifier():
                return f"{root}_{name}", closing
        return root, at

    return _replaced(found, {root: written})


def literal(text: str) -> str:
    """`text` as a string of jinja."""
    return json.dumps(text, ensure_ascii=False)


def escaped(text: str) -> str:
    """`text` so that jinja shows it as it is."""
    return re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)


def _replaced(
    found: Sequence[Token], instead: Mapping[str, Callable[[int], tuple[str, int]]]
) -> str:
    """`instead` of a variable: what is written there, and the place of the last token it stands
    for."""
    out: list[str] = []
    depths = _depths(found)
    at = 0
    while at < len(found):
        token = found[at]
        is_key = depths[at] > 0 and found[_next(found, at)].text == "="
        if token.text in instead and not is_key and _is_variable(found, at):
            text, at = instead[token.text](at)
            out.append(text)
        else:
            out.append(token.text)
        at += 1
    return "".join(out)


def _is_variable(found: Sequence[Token], at: int) -> bool:
    """Whether it is a name at `at`, and none of an attribute, a filter, a test or a tag."""
    before = found[_before(found, at)]
    if found[at].kind != "name" or before.text in (".", "|", "is"):
        return False
    if before.text == "not" and found[_before(found, _before(found, at))].text == "is":
        return False
    return before.kind != "block_begin"


def _depths(found: Sequence[Token]) -> list[int]:
    """How many brackets are open at each token."""
    depths: list[int] = []
    depth = 0
    for token in found:
        if token.kind == "operator":
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
        depths.append(depth)
    return depths


def _next(found: Sequence[Token], at: int) -> int:
    """Place of the next token that is no blank; the last one at the end."""
    at += 1
    while at < len(found) and found[at].kind == "whitespace":
        at += 1
    return min(at, len(found) - 1)


def _before(found: Sequence[Token], at: int) -> int:
    at -= 1
    while at > 0 and found[at].kind == "whitespace":
        at -= 1
    return max(at, 0)


def _closing(found: Sequence[Token], at: int) -> int:
    """Place of the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(found)):
        if found[place].kind == "operator":
            depth += (found[place].text in _OPEN) - (found[place].text in _CLOSE)
            if not depth:
                return place
    return len(found) - 1
