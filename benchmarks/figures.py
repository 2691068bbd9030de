"""Lines of Markdown tables, and how scores stand in them."""

from __future__ import annotations

from collections.abc import Iterable

from instruct_ui.evaluation.report import Report


def head(names: Iterable[str]) -> str:
    cells = list(names)
    return f"{line(cells)}\n{'|---' * len(cells)}|"


def line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def score(report: Report, metric: str) -> str:
    """`accuracy 0.622 (0.582 to 0.660)`, with its 95 % interval."""
    low, high = report.intervals[metric]
    return f"{metric} {report.metrics[metric]:.3f} ({low:.3f} to {high:.3f})"
