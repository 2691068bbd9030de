"""How two entities of a sentence are related.

They are marked in the text (`<e1>..</e1>`, `<e2>..</e2>`), or named in columns of their own: as
text, or as places (first character and the one after the last).
"""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

TEXT = words("sentence text context 句子 文本")
LABEL = words("relation 关系 relation_type label predicate 标签 class")
HEAD = words("head subject subj e1 entity1 entity_1 头实体 主体 实体1")
TAIL = words("tail object obj e2 entity2 entity_2 尾实体 客体 实体2")
TASK = Task(
    "relation_classification",
    (
        Role("text", "text", TEXT),
        Role("label", "label", LABEL, gold=True),
        Role("head", "text", HEAD, needed=False),
        Role("tail", "text", TAIL, needed=False),
    ),
    "accuracy",
    ways=ways("labels", encoder=KINDS, causal=KINDS) | ways("writing", seq2seq=AS_IT_IS),
    starters=("relation", "relation-zh"),
)
