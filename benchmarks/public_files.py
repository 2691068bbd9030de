"""What the Data step makes of public files as they are published, with nothing told: a table for
docs/benchmarks.md. Reads ../shared/data; `--json` prints the reports themselves."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from instruct_ui.data.matching import spec_of, unpacked
from instruct_ui.data.report import DataReport, inspect
from instruct_ui.reporting.data_report import as_json

SETS = {
    "wnut17": ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"),
    "sec_filings_ner": ("FIN5.txt", "FIN3.txt"),
    "banking77": ("train.csv", "test.csv"),
    "semeval2010_task8": ("TRAIN_FILE.TXT", "TEST_FILE_FULL.TXT"),
    "xquad en": ("xquad/xquad.en.json",),
    "xquad zh": ("xquad/xquad.zh.json",),
    "cmn_eng_tatoeba": ("cmn.txt",),
    "bitext_customer_service": (
        "Bitext_Sample_Customer_Service_Training_Dataset.csv",
        "Bitext_Sample_Customer_Service_Validation_Dataset.csv",
        "Bitext_Sample_Customer_Service_Testing_Dataset.csv",
    ),
    "crosswoz_zh": ("val.json.zip", "test.json.zip"),
    "tweeteval_emotion": ("train.csv", "val.csv", "test.csv"),
    "waimai_zh": ("waimai_10k.csv",),
    "dialogsum": ("dialogsum.dev.jsonl", "dialogsum.test.jsonl"),
}


def looked_at(folder: Path, name: str, files: tuple[str, ...]) -> tuple[DataReport, float]:
    paths = [folder / f if "/" in f else folder / name / f for f in files]
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        brought = unpacked([(path.name, path) for path in paths], Path(scratch))
        data, task, _ = spec_of(brought)
        return inspect(data, task, 0), time.perf_counter() - begin


def line(name: str, report: DataReport, seconds: float) -> str:
    first = next(iter(report.files.values()))
    columns = ", ".join(f"{role} = {column}" for role, column in first.roles.items())
    splits = " / ".join(f"{count:,}" for _, count in report.overview.splits)
    skipped = ", ".join(f"{s.count} {s.reason}" for s in report.overview.skipped) or "none"
    found = ", ".join(f"{f.key} {f.count:,}" for f in report.findings) or "none"
    reading = ", ".join(part for part in (first.format, first.encoding) if part)
    return (
        f"| {name} | {reading} | {report.task}: {columns} | {splits} | {skipped} | {found} "
        f"| {seconds:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not there; give the folder with --data")
    reports: dict[str, Any] = {}
    rows = []
    for name, files in SETS.items():
        report, seconds = looked_at(options.data, name, files)
        reports[name] = {**as_json(report), "seconds": round(seconds, 2)}
        rows.append(line(name, report, seconds))
    if options.json:
        print(json.dumps(reports, ensure_ascii=False, indent=1))
        return
    print("| files | read as | taken as | train / validation / test | left out | found | s |")
    print("|---|---|---|---|---|---|---|")
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
