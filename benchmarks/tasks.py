"""Zero-shot, few-shot and fine-tuned on public data sets, through the same flow as the page.

    python benchmarks/tasks.py [--only banking77] [--approach few_shot] [--json] [--data DIR]

Data sets are read from --data (default: ../shared/data beside the project) and never copied.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instruct_ui import experiment
from instruct_ui.evaluation.report import Report
from instruct_ui.preview.client import Preview
from instruct_ui.settings import settings
from instruct_ui.spec import Spec, parse


@dataclass(frozen=True)
class Case:
    name: str
    task: str
    data: dict[str, Any]
    template: str
    model: str
    approach: dict[str, Any]
    limit: dict[str, int]
    found: float | None = None
    """What was measured by hand before, where it was."""


_ZERO: dict[str, Any] = {"kind": "zero_shot"}
_FEW: dict[str, Any] = {"kind": "few_shot", "shots_per_label": 8}
_EIGHT: dict[str, Any] = {"kind": "few_shot", "shots": 8}


def _tune(epochs: int, **more: Any) -> dict[str, Any]:
    return {"kind": "fine_tune", "epochs": epochs, **more}


_BANKING = {"train": "banking77/train.csv", "test": "banking77/test.csv"}
_EMOTION = {
    "train": "tweeteval_emotion/train.csv",
    "validation": "tweeteval_emotion/val.csv",
    "test": "tweeteval_emotion/test.csv",
}
_WAIMAI = {
    "file": "waimai_zh/waimai_10k.csv",
    "split": {"train": 0.7, "validation": 0.1, "test": 0.2},
    "columns": {"text": "review", "label": "label"},
    "labels": {"0": "负面", "1": "正面"},
}
_WNUT = {
    "train": "wnut17/wnut17train.conll",
    "validation": "wnut17/emerging.dev.conll",
    "test": "wnut17/emerging.test.annotated",
    "format": "conll",
}
_T, _N = "text_classification", "token_classification"
_MACRO = {_T: "macro_f1", _N: "token_macro_f1"}
_LORA = _tune(1, strategy="lora", learning_rate=5e-4)
_SMALL = {"train": 512, "test": 200}
_PART = {"train": 2000, "test": 600}
CASES = (
    Case("banking77", _T, _BANKING, "intent", "minilm", _ZERO, {"test": 600}, 0.60),
    Case("banking77", _T, _BANKING, "intent", "minilm", _FEW, {"test": 600}, 0.82),
    Case("banking77", _T, _BANKING, "intent", "minilm", _tune(2), {"test": 600}),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "minilm", _ZERO, {}, 0.627),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "minilm", _FEW, {}, 0.55),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "minilm", _tune(3), {}),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "smollm2", _ZERO, {"test": 200}, 0.66),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "smollm2", _EIGHT, {"test": 200}),
    Case("tweeteval_emotion", _T, _EMOTION, "emotion", "smollm2", _LORA, _SMALL),
    Case("waimai_zh", _T, _WAIMAI, "sentiment-zh", "e5-multilingual", _ZERO, {"test": 600}),
    Case("waimai_zh", _T, _WAIMAI, "sentiment-zh", "e5-multilingual", _FEW, {"test": 600}),
    Case("waimai_zh", _T, _WAIMAI, "sentiment-zh", "e5-multilingual", _tune(1), _PART),
    Case("wnut17", _N, _WNUT, "ner", "minilm", _FEW, {}),
    Case("wnut17", _N, _WNUT, "ner", "minilm", _tune(3), {}),
    Case("wnut17", _N, _WNUT, "ner", "e5-multilingual", _tune(2), {}),
)  # fmt: skip


def _spec(case: Case, base: Path) -> Spec:
    data = dict(case.data)
    for name in ("file", "train", "validation", "test"):
        if name in data:
            data[name] = str(base / data[name])
    plain = {
        "task": case.task,
        "data": data,
        "template": case.template,
        "model": case.model,
        "approach": case.approach,
        "limit": case.limit,
    }
    return parse(plain, case.name)


def measure(case: Case, base: Path, preview: Preview) -> dict[str, Any]:
    start = time.perf_counter()
    report = experiment.run(
        _spec(case, base),
        models_dir=settings().models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
    ).report
    return {
        "data": case.name,
        "model": case.model,
        "approach": case.approach["kind"],
        "method": _method(case.approach, report),
        "shots": report.facts.get("shots"),
        "metric": report.headline,
        "score": round(report.metrics[report.headline], 4),
        "interval": report.intervals[report.headline],
        "macro_f1": round(
            report.metrics.get("macro_f1", report.metrics.get("token_macro_f1", 0)), 4
        ),
        "rows": report.rows,
        "seed": report.seed,
        "found_by_hand": case.found,
        "seconds": report.seconds | {"all": round(time.perf_counter() - start, 1)},
    }


def _method(approach: dict[str, Any], report: Report) -> str:
    """How the approach was taken: what the engine chose, or how much it was trained."""
    if approach["kind"] == "fine_tune":
        rows = report.facts["train_rows"]
        return f"{approach.get('strategy', 'full')}, {rows:,} rows, {approach['epochs']} epochs"
    return str(report.facts.get("method", "label words"))


def _line(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    found = "" if row["found_by_hand"] is None else f"{row['found_by_hand']:.2f}"
    return (
        f"| {row['data']} | {row['model']} | {row['approach']} | {row['method']} | {row['shots']} "
        f"| {row['metric']} "
        f"| {row['score']:.3f} | {low:.3f}-{high:.3f} | {row['macro_f1']:.3f} | {row['rows']} "
        f"| {found} | {row['seconds']['train']:.0f} | {row['seconds']['predict']:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--only", default="")
    parser.add_argument("--approach", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not there; name the folder of the data sets with --data")
    preview, rows = Preview(), []
    cases = [c for c in CASES if options.only in c.name and options.approach in c.approach["kind"]]
    if not options.json:
        heads = (
            "data model approach method shots metric score 95_% macro_F1 rows by_hand train_s "
            "predict_s"
        )
        print("| " + " | ".join(h.replace("_", " ") for h in heads.split()) + " |")
        print("|---" * len(heads.split()) + "|")
    for case in cases:
        rows.append(measure(case, options.data, preview))
        if not options.json:
            print(_line(rows[-1]), flush=True)
    preview.close()
    if options.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
