"""Small valid files of every format that is read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

_ENGLISH = [
    (f"Where is my {thing}, please? I ordered it, and it did not come.", label)
    for thing, label in [("card", "delivery"), ("refund", "money"), ("parcel", "delivery")] * 8
]
_CHINESE = [
    (f"我的{thing}在哪里？等了很久，还没有收到。", label)
    for thing, label in [("卡", "物流"), ("退款", "钱"), ("包裹", "物流")] * 8
]
_LATIN = [(f"Où est ma {thing}, s'il vous plaît? Très déçu.", "naïf") for thing in "abcdef" * 4]
_CONLL = "-DOCSTART- -X- O\n\n" + "Anna NNP B-PER\nSmith NNP I-PER\nsings VBZ O\n\n" * 12
_BLOCKS = "".join(
    f'{n}\t"The <e1>child</e1> sat in the <e2>cradle</e2> ({n})."\r\n'
    f"{('Other', 'Content-Container(e1,e2)')[n % 2]}\r\nComment: {n}\r\n\r\n"
    for n in range(1, 13)
)
_BRAT = {
    f"{n}.{kind}": text
    for n in range(6)
    for kind, text in [
        ("txt", "Anna Smith sings in Berlin.\nShe left.\n"),
        ("ann", "T1\tPER 0 10\tAnna Smith\nT2\tLOC 20 26\tBerlin\nR1\tin Arg1:T1 Arg2:T2\n"),
    ]
}
_SQUAD = {
    "version": "1.1",
    "data": [
        {
            "title": "Berlin",
            "paragraphs": [
                {
                    "context": f"Anna Smith sings in Berlin since {year}.",
                    "qas": [
                        {
                            "id": str(year),
                            "question": "Where does Anna sing?",
                            "answers": [{"text": "Berlin", "answer_start": 20}],
                        }
                    ],
                }
                for year in range(1990, 2000)
            ],
        }
    ],
}


def _csv(rows: Sequence[Sequence[str]], separator: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([("text", "label"), *rows])
    return out.getvalue().encode(encoding)


def _records() -> list[dict[str, object]]:
    return [{"text": text, "label": label, "n": 7, "tags": ["a"]} for text, label in _ENGLISH]


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    for row in [("text", "label"), *_ENGLISH]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table() -> pa.Table:
    rows = [
        {"text": text, "label": i % 2, "more": [label, "x"], "about": {"at": i, "by": label}}
        for i, (text, label) in enumerate(_ENGLISH)
    ]
    return pa.Table.from_pylist(rows)


def _parquet(packing: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(_table(), out, compression=packing, row_group_size=10)
    return out.getvalue()


def _parquet_of_all() -> bytes:
    """Types, encodings and an index that are seldom seen."""
    rows = range(len(_ENGLISH))
    table = pa.table(
        {
            "text": [text for text, _ in _ENGLISH],
            "label": pa.array([label for _, label in _ENGLISH]).dictionary_encode(),
            "when": pa.array([datetime(2024, 1, 1 + n) for n in rows], pa.timestamp("ns", "UTC")),
            "day": pa.array([date(2024, 1, 1 + n) for n in rows]),
            "exact": pa.array([Decimal(n) / 8 for n in rows], pa.decimal128(9, 3)),
            "pairs": pa.array([[("a", n)] for n in rows], pa.map_(pa.string(), pa.int32())),
            "lists": [[[n, None], [], None] for n in rows],
            "raw": [bytes([n]) for n in rows],
            "real": pa.array([n / 3 for n in rows], pa.float32()),
        }
    )
    out = io.BytesIO()
    pq.write_table(
        table,
        out,
        compression={"text": "gzip", "when": "brotli", "day": "lz4"},
        data_page_version="2.0",
        write_page_index=True,
        use_dictionary=["label"],
        column_encoding={"text": "DELTA_BYTE_ARRAY", "day": "DELTA_BINARY_PACKED"},
        data_page_size=200,
    )
    return out.getvalue()


def _arrow(kind: Callable[..., pa.RecordBatchWriter]) -> bytes:
    out = io.BytesIO()
    table = _table()
    with kind(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def packed(files: Sequence[tuple[str, bytes]], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for path, content in files:
            archive.writestr(zipfile.ZipInfo(path), content, packing)
    return out.getvalue()


def _hugging_face() -> bytes:
    state = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": "train"}
    names = {"label": {"names": ["delivery", "money"], "_type": "ClassLabel"}}
    return packed(
        [
            ("set/train/data-00000-of-00001.arrow", _arrow(pa.ipc.new_stream)),
            ("set/train/state.json", json.dumps(state).encode()),
            ("set/train/dataset_info.json", json.dumps({"features": names}).encode()),
            ("set/dataset_dict.json", b'{"splits": ["train"]}'),
        ]
    )


def valid() -> dict[str, tuple[str, bytes]]:
    """Kind -> name and bytes of a file that is read."""
    english, records = _csv(_ENGLISH, ",", "utf-8"), _records()
    pairs = [("train.csv", english), ("test.csv", _csv(_CHINESE, ",", "utf-8"))]
    return {
        "csv": ("a.csv", english),
        "csv utf-8-sig ;": ("a.csv", _csv(_CHINESE, ";", "utf-8-sig")),
        "csv utf-16 tab": ("a.csv", _csv(_CHINESE, "\t", "utf-16")),
        "csv gb18030": ("a.csv", _csv(_CHINESE, ",", "gb18030")),
        "csv cp1252 |": ("a.csv", _csv(_LATIN, "|", "cp1252")),
        "tsv latin-1": ("a.tsv", _csv(_LATIN, "\t", "latin-1")),
        "lines": ("a.txt", "\n".join(text for text, _ in _ENGLISH).encode()),
        "xlsx": ("a.xlsx", _xlsx()),
        "jsonl": ("a.jsonl", "\n".join(map(json.dumps, records)).encode()),
        "json": ("a.json", json.dumps(records, indent=1).encode()),
        "json columns": ("a.json", json.dumps({k: [k, "b"] * 9 for k in "xyz"}).encode()),
        "squad": ("a.json", json.dumps(_SQUAD).encode()),
        "conll": ("a.conll", _CONLL.encode()),
        "blocks": ("a.txt", _BLOCKS.encode()),
        "parquet": ("a.parquet", _parquet("none")),
        "parquet snappy": ("a.parquet", _parquet("snappy")),
        "parquet zstd": ("a.parquet", _parquet("zstd")),
        "parquet of all": ("a.parquet", _parquet_of_all()),
        "arrow file": ("a.arrow", _arrow(pa.ipc.new_file)),
        "arrow stream": ("a.arrow", _arrow(pa.ipc.new_stream)),
        "hf zip": ("a.zip", _hugging_face()),
        "brat zip": ("a.zip", packed([(n, t.encode()) for n, t in _BRAT.items()])),
        "zip of one": ("a.zip", packed([("a.csv", english), ("README.md", b"read me")])),
        "zip of several": ("a.zip", packed(pairs)),
    }
