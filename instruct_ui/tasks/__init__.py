"""What a task is: its columns and its names. One file a task; this module is their registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

TaskName = Literal["text_classification", "token_classification"]
TASKS: tuple[TaskName, ...] = get_args(TaskName)


@dataclass(frozen=True)
class Task:
    name: TaskName
    columns: tuple[str, ...]
    """Roles a column can have; the first is what the model reads, the second is the gold."""
    headline_metric: str
    """The metric a comparison is decided on."""


REGISTRY: dict[TaskName, Task] = {
    "text_classification": Task("text_classification", ("text", "label"), "accuracy"),
    "token_classification": Task("token_classification", ("tokens", "tags"), "entity_f1"),
}
