"""The text of a file to import, however it comes, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from instruct_ui.errors import TemplateError


@dataclass(frozen=True, slots=True)
class Given:
    text: str
    name: str
    """What errors call it, and templates that have no name of their own."""


def read(given: Path | str, name: str, limit: int) -> Given:
    """The file at a path, or the text itself; `limit` in bytes.

    Raises TemplateError where it cannot be opened, is too large or no UTF-8.
    """
    if isinstance(given, Path):
        where = name or given.name
        written = _bytes(given, where, limit)
    else:
        where = name or "text"
        _refuse_large(len(given), where, limit)
        written = given.encode("utf-8", "surrogatepass")
    _refuse_large(len(written), where, limit)
    try:
        return Given(written.decode("utf-8-sig"), where)
    except UnicodeDecodeError as error:
        line = written[: error.start].count(b"\n") + 1
        raise TemplateError("importing_encoding", where=where, line=line) from error


def _bytes(path: Path, where: str, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than allowed shows that there is more, however much it is.
            return file.read(limit + 1)
    except OSError as error:
        cause = error.strerror or str(error)
        raise TemplateError("importing_unreadable", where=where, cause=cause) from error


def _refuse_large(size: int, where: str, limit: int) -> None:
    if size > limit:
        raise TemplateError("importing_too_large", where=where, limit=limit // 2**20)
