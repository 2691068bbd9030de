"""A text in one language and what it says in another; several translations are all right."""

from instruct_ui.tasks.task import Role, Task, words

SOURCE = words("source src english en 英文 英语 原文 源文")
TARGET = words("target tgt translation chinese zh 中文 汉语 译文 目标")
TASK = Task(
    "translation",
    (Role("source", "text", SOURCE), Role("target", "text", TARGET, gold=True, several=True)),
    "chrf",
    telling=True,
)
