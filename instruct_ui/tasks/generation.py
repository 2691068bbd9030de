"""A text to be written from another: an instruction and one or more good results.

Where a row brings choices, as common-sense data do, nothing is written: the likeliest one counts.
"""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

INPUT = words("input prompt instruction 输入 指令")
OUTPUT = words("output completion target 输出 结果")
CHOICES = words("choices options candidates endings 选项 候选")
TASK = Task(
    "generation",
    (
        Role("input", "text", INPUT),
        Role("output", "text", OUTPUT, gold=True, several=True),
        Role("choices", "choices", CHOICES, needed=False),
    ),
    "rougeL",
    ways=ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    text_metrics=("rougeL", "chrf", "exact_match"),
    starters=("follow", "follow-zh"),
    answer_tokens=160,
    answer_lines=True,
    telling=True,
)
