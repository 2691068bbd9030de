"""A text in one language and what it says in another; several translations are all right."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

SOURCE = words("source src english en 英文 英语 原文 源文")
TARGET = words("target tgt translation chinese zh 中文 汉语 译文 目标")
TASK = Task(
    "translation",
    (Role("source", "text", SOURCE), Role("target", "text", TARGET, gold=True, several=True)),
    "chrf",
    ways=ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    text_metrics=("chrf", "bleu"),
    starters=("translate", "translate-zh"),
    answer_tokens=96,
    telling=True,
)
