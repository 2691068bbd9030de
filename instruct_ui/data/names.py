"""What people call their columns, in two languages, most telling name first."""

from __future__ import annotations

import re


def _words(text: str) -> list[str]:
    return text.split()


TEXT = _words(
    "text sentence message review utterance tweet comment content post query question "
    "document body description headline title input 文本 内容 句子 评论 消息 评价 正文 问题 标题"
)
LABEL = _words(
    "label 标签 intent 意图 sentiment 情感 emotion 情绪 category 类别 分类 class topic 主题 target "
    "polarity 极性 labels tag gold"
)
TOKENS = _words("tokens words token word 词 字")
TAGS = _words("tags ner_tags ner iob bio entities tag labels label 标注 实体")
OTHERS = _words(
    "id row index idx channel date time source url author user split 编号 序号 日期 来源 渠道"
)

_KNOWN = frozenset((*TEXT, *LABEL, *TOKENS, *TAGS, *OTHERS))
_PART = re.compile(r"[\W_]+")


def parts(name: str) -> list[str]:
    """`Review_Text` -> review, text; CamelCase is not taken apart."""
    return [part for part in _PART.split(name.casefold()) if part]


def is_known(name: str) -> bool:
    return name.casefold() in _KNOWN


def is_made_of_known(name: str) -> bool:
    """`review_text`: one word as a name is, with a known one inside."""
    return not any(c.isspace() for c in name) and any(p in _KNOWN for p in parts(name))


def rank(name: str, names: list[str]) -> float | None:
    """How telling a column's name is for a role, lower is better; None: not at all."""
    folded = name.casefold()
    if folded in names:
        return names.index(folded)
    ranks = [names.index(part) for part in parts(name) if part in names]
    return min(ranks) + 0.5 + len(names) if ranks else None
