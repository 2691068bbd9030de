"""The registry of tasks: every module of this room with a `TASK` is one."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

from pydantic import AfterValidator

from instruct_ui.tasks.task import KINDS, Family, Kind, Role, Task, Way

__all__ = ["KINDS", "REGISTRY", "TASKS", "Family", "Kind", "Role", "Task", "TaskName", "Way"]

_ORDER = (
    "text_classification",
    "token_classification",
    "text_pair",
    "multi_label",
    "relation_classification",
    "question_answering",
)
"""Most asked for first, the others by name."""


def _found() -> dict[str, Task]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    tasks = {module.TASK.name: module.TASK for module in modules if hasattr(module, "TASK")}
    first = [name for name in _ORDER if name in tasks]
    return {name: tasks[name] for name in [*first, *sorted(tasks.keys() - set(_ORDER))]}


REGISTRY: dict[str, Task] = _found()
TASKS: tuple[str, ...] = tuple(REGISTRY)


def _known(name: str) -> str:
    if name not in REGISTRY:
        raise ValueError(f"no task of this name; there are {', '.join(REGISTRY)}")
    return name


TaskName = Annotated[str, AfterValidator(_known)]
"""A key of REGISTRY."""
