"""Answers and gold to statistics a row (`statistics.Statistics`), by the libraries of the field.

BLEU and chrF come from sacrebleu (Post 2018), ROUGE from rouge_score. They are imported when asked
for: the page reads statistics but never makes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from instruct_ui.evaluation.normalise import answer_tokens, words
from instruct_ui.evaluation.statistics import Statistics

Golds = Sequence[Sequence[str]]
"""Accepted answers or reference texts, by row."""


def statistics(metric: str, answers: Sequence[str], golds: Golds, language: str) -> Statistics:
    """(rows, k) for exact_match, f1, rouge1, rouge2, rougeL, bleu or chrf.

    `answers`: "" for a row without a readable answer. `golds`: a row may have several; only a
    question may have none, which means that it has no answer and "" is right. `language` is that of
    the answers: en, zh or other.
    Raises KeyError for another metric, ValueError for no rows, unequal lengths or no reference.
    """
    if not answers or len(answers) != len(golds):
        raise ValueError(f"{len(answers)} answers for {len(golds)} rows of gold")
    if metric not in _SCORES:
        bare = next((i for i, accepted in enumerate(golds) if not accepted), None)
        if bare is not None:
            raise ValueError(f"row {bare} has no reference to hold its answer against")
    return _MAKERS[metric](metric, answers, golds, language)


def rank_statistics(metric: str, ranks: Sequence[int | None]) -> Statistics:
    """(rows, 2) for recall_at_1 or mrr (mean reciprocal rank).

    `ranks`: the place of the right answer, from 1; None where it was not among those ranked.
    Raises KeyError for another metric, ValueError for a rank below 1.
    """
    if any(rank is not None and rank < 1 for rank in ranks):
        raise ValueError("ranks count from 1")
    worth = _WORTH_OF_RANK[metric]
    return _means([0.0 if rank is None else worth(rank) for rank in ranks])


def set_statistics(
    answers: Sequence[Collection[str]], golds: Sequence[Collection[str]]
) -> Statistics:
    """(rows, 3) for micro F1, precision and recall over sets of labels, spans or triples.

    Right, in gold, answered; what is named twice counts once.
    Raises ValueError for unequal lengths.
    """
    pairs = [(set(answer), set(gold)) for answer, gold in zip(answers, golds, strict=True)]
    counts = [(len(answer & gold), len(gold), len(answer)) for answer, gold in pairs]
    return np.array(counts, dtype=np.float64).reshape(-1, 3)


def _means(scores: Sequence[float]) -> Statistics:
    return np.column_stack([np.array(scores, dtype=np.float64), np.ones(len(scores))])


def _bleu(metric: str, answers: Sequence[str], golds: Golds, language: str) -> Statistics:
    """Tokenizer 13a, for Chinese zh. N-grams of all references of a row count, and the length of
    the reference closest to the answer's."""
    from sacrebleu.metrics import BLEU

    # force: no warning where many texts end in " .". The score is the same.
    return _sacrebleu(
        BLEU(tokenize="zh" if language == "zh" else "13a", force=True), answers, golds
    )


def _chrf(metric: str, answers: Sequence[str], golds: Golds, language: str) -> Statistics:
    """Of several references the one with the best chrF."""
    from sacrebleu.metrics import CHRF

    return _sacrebleu(CHRF(), answers, golds)


def _sacrebleu(metric: Any, answers: Sequence[str], golds: Golds) -> Statistics:
    # Row by row, as sacrebleu's own sentence_score calls it: so rows may have unequally many
    # references. There is no public way to the statistics of chrF.
    rows = [
        metric._extract_corpus_statistics([answer], [[reference] for reference in references])[0]
        for answer, references in zip(answers, golds, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


class _Words:
    """What rouge_score asks of a tokenizer; its own knows only the letters a to z."""

    def tokenize(self, text: str) -> list[str]:
        return words(text)


def _rouge(metric: str, answers: Sequence[str], golds: Golds, language: str) -> Statistics:
    """F-measure (Lin 2004); of several references the best.

    English with rouge_score's own tokenizer and the Porter stemmer, as most papers report it; other
    languages by word without a stemmer, Han characters one by one. rougeL takes the whole text as
    one sequence.
    """
    from rouge_score.rouge_scorer import RougeScorer

    tokenizer = None if language == "en" else _Words()
    scorer = RougeScorer([metric], use_stemmer=True, tokenizer=tokenizer)
    return _means(
        [
            scorer.score_multi(references, answer)[metric].fmeasure
            for answer, references in zip(answers, golds, strict=True)
        ]
    )


def _questions(metric: str, answers: Sequence[str], golds: Golds, language: str) -> Statistics:
    """The best over the accepted answers; without one only no answer is right (Rajpurkar et al.
    2018, SQuAD 2.0)."""
    score = _SCORES[metric]
    scores = []
    for answer, accepted in zip(answers, golds, strict=True):
        given = answer_tokens(answer, language)
        wanted = [tokens for gold in accepted if (tokens := answer_tokens(gold, language))] or [[]]
        scores.append(max(score(given, gold, language) for gold in wanted))
    return _means(scores)


def _exact_match(given: list[str], gold: list[str], language: str) -> float:
    # Blanks are a matter of taste in Chinese ("iPhone 6", "iPhone6"), as CMRC 2018 takes it.
    between = "" if language == "zh" else " "
    return float(between.join(given) == between.join(gold))


def _token_f1(given: list[str], gold: list[str], language: str) -> float:
    """2 * shared / (given + gold), 0 or 1 where one is empty.

    Shared are all tokens in both, in any order (SQuAD); in Chinese those of the longest run in both
    (CMRC 2018), because single characters meet by chance.
    """
    if not given or not gold:
        return float(given == gold)
    if language == "zh":
        shared = SequenceMatcher(None, given, gold, autojunk=False).find_longest_match().size
    else:
        shared = (Counter(given) & Counter(gold)).total()
    return 2 * shared / (len(given) + len(gold))


_SCORES: dict[str, Callable[[list[str], list[str], str], float]] = {
    "exact_match": _exact_match,
    "f1": _token_f1,
}
_WORTH_OF_RANK: dict[str, Callable[[int], float]] = {
    "recall_at_1": lambda rank: float(rank == 1),
    "mrr": lambda rank: 1 / rank,
}
_MAKERS: dict[str, Callable[[str, Sequence[str], Golds, str], Statistics]] = {
    **dict.fromkeys(_SCORES, _questions),
    **dict.fromkeys(("rouge1", "rouge2", "rougeL"), _rouge),
    "bleu": _bleu,
    "chrf": _chrf,
}
