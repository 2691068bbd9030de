"""One label a text, out of a fixed set; two label columns on the same text are two questions."""

from instruct_ui.tasks.task import AS_IT_IS, KINDS, Role, Task, ways, words

TEXT = words(
    "text sentence message review utterance tweet comment content post query question "
    "document body description headline title input 文本 内容 句子 评论 消息 评价 正文 问题 标题"
)
LABEL = words(
    "label 标签 intent 意图 sentiment 情感 emotion 情绪 category 类别 分类 class topic 主题 target "
    "polarity 极性 labels tag gold"
)
TASK = Task(
    "text_classification",
    (Role("text", "text", TEXT), Role("label", "label", LABEL, gold=True, several=True)),
    "accuracy",
    ways=ways("labels", encoder=KINDS, causal=KINDS) | ways("writing", seq2seq=AS_IT_IS),
    starters=("topic", "topic-zh"),
)
