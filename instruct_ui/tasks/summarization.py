"""A long text and what matters of it."""

from instruct_ui.tasks.task import Role, Task, words

TEXT = words("document article dialogue text body content 正文 原文 文章 文本")
SUMMARY = words("summary summaries abstract highlights tldr 摘要 总结 概要")
TASK = Task(
    "summarization",
    (Role("text", "text", TEXT), Role("summary", "text", SUMMARY, gold=True, several=True)),
    "rougeL",
    telling=True,
)
