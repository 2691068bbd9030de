"""All facts of a text as (subject, relation, object)."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words
from instruct_ui.tasks.text_classification import TEXT

TRIPLES = words("triples triplets relations spo spo_list 三元组")
TASK = Task(
    "relation_triples",
    (Role("text", "text", TEXT), Role("triples", "triples", TRIPLES, gold=True)),
    "micro_f1",
    ways=ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    starters=("facts", "facts-zh"),
    answer_tokens=96,
    telling=True,
)
