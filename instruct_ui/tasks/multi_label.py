"""Any number of labels a text: a list, or a cell with commas, semicolons or bars between them."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words
from instruct_ui.tasks.text_classification import TEXT

TASK = Task(
    "multi_label",
    (
        Role("text", "text", TEXT),
        Role(
            "labels", "labels", words("labels tags topics categories genres 标签 类别"), gold=True
        ),
    ),
    "micro_f1",
    ways=ways("label_set", encoder=KINDS) | ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    starters=("topics", "topics-zh"),
)
