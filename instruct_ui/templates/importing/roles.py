"""Which task a template is for, and which of its columns is which of the task's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from instruct_ui.data import names
from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY, Role, Task, TaskName
from instruct_ui.templates.render import gold_names

_BY_METRIC: Mapping[str, TaskName] = {
    "ROUGE": "summarization",
    "BLEU": "translation",
    "Squad": "question_answering",
}
"""What a text is judged by there tells the task where the columns' names do not."""
_ALSO_TEXTS = ("target", "topic")
"""Words for a label that are words for a text to write as well."""
_SHARED = ("text", "labels", "row")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a template reads and asks for."""

    read: tuple[str, ...]
    """In the order in which the model reads them."""
    gold: str
    chooses: bool
    """Whether the gold is the number or name of one of several choices."""


@dataclass(frozen=True, slots=True)
class Assigned:
    names: Mapping[str, str]
    """Column there -> what it is called here, where it has a role."""
    others: tuple[str, ...]
    """Columns that keep their names."""
    guessed: tuple[str, ...] = ()
    """Columns whose role was taken from their place and not from their name."""


def guess(columns: Columns, metrics: Collection[str], is_original: bool) -> TaskName:
    """The task whose columns are called like these; else the one the answer is like."""
    if columns.chooses or _is_label(columns):
        return _choosing(columns)
    telling = [t for t in REGISTRY.values() if t.telling and t.gold.shape != "label"]
    asking = [t for t in telling if columns.gold.casefold() in t.gold.names]
    told = [REGISTRY[task] for metric, task in _BY_METRIC.items() if metric in metrics]
    named = [task for task in asking if _all_named(task, columns.read)]
    judged = [task for task in told if is_original and _reads_fit(task, columns.read)]
    alone = [task for task in asking if _reads_fit(task, columns.read)]
    if columns.gold.casefold() in _ALSO_TEXTS:
        alone = []
    return next(iter([*named, *judged, *alone]), REGISTRY["generation"]).name


def _is_label(columns: Columns) -> bool:
    known = REGISTRY["text_classification"].gold.names
    name = columns.gold.casefold()
    return name in known and name not in _ALSO_TEXTS


def _choosing(columns: Columns) -> TaskName:
    for task in ("text_pair", "relation_classification"):
        roles = [r for r in REGISTRY[task].roles if not r.gold and r.name != "text"]
        named = _named(REGISTRY[task], columns.read).values()
        if all(role.name in named for role in roles) and len(columns.read) > 1:
            return task
    # A question and an answer that is right or wrong: only a pair has room for an answer to read.
    return "text_pair" if {*columns.read} == {"question", "answer"} else "text_classification"


def _all_named(task: Task, read: Sequence[str]) -> bool:
    found = _named(task, read).values()
    return all(role.name in found for role in task.reads if role.needed)


def _reads_fit(task: Task, read: Sequence[str]) -> bool:
    """By names, or because there is one column to read and one is read."""
    needed = [role for role in task.reads if role.needed]
    return _all_named(task, read) or len(needed) == len(read) == 1


def assign(task_name: TaskName, columns: Columns) -> Assigned:
    """Roles by names, then by place where that leaves no doubt; the first role always has one.

    Raises TemplateError where a column is shown that is the answer, or is called as something
    else is here, and where the answer is a column that this task reads.
    """
    task = REGISTRY[task_name]
    if not columns.read:
        raise TemplateError("importing_reads_nothing")
    _refuse_other_task(task, columns)
    found = _named(task, columns.read)
    free = [column for column in columns.read if column not in found]
    open_roles = [r for r in task.reads if r.needed and r.name not in found.values()]
    if len(free) != len(open_roles):
        open_roles = [role for role in open_roles if role is task.roles[0]]
    guessed = dict(zip(free, (role.name for role in open_roles), strict=False))
    assigned = {**found, **guessed}
    others = tuple(column for column in columns.read if column not in assigned)
    _refuse_taken(task, others, assigned.values())
    # Sentences of tokens are read as one text.
    here = {c: "text" if role == "tokens" else role for c, role in assigned.items()}
    return Assigned(here, others, tuple(guessed))


def _named(task: Task, read: Sequence[str]) -> dict[str, str]:
    """Column -> role, by what people call it: the whole name first, then the only one with a
    telling word in it."""
    found: dict[str, str] = {}
    for role in task.reads:
        free = [column for column in read if column not in found]
        whole = [column for column in free if column.casefold() in role.names]
        part = [column for column in free if names.rank(column, role.names) is not None]
        if whole:
            found[min(whole, key=lambda c: _place(role, c))] = role.name
        elif len(part) == 1:
            found[part[0]] = role.name
    return found


def _place(role: Role, column: str) -> int:
    return role.names.index(column.casefold())


def _refuse_other_task(task: Task, columns: Columns) -> None:
    name = columns.gold.casefold()
    is_read = any(name in role.names for role in task.reads) and name not in task.gold.names
    if is_read or (columns.chooses and task.gold.shape != "label"):
        raise TemplateError("importing_task", task=task.name, gold=columns.gold)


def _refuse_taken(task: Task, others: Sequence[str], roles: Collection[str]) -> None:
    for name in others:
        if name in gold_names(task.name):
            raise TemplateError("importing_gold", name=name)
        if name in _SHARED or name in roles or task.role(name) is not None:
            raise TemplateError("importing_reserved", name=name)
