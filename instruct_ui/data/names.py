"""What people call their columns, in two languages, most telling name first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from instruct_ui.tasks import REGISTRY
from instruct_ui.tasks.task import words

OTHERS = words(
    "id row index idx channel date time source url author user split 编号 序号 日期 来源 渠道"
)
_KNOWN = frozenset(
    name
    for task in REGISTRY.values()
    for role in task.roles
    for name in role.names
    if len(name) > 2 or not name.isascii()
) | frozenset(OTHERS)
_PART = re.compile(r"[\W_]+")


def parts(name: str) -> list[str]:
    """`Review_Text` -> review, text; CamelCase is not taken apart."""
    return [part for part in _PART.split(name.casefold()) if part]


def is_known(name: str) -> bool:
    return name.casefold() in _KNOWN


def is_made_of_known(name: str) -> bool:
    """`review_text`: one word as a name is, with a known one inside."""
    return not any(c.isspace() for c in name) and any(p in _KNOWN for p in parts(name))


def rank(name: str, names: Sequence[str]) -> float | None:
    """How telling a column's name is for a role, lower is better; None: not at all."""
    folded = name.strip().casefold()
    if folded in names:
        return names.index(folded)
    ranks = [names.index(part) for part in parts(name) if part in names]
    return min(ranks) + 0.5 + len(names) if ranks else None


def numbered_like(name: str, names: Sequence[str]) -> bool:
    """`summary2`, `answer_3`: one of the names with a number after it."""
    folded = name.strip().casefold()
    stem = folded.rstrip("0123456789")
    return stem != folded and stem.rstrip("_-.:# ") in names
