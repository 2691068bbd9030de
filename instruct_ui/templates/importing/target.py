"""What a promptsource template wants to hear: the part behind `|||`, taken apart.

Only three things of it can be used here: which column is the gold, what stands before the answer,
and the words for the labels. All else of it is said to be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import nodes

from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.importing.choices import Choices, words_by_label
from instruct_ui.templates.importing.jinja_source import (
    ENVIRONMENT,
    columns,
    parse,
)
from instruct_ui.templates.importing.pieces import (
    Part,
    Piece,
    text_of,
)
from instruct_ui.templates.importing.rewriting import CHOICES, literal

_CALLED_GOLD = frozenset(name for task in REGISTRY.values() for name in task.gold.names[:3])

Known = Mapping[str, nodes.Node]
"""Names a template sets, and to what."""


@dataclass(frozen=True, slots=True)
class Target:
    gold: str
    """The column the answer comes from."""
    chooses: bool = False
    """Whether it is the number or name of one of several choices."""
    choices: Choices = field(default_factory=Choices)
    words: Mapping[str, str] = field(default_factory=dict)
    """Label -> its choice; empty where that is not told."""
    before: str = ""
    """Jinja that stands before the answer."""
    after: str = ""
    """Jinja behind it."""
    computed: bool = False
    """Whether the answer is more than the gold or the choice as it is."""
    key: str = ""
    """`en` where the gold is `column.en` or `column["en"]`."""


def target_of(parts: Sequence[Part], read: Sequence[str], choices: Choices, known: Known) -> Target:
    """`read`: the columns in front of `|||`.

    Raises TemplateError where the part names no column of the row.
    """
    place = _place(parts, read, known)
    text = text_of(parts) if place is None else parts[place].text
    before, after = ("", "") if place is None else _around(parts, place)
    whole = _output(parse(text)) if place is not None else None
    picked = _picked(parse(text), known)
    if picked is None:
        key = _key(whole)
        computed = not key and not isinstance(whole, nodes.Name)
        gold = _gold(_columns(columns(text), known), read)
        return Target(gold, before=before, after=after, computed=computed, key=key)
    listed = _list(picked.node, known)
    here = choices if listed is None else _choices(listed)
    gold = _gold(_columns(_names(picked.arg), known), read)
    return Target(
        gold,
        chooses=True,
        choices=here,
        words=words_by_label(picked.arg, gold, here.words, known),
        before=before,
        after=after,
        computed=whole is None or _picked(whole, known) is not whole,
    )


def _place(parts: Sequence[Part], read: Sequence[str], known: Known) -> int | None:
    """Which of `parts` is the output of the gold; None where that is no single one."""
    outputs = {
        at: part.text
        for at, part in enumerate(parts)
        if isinstance(part, Piece) and part.kind == "variable"
    }
    for at, text in outputs.items():
        if _picked(parse(text), known) is not None:
            return at
    if not all(isinstance(part, Piece) for part in parts):
        return None
    telling = {at: names for at, t in outputs.items() if (names := _columns(columns(t), known))}
    unread = [at for at, names in telling.items() if not set(names) & set(read)]
    return next(iter([*unread, *reversed(telling)]), None)


def _around(parts: Sequence[Part], place: int) -> tuple[str, str]:
    """The text on both sides; tags there print nothing, or nothing that is known."""
    before, after = (
        [p for p in side if isinstance(p, Piece) and p.kind not in ("block", "comment")]
        for side in (parts[:place], parts[place + 1 :])
    )
    return text_of(before).strip(), text_of(after).strip()


def _picked(tree: nodes.Node, known: Known) -> nodes.Getitem | None:
    """`choices[..]` of an expression or template, by something the row says."""
    found = [
        node
        for node in (tree, *tree.find_all(nodes.Getitem))
        if isinstance(node, nodes.Getitem)
        and not isinstance(node.arg, nodes.Const | nodes.Slice)
        and (_is_choices(node.node) or _list(node.node, known) is not None)
    ]
    return next(iter(sorted(found, key=lambda node: not _is_choices(node.node))), None)


def _is_choices(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == CHOICES


def _list(node: nodes.Node, known: Known) -> nodes.List | None:
    """The list itself, also by the name it was given."""
    found = known.get(node.name) if isinstance(node, nodes.Name) else node
    return found if isinstance(found, nodes.List) else None


def _choices(listed: nodes.List) -> Choices:
    words = [item.value for item in listed.items if isinstance(item, nodes.Const)]
    if len(words) < len(listed.items):
        return Choices()
    told = tuple(str(word).strip() for word in words)
    return Choices(tuple(map(literal, told)), told)


def _output(tree: nodes.Template) -> nodes.Expr | None:
    """The expression of a single `{{ .. }}`."""
    output = next(tree.find_all(nodes.Output), None)
    return None if output is None else output.nodes[0]


def _key(expression: nodes.Expr | None) -> str:
    match expression:
        case nodes.Getattr(node=nodes.Name(), attr=str(key)):
            return key
        case nodes.Getitem(node=nodes.Name(), arg=nodes.Const(value=str(key))):
            return key
    return ""


def _names(node: nodes.Node) -> list[str]:
    found = [node] if isinstance(node, nodes.Name) else node.find_all(nodes.Name)
    return [name.name for name in found if name.name not in ENVIRONMENT.globals]


def _columns(names: Iterable[str], known: Known) -> list[str]:
    """What is read of the row, also by way of what the template sets."""
    waiting, seen = list(names), set[str]()
    found: list[str] = []
    while waiting:
        name = waiting.pop(0)
        if name not in seen and name in known:
            waiting += _names(known[name])
        elif name not in seen and name != CHOICES:
            found.append(name)
        seen.add(name)
    return found


def _gold(names: Sequence[str], read: Sequence[str]) -> str:
    """Of several columns the one that is called as a gold is, else one that is not shown."""
    if not names:
        raise TemplateError("importing_no_gold")
    called = [name for name in names if name.casefold() in _CALLED_GOLD]
    unread = [name for name in names if name not in read]
    return [*(n for n in called if n in unread), *called, *unread, *names][0]
