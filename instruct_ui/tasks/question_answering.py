"""A passage and a question; accepted answers stand in the passage, or there is none."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

PASSAGE = words("passage context paragraph 段落 篇章 上下文 材料")
QUESTION = words("question query 问题 提问")
ANSWERS = words("answers answer answer_text 答案 回答")
START = words("answer_start start answer_offset 答案位置")
TASK = Task(
    "question_answering",
    (
        Role("passage", "text", PASSAGE),
        Role("question", "text", QUESTION),
        Role("answers", "answers", ANSWERS, gold=True, several=True),
        Role("answer_start", "place", START, gold=True, needed=False),
    ),
    "f1",
    ways=ways("best_sentence", encoder=("zero_shot",))
    | ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    text_metrics=("f1", "exact_match"),
    starters=("answer-from-passage", "answer-from-passage-zh"),
    telling=True,
)
