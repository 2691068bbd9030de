"""The report of a data set for the command line: as JSON, and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from instruct_ui.data.checks import words
from instruct_ui.data.report import DataReport
from instruct_ui.texts import say


def as_json(report: DataReport) -> dict[str, Any]:
    """One object; `file` is a list where there are several. `columns` are those of the first file,
    role -> column, as in a spec; `repair` is what a spec's `data.repairs` would take."""
    names = [file.name for file in report.files.values()]
    first = next(iter(report.files.values()))
    return {
        "file": names[0] if len(names) == 1 else names,
        "task": report.task,
        "format": first.format,
        "encoding": first.encoding,
        "separator": first.separator,
        "header": first.header,
        "columns": dict(first.roles),
        "rows": report.overview.rows,
        "skipped": sum(skipped.count for skipped in report.overview.skipped),
        "labels": dict(report.overview.labels),
        "findings": [
            {
                "key": finding.key,
                "count": finding.count,
                "rows": [asdict(row) for row in finding.rows],
                "repair": None
                if finding.repair is None
                else finding.repair.model_dump(mode="json"),
            }
            for finding in report.findings
        ],
    }


def as_lines(report: DataReport) -> Iterator[str]:
    """What a person reads in a terminal."""
    for split, file in report.files.items():
        facts = [file.format, file.encoding]
        if file.format in ("csv", "tsv", "xlsx"):
            facts.append(say("datatab.header_yes" if file.header else "datatab.header_no"))
        yield f"{split}: {file.name} ({', '.join(f for f in facts if f)})"
        yield "  " + ", ".join(f"{role} = {column}" for role, column in file.roles.items())
    seen = report.overview
    skipped = sum(s.count for s in seen.skipped)
    yield f"{report.task}: {seen.rows:,} rows, {skipped:,} skipped, language {seen.language}"
    if seen.labels:
        yield "  " + ", ".join(f"{label} {count:,}" for label, count in seen.labels[:20])
    for finding in report.findings:
        yield f"{_SIGNS[finding.weight]} {words.title(finding, 'en')}"
        if why := words.why(finding, "en"):
            yield f"    {why}"
        for row in finding.rows[:3]:
            place = f"{row.file}:{row.line} " if row.file else ""
            beside = " -> ".join(part for part in (row.label, row.other) if part)
            yield f"    {place}{row.text[:80]}{f'  [{beside}]' if beside else ''}"
    if not report.findings:
        yield say("datachecks.nothing_found")


_SIGNS = {"wrong": "!!", "doubtful": "! ", "note": "- "}
