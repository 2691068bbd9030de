"""All facts of a text as (subject, relation, object)."""

from instruct_ui.tasks.task import Role, Task, words
from instruct_ui.tasks.text_classification import TEXT

TRIPLES = words("triples triplets relations spo spo_list 三元组")
TASK = Task(
    "relation_triples",
    (Role("text", "text", TEXT), Role("triples", "triples", TRIPLES, gold=True)),
    "micro_f1",
    telling=True,
)
