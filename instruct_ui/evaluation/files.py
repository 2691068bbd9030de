"""predictions.csv and report.json: written whole or not at all, and read back."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from instruct_ui.data.dataset import Example, shown_text
from instruct_ui.errors import DataError, StorageFault
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.report import Report
from instruct_ui.tasks import REGISTRY, TaskName

LABEL_COLUMNS = ("row", "gold", "predicted", "confidence", "correct")
TAG_COLUMNS = ("row", "position", "token", "gold", "predicted")
TEXT_COLUMNS = ("row", "gold", "predicted", "readable", "confidence", "score", "broken")
"""`gold` is a JSON list of what is accepted, and so is `predicted` where several things are
answered; `broken` are positions of constraint blocks."""
_STATISTICS = "statistics.json"


def write_report(report: Report, path: Path) -> None:
    """Raises StorageFault where the disk does not take it."""
    write_whole(path, report.to_json())


def read_report(path: Path) -> Report:
    """Raises DataError where the file is missing or no report."""
    return Report.from_json(_read(path), str(path))


def write_predictions(predictions: Predictions, path: Path) -> None:
    """With their statistics in a file beside it. Raises StorageFault where the disk does not take
    it."""
    if predictions.statistics:
        plain = {metric: table.tolist() for metric, table in predictions.statistics.items()}
        write_whole(path.with_name(_STATISTICS), json.dumps(plain))
    write_whole(path, predictions_csv(predictions))


def predictions_csv(predictions: Predictions) -> str:
    """One line a row, for NER one a token, in the order of the file; UTF-8 without BOM."""
    lines: list[tuple[object, ...]] = []
    if predictions.shape not in ("label", "tags"):
        return _csv(TEXT_COLUMNS, [_text_line(row, predictions.shape) for row in predictions.rows])
    if predictions.shape == "tags":
        for row in predictions.rows:
            gold = row.gold_tags or ("",) * len(row.tokens)
            for i, cells in enumerate(zip(row.tokens, gold, row.answer.tags, strict=True)):
                lines.append((row.row, i, *cells))
        return _csv(TAG_COLUMNS, lines)
    for row in predictions.rows:
        correct = "" if row.gold is None else str(row.correct).lower()
        label = "" if row.answer.label is None else row.answer.label
        lines.append((row.row, row.gold or "", label, f"{row.answer.confidence:.6f}", correct))
    return _csv(LABEL_COLUMNS, lines)


def _text_line(row: Judged, shape: str) -> tuple[object, ...]:
    answer = row.answer
    sets = shape in ("labels", "triples")
    return (
        row.row,
        _json(row.golds),
        _json(answer.parts) if sets and answer.readable else answer.text or "",
        str(answer.readable).lower(),
        f"{answer.confidence:.6f}",
        "" if row.score is None else f"{row.score:.6f}",
        " ".join(map(str, row.broken)),
    )


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _csv(columns: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    # The writer leaves a bare carriage return unquoted, and readers end the line there.
    returns = any("\r" in str(cell) for line in lines for cell in line)
    writer = csv.writer(
        out, lineterminator="\n", quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    )
    writer.writerow(columns)
    writer.writerows(lines)
    return out.getvalue()


def read_predictions(
    path: Path,
    task: TaskName,
    labels: Sequence[str],
    examples: Sequence[Example] = (),
    label_columns: Sequence[str] = (),
) -> Predictions:
    """What `write_predictions` wrote.

    The file holds no texts; `examples` (the split the run was on) give them back by row number.
    Scores of the labels that were not answered and the confidence of NER are not in the file.
    Raises DataError naming the file and line where it is not such a file.
    """
    shape = "labels" if label_columns else REGISTRY[task].gold.shape
    columns, build = {
        "tags": (TAG_COLUMNS, _sentences),
        "label": (LABEL_COLUMNS, _labelled),
        "labels": (TEXT_COLUMNS, _sets),
        "triples": (TEXT_COLUMNS, _sets),
    }.get(shape, (TEXT_COLUMNS, _texts))
    lines = _lines(path, columns)
    texts = {example.row: shown_text(task, example) for example in examples}
    try:
        rows = build(lines, texts)
        statistics = _statistics(path, len(rows)) if columns is TEXT_COLUMNS else {}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError("evaluation_bad_predictions", where=str(path), cause=str(error)) from error
    return Predictions(task, tuple(labels), tuple(rows), tuple(label_columns), statistics)


def _statistics(path: Path, rows: int) -> dict[str, npt.NDArray[np.float64]]:
    """What lies beside the predictions. Raises ValueError where it is not that of these rows."""
    plain = json.loads(_read(path.with_name(_STATISTICS)))
    tables = {str(metric): np.asarray(table, float) for metric, table in plain.items()}
    for metric, table in tables.items():
        if table.ndim != 2 or len(table) != rows:
            raise ValueError(f"{_STATISTICS}: {metric} is not of {rows} rows")
    return tables


def _texts(lines: list[dict[str, str]], texts: dict[int, str]) -> list[Judged]:
    return [_text_row(line, texts, Answer(text=line["predicted"])) for line in lines]


def _sets(lines: list[dict[str, str]], texts: dict[int, str]) -> list[Judged]:
    rows = []
    for line in lines:
        said = line["predicted"]
        if line["readable"] == "true":
            rows.append(_text_row(line, texts, Answer(parts=_strings(said))))
        else:
            rows.append(_text_row(line, texts, Answer(text=said)))
    return rows


def _text_row(line: dict[str, str], texts: dict[int, str], answer: Answer) -> Judged:
    number = int(line["row"])
    return Judged(
        row=number,
        text=texts.get(number, ""),
        gold=None,
        answer=replace(
            answer, readable=line["readable"] == "true", confidence=float(line["confidence"])
        ),
        golds=_strings(line["gold"]),
        score=float(line["score"]) if line["score"] else None,
        broken=tuple(map(int, line["broken"].split())),
    )


def _strings(cell: str) -> tuple[str, ...]:
    values = json.loads(cell)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"no list of texts: {cell[:40]}")
    return tuple(values)


def _labelled(lines: list[dict[str, str]], texts: dict[int, str]) -> list[Judged]:
    return [
        Judged(
            row=int(line["row"]),
            text=texts.get(int(line["row"]), ""),
            # Without gold there is nothing to be right about: `correct` tells it from a gold of "".
            gold=line["gold"] if line["correct"] else None,
            answer=Answer(label=line["predicted"] or None, confidence=float(line["confidence"])),
        )
        for line in lines
    ]


def _sentences(lines: list[dict[str, str]], texts: dict[int, str]) -> list[Judged]:
    rows = []
    for row, group in groupby(lines, key=lambda line: int(line["row"])):
        words = list(group)
        if [int(word["position"]) for word in words] != list(range(len(words))):
            raise ValueError(f"row {row}: positions do not count up from 0")
        tokens = tuple(word["token"] for word in words)
        gold = tuple(word["gold"] for word in words)
        rows.append(
            Judged(
                row=row,
                text=texts.get(row, " ".join(tokens)),
                gold=None,
                answer=Answer(tags=tuple(word["predicted"] for word in words)),
                tokens=tokens,
                gold_tags=gold if any(gold) else (),
            )
        )
    return rows


def _lines(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    reader = csv.reader(io.StringIO(_read(path), newline=""))
    try:
        header, *lines = list(reader) or [[]]
    except csv.Error as error:
        raise DataError("evaluation_bad_predictions", where=str(path), cause=str(error)) from error
    if tuple(header) != columns:
        raise DataError(
            "evaluation_wrong_columns",
            where=str(path),
            found=", ".join(header),
            expected=", ".join(columns),
        )
    for number, line in enumerate(lines, start=2):
        if len(line) != len(columns):
            raise DataError(
                "evaluation_ragged_line", where=str(path), line=number, expected=len(columns)
            )
    return [dict(zip(columns, line, strict=True)) for line in lines]


def _read(path: Path) -> str:
    try:
        # Not read_text: it would turn a \r inside a quoted token into \n.
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("evaluation_unreadable", where=str(path), cause=str(error)) from error


def write_whole(path: Path, text: str) -> None:
    """Beside first, then moved: no reader meets half a file, a full disk leaves the old one.

    Raises StorageFault where the disk does not take it.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode("utf-8"))
        os.replace(beside, path)
    except OSError as error:
        with suppress(OSError):  # where the parent is a file, nothing can be beside either
            beside.unlink(missing_ok=True)
        raise StorageFault("evaluation_write_failed", where=str(path), cause=str(error)) from error
