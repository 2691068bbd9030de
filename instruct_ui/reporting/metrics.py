"""All metrics of a run, and how often its answers kept the constraints, as HTML tables."""

from __future__ import annotations

from instruct_ui.evaluation.report import Report
from instruct_ui.reporting.markup import Html, element, heading, number, table
from instruct_ui.reporting.tables import delta
from instruct_ui.texts import Language, say


def metrics_table(report: Report, against: Report | None = None, language: Language = "en") -> Html:
    """A line a metric with its 95 % interval; with `against` the difference to it."""
    head = [
        heading(say("report.metric", language)),
        heading(say("report.score", language), numeric=True),
        heading(say("report.interval", language)),
    ]
    if against:
        head.append(heading("Δ", numeric=True, title=say("report.delta_note", language)))
    body = []
    for metric, value in report.metrics.items():
        low, high = report.intervals.get(metric, (value, value))
        cells = [
            element("th", say(f"report.{metric}", language), scope="row"),
            number(value),
            element("td", f"{low:.2f}–{high:.2f}" if metric in report.intervals else "–"),
        ]
        if against:
            before = against.metrics.get(metric)
            cells.append(
                element("td", "–", class_="number") if before is None else delta(value - before)
            )
        body.append(element("tr", *cells, data_metric=metric))
    return table(say("report.metrics_label", language), head, body, id="compare-metrics")


def unreadable_note(report: Report, language: Language = "en") -> Html:
    """How many written answers could not be read; empty where all could."""
    count = report.unreadable_answers
    if not count:
        return Html("")
    words = say("report.unreadable", language, count=count, rows=report.rows)
    return element("p", "▲ ", words, class_="note")


def constraints_table(
    report: Report, against: Report | None = None, language: Language = "en"
) -> Html:
    """A line a constraint that has a check: its words, and the share of answers that keep it."""
    before = {score.text: score for score in against.constraints} if against else {}
    head = [heading(say("report.constraint", language))]
    if against:
        head.append(heading("A", numeric=True))
    head.append(heading("B" if against else say("report.kept", language), numeric=True))
    body = []
    for score in report.constraints:
        cells = [element("th", score.text, scope="row", class_="row-text")]
        if against:
            other = before.get(score.text)
            cells.append(
                _kept(other.kept, other.rows) if other else element("td", "–", class_="number")
            )
        cells.append(_kept(score.kept, score.rows))
        body.append(element("tr", *cells, data_block=score.block))
    return table(say("report.constraints_label", language), head, body, id="compare-constraints")


def _kept(kept: int, rows: int) -> Html:
    share = 100 * kept / rows if rows else 0.0
    return number(kept, f"{kept:,} / {rows:,} · {share:.0f} %")
