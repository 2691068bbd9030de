"""A comparison as one sentence in plain words."""

from __future__ import annotations

from instruct_ui.evaluation.compare import Comparison
from instruct_ui.evaluation.significance import SIGNIFICANT
from instruct_ui.texts import Language, say

_ENOUGH = 6
"""Fewer rows that change sides cannot reach p < 0.05, even all one way: 2 * 0.5^5 = 0.06."""


def sentence(comparison: Comparison, name_a: str, name_b: str, language: Language = "en") -> str:
    """Headline and detail as one line."""
    parts = (headline(comparison, name_a, name_b, language), detail(comparison, language))
    return ("" if language == "zh" else " ").join(part for part in parts if part)


def headline(comparison: Comparison, name_a: str, name_b: str, language: Language = "en") -> str:
    """What is the case: better, worse, cannot tell, or the same answers."""
    score_a, score_b = _scores(comparison.score_a, comparison.score_b)
    return say(
        f"verdict.{'identical' if comparison.identical else comparison.verdict}",
        language,
        a=name_a,
        b=name_b,
        score_a=score_a,
        score_b=score_b,
        metric=say(f"verdict.{comparison.metric}", language),
        n=rows(comparison.rows, language),
    )


def detail(comparison: Comparison, language: Language = "en") -> str:
    """Interval, test and changed rows; empty where both gave the same answers."""
    if comparison.identical:
        return ""
    sure = comparison.verdict != "cannot_tell"
    graded = "_graded" if comparison.graded else ""
    text = say(
        f"verdict.more_than_luck{graded}" if sure else f"verdict.maybe_luck{graded}",
        language,
        low=signed(comparison.low),
        high=signed(comparison.high),
        test=say(f"verdict.{comparison.test}", language),
        p=p_value(comparison.p),
        fixed=rows(len(comparison.fixed), language),
        broken=len(comparison.broken),
        n=comparison.rows,
    )
    if sure or comparison.changed >= _ENOUGH:
        return text
    kind = "entity_f1" if comparison.metric == "entity_f1" else "accuracy"
    few = say(
        f"verdict.few{graded or f'_{kind}'}", language, changed=rows(comparison.changed, language)
    )
    return f"{text}{'' if language == 'zh' else ' '}{few}"


def rows(count: int, language: Language = "en") -> str:
    """`1 row`, `13 rows`."""
    return say("verdict.row" if count == 1 else "verdict.rows", language, count=count)


def p_value(p: float) -> str:
    """`= 0.02`, `< 0.001`: as few decimals as keep it on its side of 0.05 and apart from 0."""
    if p < 0.001:
        return "< 0.001"
    for decimals in (2, 3, 4):
        shown = f"{p:.{decimals}f}"
        if (float(shown) < SIGNIFICANT) == (p < SIGNIFICANT) and float(shown) > 0:
            return f"= {shown}"
    return f"= {p:.6f}"


def signed(value: float) -> str:
    """`+0.02`, `-0.18`, `0.00`; a third decimal where two would hide on which side of 0 it lies."""
    if value == 0:
        return "0.00"
    return f"{value:+.3f}" if abs(value) < 0.005 else f"{value:+.2f}"


def _scores(a: float, b: float) -> tuple[str, str]:
    """Two decimals, three where two would make different scores look the same."""
    decimals = 3 if a != b and f"{a:.2f}" == f"{b:.2f}" else 2
    return f"{a:.{decimals}f}", f"{b:.{decimals}f}"
