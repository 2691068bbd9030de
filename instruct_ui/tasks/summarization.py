"""A long text and what matters of it."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

TEXT = words("document article dialogue text body content 正文 原文 文章 文本")
SUMMARY = words("summary summaries abstract highlights tldr 摘要 总结 概要")
TASK = Task(
    "summarization",
    (Role("text", "text", TEXT), Role("summary", "text", SUMMARY, gold=True, several=True)),
    "rougeL",
    ways=ways("central_sentences", encoder=("zero_shot",))
    | ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    text_metrics=("rougeL", "rouge1", "rouge2"),
    starters=("one-sentence", "one-sentence-zh"),
    answer_tokens=96,
    telling=True,
)
