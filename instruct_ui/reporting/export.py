"""Several runs side by side as CSV (one line a run) and JSON (whole reports)."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Sequence

from instruct_ui.evaluation.compare import Comparison
from instruct_ui.reporting.runs import ShownRun

NamedComparison = tuple[str, str, Comparison]
"""Name of run a, name of run b, b held against a."""

_SECONDS = ("load", "train", "predict")


def runs_csv(runs: Sequence[ShownRun]) -> str:
    """Run, model, approach, rows, every metric with its interval, times, data hash, seed."""
    metrics = list(dict.fromkeys(m for run in runs for m in run.report.metrics))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            *("run", "task", "model", "approach", "rows"),
            *(f"{m}{end}" for m in metrics for end in ("", "_low", "_high")),
            *(f"seconds_{name}" for name in _SECONDS),
            *("tokens_per_second", "data_sha256", "seed"),
        ]
    )
    for run in runs:
        report = run.report
        figures: list[object] = []
        for metric in metrics:
            figures += [
                report.metrics.get(metric, ""),
                *report.intervals.get(metric, ("", "")),
            ]
        writer.writerow(
            [
                *(_cell(text) for text in (run.name, report.task, report.model)),
                _cell(str(report.approach.get("kind", ""))),
                report.rows,
                *figures,
                *(report.seconds.get(name, 0.0) for name in _SECONDS),
                *(report.tokens_per_second, report.data_sha256, report.seed),
            ]
        )
    return out.getvalue()


def runs_json(runs: Sequence[ShownRun], comparisons: Sequence[NamedComparison] = ()) -> str:
    """`runs`: name and report.json of each; `comparisons`: names `a`, `b` and all figures."""
    plain = {
        "runs": [{"name": run.name, "report": json.loads(run.report.to_json())} for run in runs],
        "comparisons": [
            {"a": a, "b": b} | dataclasses.asdict(comparison) for a, b, comparison in comparisons
        ],
    }
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def _cell(text: str) -> str:
    """A spreadsheet takes a cell that opens with one of these for a formula, and runs it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
