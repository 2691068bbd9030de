"""Turns of a conversation and the best next one; without a column for it the last turn is it."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

TURNS = words("turns messages conversation conversations history dialog dialogue 对话 会话 轮次")
ANSWER = words("answer response reply next_turn 回答 回复 应答")
TASK = Task(
    "dialogue",
    (
        Role("turns", "turns", TURNS),
        Role("answer", "text", ANSWER, gold=True, needed=False, several=True),
    ),
    "rougeL",
    ways=ways("known_answers", encoder=AS_IT_IS) | ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    text_metrics=("rougeL", "chrf", "recall_at_1", "mrr"),
    starters=("next-turn", "next-turn-zh"),
    answer_tokens=64,
    telling=True,
)
