"""Texts to the tokens that count when answers are held against gold texts."""

from __future__ import annotations

import re
import string
import unicodedata

import regex

_INVISIBLE = regex.compile(r"\p{Cf}+")
_WORD = regex.compile(r"\p{Han}|(?:[^\p{Han}\p{P}\p{S}\p{Z}\p{C}]|(?<=\d)[.,](?=\d))+")
"""A Han character, or a run of letters, their marks and digits; points within numbers."""
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def words(text: str) -> list[str]:
    """Lower-case words without punctuation, every Han character by itself, in any script.

    Full-width letters and digits count as the usual ones (Unicode NFKC); 3.5 is one word.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
    return list(_WORD.findall(plain))


def answer_tokens(text: str, language: str) -> list[str]:
    """What is compared of an answer to a question; empty for a text of blanks alone.

    English as SQuAD 1.1 has it (Rajpurkar et al. 2016): lower case, punctuation taken out, then
    articles, cut at blanks. Chinese as CMRC 2018 has it (Cui et al. 2019): lower case, punctuation
    out, cut into Han characters and whole words and numbers. Other languages are cut as Chinese is.
    Where that leaves nothing (an answer "+", "The"), the text counts as it was written, so that it
    is not taken for no answer.
    """
    if language == "en":
        tokens = _ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()
    else:
        tokens = words(text)
    return tokens or text.split()
