"""A text to be written from another: an instruction and one or more good results."""

from instruct_ui.tasks.task import Role, Task, words

INPUT = words("input prompt instruction 输入 指令")
OUTPUT = words("output completion target 输出 结果")
TASK = Task(
    "generation",
    (Role("input", "text", INPUT), Role("output", "text", OUTPUT, gold=True, several=True)),
    "rougeL",
    telling=True,
)
