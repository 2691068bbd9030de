"""A tag for every token: names, terms, products in a sentence."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

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
    ways={
        **ways("tags", encoder=("few_shot", "fine_tune")),
        **ways("writing", causal=KINDS, seq2seq=AS_IT_IS),
    },
    starters=("ner", "ner-zh"),
    answer_tokens=64,
)
