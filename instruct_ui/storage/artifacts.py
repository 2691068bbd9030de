"""Files under the home. A name is made of ids and hashes, never of what a person typed.

home/projects/<project>/data/<sha256>.<suffix>    what was brought; never changes
home/projects/<project>/runs/<run>/               report, predictions, spec, model
home/logs/                                        one file a worker
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import IO

from instruct_ui.storage import faults

_ID = re.compile(r"[0-9a-f]{32}")
_SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".jsonl", ".ndjson", ".json", ".parquet", ".arrow"),
    *(".zip", ".conll", ".bio", ".iob", ".iob2"),
)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptFile:
    path: Path
    sha256: str
    size: int
    """Bytes."""


def project_folder(home: Path, project_id: str) -> Path:
    return home / "projects" / _safe(project_id)


def run_folder(home: Path, project_id: str, run_id: str) -> Path:
    return project_folder(home, project_id) / "runs" / _safe(run_id)


def logs_folder(home: Path) -> Path:
    return home / "logs"


def keep_file(home: Path, project_id: str, source: Path, suffix: str | None = None) -> KeptFile:
    """Copies a brought file into the project under its hash; the same content is kept once.

    `suffix` (default: the source's) is kept only where it is one we read, else `.txt`.
    Raises StorageFault; half a file never stands under the final name.
    """
    try:
        with source.open("rb") as stream:
            return _keep(home, project_id, stream, suffix or source.suffix)
    except OSError as error:
        raise faults.of_os_error(error, source) from error


def keep_text(home: Path, project_id: str, text: str, suffix: str = ".txt") -> KeptFile:
    """As `keep_file`, for what was pasted."""
    return _keep(home, project_id, BytesIO(text.encode("utf-8", errors="replace")), suffix)


def write_whole(path: Path, content: bytes) -> None:
    """Writes all of a file or nothing; an older one stays until then. Raises StorageFault."""
    with _whole(path) as stream:
        stream.write(content)


def _keep(home: Path, project_id: str, stream: BufferedReader | BytesIO, suffix: str) -> KeptFile:
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = stream.seek(0, os.SEEK_END)
    suffix = suffix.lower() if suffix.lower() in _SUFFIXES else ".txt"
    path = project_folder(home, project_id) / "data" / f"{digest}{suffix}"
    if not path.exists():
        stream.seek(0)
        with _whole(path) as target:
            shutil.copyfileobj(stream, target, _CHUNK)
    return KeptFile(path, digest, size)


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        part = Path(name)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException as error:
        if part is not None:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise faults.of_os_error(error, path) from error
        raise


def _safe(identifier: str) -> str:
    """Raises ValueError for anything but an id of ours: it would become part of a path."""
    if _ID.fullmatch(identifier) is None:
        raise ValueError(f"not an id: {identifier!r}")
    return identifier
