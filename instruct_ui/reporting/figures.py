"""Plotly figures as plain dicts (`data`, `layout`), without importing plotly.

Paper and plot are transparent, so they lie on any ground; ink, lines and the runs' colours come in
a light and a dark set. Texts are escaped because plotly reads some HTML in labels, and hovers are
finished texts, never templates, because plotly fills `%{...}` in templates.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from instruct_ui.evaluation.scores import LabelScore
from instruct_ui.reporting.runs import RUN_SIGNS as RUN_SIGNS
from instruct_ui.reporting.runs import ShownRun
from instruct_ui.texts import Language, say

Figure = dict[str, Any]

FONT = "system-ui, -apple-system, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_INK = {False: "#1C2430", True: "#E8E6E0"}
_MUTED = {False: "#586273", True: "#A8ADB5"}
_LINE = {False: "#E4E0D6", True: "#343A42"}
_ACCENT = {False: "#0E6460", True: "#5CC2BA"}
_SCORES = {"range": [-0.02, 1.02], "dtick": 0.2}
"""A score's axis: from 0 to 1, whole dots at both ends."""
_ROW = 30
"""Pixels a label takes."""
_NAMED_ROW = 44
"""Pixels a run takes with its name above its line."""
_LEGEND_ROW = 20
_MARGIN = 74


def scores_figure(
    runs: Sequence[ShownRun], metric: str, language: Language = "en", dark: bool = False
) -> Figure:
    """One line a run: its score as a dot, its 95 % interval as a line, on a scale from 0 to 1."""
    data = []
    for place, run in enumerate(runs):
        value = run.report.metrics[metric]
        low, high = run.report.intervals.get(metric, (value, value))
        hover = f"{_name(run)}: {value:.2f} ({low:.2f}–{high:.2f})"
        data.append(
            _trace(run, [low, value, high], [place] * 3, dark)
            | {
                "mode": "lines+markers",
                "line": {"color": _colour(run, dark), "width": 2},
                # Only the score has a dot; the ends of the interval are the line's.
                "marker": _marker(run, dark) | {"size": [0, 12, 0]},
                "hovertext": [hover] * 3,
            }
        )
    layout = _layout(dark, say(f"report.{metric}", language), _NAMED_ROW * len(runs))
    layout["xaxis"] |= _SCORES
    layout["yaxis"] |= _places([_name(run) for run in runs]) | {"showticklabels": False}
    # Above its line a long name takes no width from the plot.
    layout["annotations"] = [
        {"x": 0, "y": place, "xref": "paper", "xanchor": "left", "yshift": 14}
        | {"text": _name(run), "showarrow": False}
        for place, run in enumerate(runs)
    ]
    return {"data": data, "layout": layout}


