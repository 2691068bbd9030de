"""The language of a data set by its scripts: enough to advise a model and a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

TextLanguage = Literal["en", "zh", "other"]

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_HAN = re.compile(f"[{HAN}]")
_KANA_HANGUL = re.compile("[\u3041-\u30ff\uac00-\ud7af]")
_ASCII = re.compile("[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")
_TEXTS, _CHARACTERS = 2000, 500


def language_of(texts: Sequence[str]) -> TextLanguage:
    """`zh` with 30 % Han letters (and hardly any kana), `en` with 99 % of A to Z, else `other`.

    Languages that write plain A to Z throughout cannot be told from English this way.
    """
    step = max(1, len(texts) // _TEXTS)
    sample = "\n".join(text[:_CHARACTERS] for text in texts[::step])
    letters = len(_LETTER.findall(sample))
    if letters == 0:
        return "other"
    if len(_KANA_HANGUL.findall(sample)) > 0.05 * letters:
        return "other"
    if len(_HAN.findall(sample)) >= 0.3 * letters:
        return "zh"
    return "en" if len(_ASCII.findall(sample)) >= 0.99 * letters else "other"
