"""Runs, labels, confusion and rows as HTML tables; every value goes through `markup`.

Class names only, the style sheet is the page's. Numbers carry the whole figure in `data-value`;
a run's colours stand in the custom properties `--run` and `--run-dark`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from instruct_ui.evaluation.report import Report
from instruct_ui.evaluation.scores import LabelScore
from instruct_ui.evaluation.verdict import signed
from instruct_ui.reporting.markup import Html, element, heading, join, number, table
from instruct_ui.reporting.runs import ShownRun
from instruct_ui.texts import Language, say

CONFUSION_LABELS = 80
"""More cells than this squared no one can read, and a browser hardly draw."""
_WIDTH, _HEIGHT, _EDGE = 120, 16, 6
"""Interval picture in pixels; `_EDGE` is kept free for the dot."""


def runs_table(runs: Sequence[ShownRun], language: Language = "en") -> Html:
    """One line a run: headline metric with its interval as number and picture, a second one, speed.

    The pictures share one scale, from the lowest to the highest end of all intervals, to tenths.
    """
    if not runs:
        return element("p", say("report.no_runs", language), class_="note")
    metric = runs[0].report.headline
    second = second_metric(runs[0].report)
    head = [
        heading(say("report.run", language)),
        heading(say("report.model", language)),
        heading(say(f"report.{metric}", language), numeric=True),
        heading(say("report.interval", language)),
        heading(say(f"report.{second}", language), numeric=True),
        heading(say("report.rows", language), numeric=True),
        heading(say("report.rows_per_second", language), numeric=True),
        heading(
            say("report.time", language), numeric=True, title=say("report.time_note", language)
        ),
    ]
    scale = _scale([_interval(run.report, metric) for run in runs])
    body = [_run_line(run, metric, second, scale, language) for run in runs]
    return table(say("report.runs_label", language), head, body)


def second_metric(report: Report) -> str:
    """What says most beside the headline metric: a macro F1, else the task's next metric."""
    macro = [name for name in ("token_macro_f1", "macro_f1") if name in report.metrics]
    others = [name for name in report.metrics if name != report.headline]
    return (macro or others or [report.headline])[0]


def labels_table(
    report: Report,
    against: Report | None = None,
    language: Language = "en",
    level: Literal["labels", "tokens"] = "labels",
) -> Html:
    """Precision, recall, F1 and support a label; with `against` the difference of the F1 to it.

    `level` tokens: the tags of NER, O included; empty where the report has none.
    """
    scores = _scores(report, level)
    before = {s.label: s for s in _scores(against, level)} if against else {}
    # A label's support are rows, an entity type's or a tag's are not.
    counted = "count" if report.headline == "entity_f1" else "rows"
    head = [heading(say("report.label" if level == "labels" else "report.tag", language))]
    head += [
        heading(say(f"report.{name}", language), numeric=True)
        for name in ("precision", "recall", "f1", counted)
    ]
    if against:
        head.append(heading(say("report.delta_f1", language), numeric=True))
    body = []
    for score in scores:
        cells = [
            element("th", score.label or say("report.no_answer", language), scope="row"),
            *(number(value) for value in (score.precision, score.recall, score.f1)),
            number(score.support, str(score.support)),
        ]
        if against:
            other = before.get(score.label)
            cells.append(delta(score.f1 - other.f1) if other else element("td", class_="number"))
        body.append(element("tr", *cells, data_label=score.label))
    name = "compare-labels" if level == "labels" else "compare-token-labels"
    return table(say(f"report.{level}_label", language), head, body, id=name)


def confusion_table(report: Report, language: Language = "en") -> Html:
    """Gold down, answers across. A cell that is not 0 is a button with `data-gold` and
    `data-predicted`; `--share` is its part of the gold row, for shading.

    Past CONFUSION_LABELS labels only those with the most errors are shown, and a note says so.
    """
    if report.confusion is None:
        return Html("")
    labels, counts = report.confusion.labels, report.confusion.counts
    places = _most_errors(counts)
    names = [label or say("report.no_answer", language) for label in labels]
    head = [
        element("th", say("report.gold_answer", language), scope="col", class_="corner"),
        *(heading(element("span", names[i]), title=names[i]) for i in places),
    ]
    body = []
    for i in places:
        whole = sum(counts[i]) or 1
        cells = [element("th", names[i], scope="row")]
        for j in places:
            count = counts[i][j]
            words = say(
                "report.confusion_cell", language, gold=names[i], answer=names[j], count=count
            )
            button = element(
                "button",
                count,
                type="button",
                class_=f"confusion-cell {'right' if i == j else 'wrong'}",
                style=f"--share:{count / whole:.3f}",
                data_gold=labels[i],
                data_predicted=labels[j],
                aria_label=words,
                title=words,
            )
            cells.append(element("td", button) if count else element("td"))
        body.append(element("tr", *cells))
    shown = table(say("report.confusion_label", language), head, body, class_="confusion")
    if len(places) == len(labels):
        return shown
    note = say("report.confusion_part", language, shown=len(places), labels=len(labels))
    return join(shown, element("p", note, class_="note"))


