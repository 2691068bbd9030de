"""The answers a promptsource template chooses from, and which label stands for which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from instruct_ui.errors import TemplateError
from instruct_ui.templates.importing.jinja_source import (
    parse,
)
from instruct_ui.templates.importing.pieces import (
    SEPARATOR,
    Piece,
    data_piece,
    flat,
    parts,
    text_of,
    trimmed,
)
from instruct_ui.templates.importing.rewriting import literal


@dataclass(frozen=True, slots=True)
class Choices:
    written: tuple[str, ...] = ()
    """Each as an expression of jinja: a string, or something made of columns."""
    words: tuple[str, ...] = ()
    """The same as texts; none where they differ from row to row."""


def choices_of(source: str) -> Choices:
    """`No ||| Yes`, each choice a text, an output or both.

    Raises TemplateError for choices that are made in another way, by an `if` for example.
    """
    if not source.strip():
        return Choices()
    choices: list[list[Piece]] = [[]]
    for part in parts(source):
        if not isinstance(part, Piece) or part.kind == "block":
            raise TemplateError("importing_choices", line=1)
        if part.kind == "data":
            first, *more = part.text.split(SEPARATOR)
            choices[-1].append(data_piece(first))
            choices += [[data_piece(text)] for text in more]
        elif part.kind != "comment":
            choices[-1].append(part)
    words = [_constant(choice) for choice in choices]
    if None in words:
        return Choices(tuple(map(_expression, choices)))
    told = tuple(word for word in words if word is not None)
    return Choices(tuple(map(literal, told)), told)


def _constant(choice: Sequence[Piece]) -> str | None:
    """What it says in every row; None where it differs."""
    told: list[str] = []
    for output in parse(text_of(choice)).find_all(nodes.Output):
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                told.append(node.data)
            elif isinstance(node, nodes.Const):
                told.append(str(node.value))
            else:
                return None
    return "".join(told).strip()


def _expression(choice: Sequence[Piece]) -> str:
    """`Choice {{ a }}` as `("Choice " ~ a)`."""
    texts: list[str] = []
    for piece in flat(trimmed(choice)):
        inner = "".join(token.text for token in piece.tokens[1:-1]).strip()
        if piece.kind == "variable":
            texts.append(inner if inner.isidentifier() else f"({inner})")
        elif piece.text or len(choice) == 1:
            texts.append(literal(inner if piece.kind == "raw" else piece.text))
    return texts[0] if len(texts) == 1 else f"({' ~ '.join(texts)})"


def words_by_label(
    index: nodes.Expr, column: str, words: Sequence[str], known: Mapping[str, nodes.Node]
) -> dict[str, str]:
    """Label -> word, for `answer_choices[index]` with the label in `column`.

    `index` may look the label up in a list or record (also one of `known`, the names the template
    sets) or add a number; for anything else nothing is told.
    """
    labels: Sequence[object] = range(len(words))
    for lookup in (index, *index.find_all(nodes.Getitem)):
        if not isinstance(lookup, nodes.Getitem) or not _is_column(lookup.arg, column):
            continue
        table = _resolved(lookup.node, known)
        if isinstance(table, nodes.Dict):
            labels = [pair.key.value for pair in table.items if isinstance(pair.key, nodes.Const)]
    try:
        places = [_value(index, column, label, known) for label in labels]
    except (LookupError, TypeError):
        return {}
    if not all(0 <= place < len(words) for place in places):
        return {}
    return {str(label): words[place] for label, place in zip(labels, places, strict=True)}


def _is_column(node: nodes.Node, column: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == column


def _resolved(node: nodes.Node, known: Mapping[str, nodes.Node]) -> nodes.Node:
    return known.get(node.name, node) if isinstance(node, nodes.Name) else node


def _value(node: nodes.Node, column: str, label: object, known: Mapping[str, nodes.Node]) -> int:
    """A number out of a few kinds of expressions: nothing of a template is run here.

    Raises TypeError or LookupError for all others.
    """
    match node:
        case nodes.Const(value=int(number)):
            return number
        case nodes.Name() if node.name == column and isinstance(label, int):
            return label
        case nodes.Filter(name="int", node=nodes.Expr() as inner):
            return _value(inner, column, label, known)
        case nodes.Add(left=left, right=right):
            return _value(left, column, label, known) + _value(right, column, label, known)
        case nodes.Sub(left=left, right=right):
            return _value(left, column, label, known) - _value(right, column, label, known)
        case nodes.Getitem(node=table, arg=nodes.Name(name=name)) if name == column:
            return _value(_cell(_resolved(table, known), label), column, label, {})
    raise TypeError("an expression of another kind")


def _cell(table: nodes.Node, label: object) -> nodes.Node:
    if isinstance(table, nodes.Dict):
        found = {p.key.value: p.value for p in table.items if isinstance(p.key, nodes.Const)}
        return found[label]
    if isinstance(table, nodes.List) and isinstance(label, int):
        return table.items[label]
    raise TypeError("no list and no record")