def labels_figure(
    runs: Sequence[ShownRun], language: Language = "en", dark: bool = False
) -> Figure:
    """F1 a label, the runs of a label one below the other (NER: entity types)."""
    labels = _labels(run.report.labels for run in runs)
    step = 0.7 / max(1, len(runs))
    data = []
    for i, run in enumerate(runs):
        scores = {score.label: score.f1 for score in run.report.labels}
        shift = (i - (len(runs) - 1) / 2) * step
        met = [(place, label) for place, label in enumerate(labels) if label in scores]
        values = [scores[label] for _, label in met]
        data.append(
            _trace(run, values, [place + shift for place, _ in met], dark)
            | {
                "mode": "markers",
                "hovertext": [
                    f"{_shown(label, language)}, {_name(run)}: {value:.2f}"
                    for (_, label), value in zip(met, values, strict=True)
                ],
                "showlegend": True,
            }
        )
    layout = _layout(dark, "F1", _ROW * len(labels))
    layout["xaxis"] |= _SCORES
    layout["yaxis"] |= _places([_shown(label, language) for label in labels])
    legend = _LEGEND_ROW * len(runs)
    layout |= {
        "height": layout["height"] + legend,
        "showlegend": True,
        "legend": {"orientation": "v", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"},
    }
    layout["margin"]["t"] += legend
    return {"data": data, "layout": layout}


def training_figure(
    losses: Sequence[tuple[int, float]],
    checks: Sequence[tuple[int, float, float]],
    language: Language = "en",
    dark: bool = False,
) -> Figure:
    """Training and validation loss over the steps, the check with the best score marked.

    `losses`: step, loss; `checks`: step, loss, score. Zoom outlasts an update (`uirevision`).
    """
    x, y = _columns(losses, 2)
    steps, check_losses, scores = _columns(checks, 3)
    train, validation = (say(f"report.{k}", language) for k in ("training_loss", "validation_loss"))
    best = max(range(len(scores)), key=scores.__getitem__) if scores else None
    data = [
        {"type": "scatter", "mode": "lines", "name": train, "x": x, "y": y}
        | {"line": {"color": _MUTED[dark], "width": 1}},
        {"type": "scatter", "mode": "lines+markers", "name": validation}
        | {"x": steps, "y": check_losses, "line": {"color": _ACCENT[dark], "width": 2}}
        | {"marker": {"size": [12 if i == best else 5 for i in range(len(steps))]}},
    ]
    layout = _layout(dark, say("report.step", language), 0)
    layout["xaxis"]["rangemode"] = "tozero"
    layout |= {"height": 260, "showlegend": True, "uirevision": "training"}
    layout["yaxis"] |= {"gridcolor": _LINE[dark], "rangemode": "tozero", "showgrid": True}
    layout["legend"] = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"}
    if best is not None:
        layout["annotations"] = [
            {
                "x": steps[best],
                "y": check_losses[best],
                "text": say("report.best_score", language, score=f"{scores[best]:.2f}"),
                "font": {"color": _ACCENT[dark]},
                "showarrow": False,
                "yshift": 16,
            }
        ]
    return {"data": data, "layout": layout}


def _columns(rows: Sequence[tuple[float, ...]], count: int) -> list[list[float]]:
    return [[row[i] for row in rows] for i in range(count)]


def _trace(run: ShownRun, x: list[float], y: list[float], dark: bool) -> Figure:
    return {
        "type": "scatter",
        # The legend draws the sign itself.
        "name": html.escape(run.name),
        "x": x,
        "y": y,
        "marker": _marker(run, dark),
        "hoverinfo": "text",
    }


def _marker(run: ShownRun, dark: bool) -> Figure:
    return {"symbol": run.sign.symbol, "color": _colour(run, dark), "size": 10, "opacity": 1}


def _colour(run: ShownRun, dark: bool) -> str:
    return run.sign.dark if dark else run.sign.light


def _name(run: ShownRun) -> str:
    return f"{run.sign.sign} {html.escape(run.name)}"


def _shown(label: str, language: Language) -> str:
    return html.escape(label) if label else say("report.no_answer", language)


def _labels(tables: Iterable[Sequence[LabelScore]]) -> list[str]:
    """The labels of all runs, each once, in the order met."""
    return list(dict.fromkeys(score.label for table in tables for score in table))


def _places(texts: list[str]) -> Figure:
    # Numbered places with texts, not categories: two runs may bear one name.
    places = list(range(len(texts)))
    return {"tickvals": places, "ticktext": texts, "range": [len(texts) - 0.5, -0.5]}


def _layout(dark: bool, title: str, rows: int) -> Figure:
    """`rows`: pixels for what is drawn, without the margins."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": _INK[dark]},
        "margin": {"l": 8, "r": 16, "t": 14, "b": 60},
        "height": _MARGIN + rows,
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": title, "font": {"color": _MUTED[dark], "size": 13}, "standoff": 8},
            "gridcolor": _LINE[dark],
            "zeroline": False,
            "automargin": True,
        },
        "yaxis": {"automargin": True, "showgrid": False, "zeroline": False},
    }