def _most_errors(counts: Sequence[Sequence[int]]) -> list[int]:
    """Places of the labels shown, in their own order: all, or those most often gold or answer
    of an error.
    """
    answered = [sum(column) for column in zip(*counts, strict=True)]
    errors = [sum(row) + answered[i] - 2 * row[i] for i, row in enumerate(counts)]
    most = sorted(range(len(counts)), key=lambda i: -errors[i])[:CONFUSION_LABELS]
    return sorted(most)


def run_name(run: ShownRun) -> Html:
    """Sign and name, as a run is called in every table."""
    sign = element(
        "span", run.sign.sign, class_="run-sign", style=_colours(run), aria_hidden="true"
    )
    return join(sign, " ", run.name)


def interval_picture(
    low: float, value: float, high: float, scale: tuple[float, float], run: ShownRun | None = None
) -> Html:
    """A dot at `value` on a line from `low` to `high`, as inline SVG with its numbers as name."""

    def x(score: float) -> str:
        share = (score - scale[0]) / ((scale[1] - scale[0]) or 1)
        return f"{_EDGE + min(1.0, max(0.0, share)) * (_WIDTH - 2 * _EDGE):.1f}"

    middle = f"{_HEIGHT / 2:g}"
    words = f"{value:.2f} ({low:.2f}–{high:.2f})"
    return element(
        "svg",
        element("title", words),
        element("line", x1=x(low), x2=x(high), y1=middle, y2=middle, class_="interval-line"),
        element("circle", cx=x(value), cy=middle, r="5", class_="interval-dot"),
        class_="interval",
        style=_colours(run) if run else None,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
        aria_label=words,
    )


def duration(seconds: float, language: Language = "en") -> str:
    """`0.4 s`, `74 s`, `12 min`."""
    if seconds >= 120:
        return say("report.minutes", language, value=f"{seconds / 60:.0f}")
    return say("report.seconds", language, value=f"{seconds:.{0 if seconds >= 10 else 1}f}")


def _run_line(
    run: ShownRun, metric: str, second: str, scale: tuple[float, float], language: Language
) -> Html:
    report = run.report
    value = report.metrics[metric]
    low, high = _interval(report, metric)
    bounds = element("span", f"{low:.2f}–{high:.2f}", class_="interval-bounds")
    train, predict = report.seconds.get("train", 0.0), report.seconds.get("predict", 0.0)
    speed = report.rows / predict if predict > 0 else 0.0
    # Reading the examples of a prompt is no training, also where a regression is fitted on them.
    trained = report.approach.get("kind") == "fine_tune"
    seconds = train if trained else train + predict
    time = duration(seconds, language)
    return element(
        "tr",
        element("th", run_name(run), scope="row", class_="run-name"),
        element("td", report.model),
        _marked_score(report, value, language),
        element("td", interval_picture(low, value, high, scale, run), " ", bounds, class_="keep"),
        number(report.metrics[second]) if second in report.metrics else element("td", "–"),
        number(report.rows, f"{report.rows:,}"),
        number(speed, (f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}") if speed else "–"),
        number(
            seconds,
            say("report.training_time", language, time=time) if trained else time,
        ),
        data_run=run.name,
    )


def _marked_score(report: Report, value: float, language: Language) -> Html:
    """The score; with a sign where test rows were known beforehand."""
    if not report.leaked_rows:
        return number(value)
    words = say("report.leaked", language, count=report.leaked_rows, rows=report.rows)
    sign = element("abbr", "▲", title=words, aria_label=words, class_="leak-sign", role="img")
    return element("td", sign, f" {value:.2f}", class_="number", data_value=f"{value:.6g}")


def _interval(report: Report, metric: str) -> tuple[float, float]:
    return report.intervals.get(metric, (report.metrics[metric],) * 2)


def _scale(intervals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    low = math.floor(min(low for low, _ in intervals) * 10) / 10
    return low, max(low + 0.1, math.ceil(max(high for _, high in intervals) * 10) / 10)


def _scores(report: Report, level: Literal["labels", "tokens"]) -> tuple[LabelScore, ...]:
    return report.labels if level == "labels" else report.token_labels or ()


def delta(value: float) -> Html:
    # The sign of the number says the same as the colour.
    kind = " good" if value > 0 else " bad" if value < 0 else ""
    return number(value, signed(value), class_=f"number delta{kind}")


def _colours(run: ShownRun) -> str:
    return f"--run:{run.sign.light};--run-dark:{run.sign.dark}"
