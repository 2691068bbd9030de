"""Two texts and how they stand to each other: the same meaning, an entailment, an answer or not."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words
from instruct_ui.tasks.text_classification import LABEL

FIRST = words("text_1 text1 sentence1 sentence_1 premise text_a question1 query 句子1 文本1 前提")
SECOND = words("text_2 text2 sentence2 sentence_2 hypothesis text_b question2 句子2 文本2 假设")
TASK = Task(
    "text_pair",
    (
        Role("text", "text", FIRST),
        Role("text_2", "text", SECOND),
        Role("label", "label", (*LABEL, "gold_label", "relation"), gold=True),
    ),
    "accuracy",
    ways=ways("labels", encoder=KINDS, causal=KINDS) | ways("writing", seq2seq=AS_IT_IS),
    starters=("same-meaning", "same-meaning-zh"),
    telling=True,
)
