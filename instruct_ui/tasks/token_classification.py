"""A tag for every token: names, terms, products in a sentence."""

from instruct_ui.tasks.task import Role, Task, words

TASK = Task(
    "token_classification",
    (
        Role("tokens", "tokens", words("tokens words token word 词 字")),
        Role(
            "tags",
            "tags",
            words("tags ner_tags ner iob bio entities tag labels label 标注 实体"),
            gold=True,
        ),
    ),
    "entity_f1",
)
