"""A question and the best of the known answers, as in customer service."""

from instruct_ui.tasks.task import AS_IT_IS, Role, Task, ways, words

QUESTION = words("question query utterance message instruction 问题 提问 咨询")
ANSWER = words("answer response reply 答案 回答 回复")
TASK = Task(
    "answer_retrieval",
    (Role("question", "text", QUESTION), Role("answer", "text", ANSWER, gold=True, several=True)),
    "recall_at_1",
    ways=ways("known_answers", encoder=AS_IT_IS),
    text_metrics=("recall_at_1", "mrr", "rougeL"),
    starters=("best-answer", "best-answer-zh"),
    telling=True,
)
