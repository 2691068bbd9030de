"""The preview of one row as HTML: which block each piece comes from, and what the model skips."""

from __future__ import annotations

from collections import Counter

from instruct_ui.reporting.markup import Html, element, join
from instruct_ui.texts import Language, say
from instruct_ui.ui.session import problem_box
from instruct_ui.workbench import PreviewSegment, PreviewView

SIGNS = {
    "instruction": "◆",
    "constraint": "▲",
    "examples": "●",
    "input": "■",
    "answer": "▶",
    "chat": "┆",
}


def view_preview(preview: PreviewView, language: Language) -> Html:
    """Segments, the bar of tokens against the window, warnings."""
    if preview.error is not None:
        return problem_box(preview.error, language)
    several = {kind for kind, n in Counter(s.kind for s in preview.segments).items() if n > 1}
    answered = any(s.kind == "answer" for s in preview.segments)
    following = [s.why for s in preview.segments[1:]] + [""]
    segments = [
        _segment(s, preview, s.kind in several, s.why != after, language)
        for s, after in zip(preview.segments, following, strict=False)
    ]
    if not answered and preview.gold:
        segments.append(
            element(
                "div",
                element("span", class_="who"),
                element("span", _gold(preview.gold, language), class_="says"),
                class_="seg k-chat",
            )
        )
    return join(*segments, _window(preview, language), _warnings(preview, language))


def where(preview: PreviewView, language: Language) -> str:
    return say("template.row_of", language, row=preview.row + 1, rows=preview.rows)


def _gold(gold: str, language: Language) -> Html:
    return element("span", say("template.gold", language, gold=gold), class_="gold")


def _segment(
    segment: PreviewSegment, preview: PreviewView, many: bool, says_why: bool, language: Language
) -> Html:
    """`many`: its kind is there more than once; `says_why`: the last of several that are skipped
    for one reason carries the reason."""
    name = say(f"template.seg_{segment.kind}", language)
    if many and segment.number and segment.kind in ("constraint", "examples"):
        name = f"{name} {segment.number}"
    says: list[Html | str] = [segment.text.strip("\n")]
    if segment.kind == "answer" and preview.gold:
        says += ["  ", _gold(preview.gold, language)]
    count = f"{segment.tokens:,}" if segment.read else "–"
    parts = [
        element("span", f"{SIGNS[segment.kind]} {name}", class_="who"),
        element("span", *says, class_="says"),
        element("span", count if preview.window else "", class_="count"),
    ]
    if segment.picked is not None:
        key, params = segment.picked
        parts.append(element("p", say(key, language, **params), class_="why"))
    if not segment.read and segment.why and says_why:
        parts.append(element("p", say(segment.why, language), class_="why"))
    unread = "" if segment.read else " unread"
    return element("div", *parts, class_=f"seg k-{segment.kind}{unread}")


def _window(preview: PreviewView, language: Language) -> Html:
    if not preview.window:
        told = say("template.tokens_unknown", language)
        return element("div", element("p", told), class_="window")
    whole = max(preview.window, preview.tokens)
    counts: Counter[str] = Counter()
    for segment in preview.segments:
        if segment.read:
            counts[segment.kind] += segment.tokens
    bars = [
        element("span", class_=f"k-{kind}", style=f"width:{100 * count / whole:.2f}%")
        for kind, count in counts.items()
    ]
    told = say("template.tokens", language, tokens=preview.tokens, window=preview.window)
    if preview.tokens <= preview.window:
        told = f"{told} · {say('template.fits', language)}"
    return element(
        "div", element("div", *bars, class_="meter"), element("p", told), class_="window"
    )


def _warnings(preview: PreviewView, language: Language) -> Html:
    if not preview.warnings:
        return Html("")
    lines = [element("p", "▲ ", say(key, language, **params)) for key, params in preview.warnings]
    return element("div", *lines, class_="warns", role="status")
