"""Errors of disk and database -> StorageFault. Knows sqlite3's codes, not SQLAlchemy."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from instruct_ui.errors import StorageFault

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PRIMARY = 0xFF  # the low byte of an extended code is the primary one
_KEY_OF_CODE = {
    sqlite3.SQLITE_FULL: "storage_full",
    sqlite3.SQLITE_IOERR: "storage_write_failed",
    sqlite3.SQLITE_BUSY: "storage_busy",
    sqlite3.SQLITE_LOCKED: "storage_busy",
    sqlite3.SQLITE_READONLY: "storage_unwritable",
    sqlite3.SQLITE_CANTOPEN: "storage_unwritable",
    sqlite3.SQLITE_PERM: "storage_unwritable",
    sqlite3.SQLITE_CORRUPT: "storage_damaged",
    sqlite3.SQLITE_NOTADB: "storage_damaged",
}


def of_os_error(error: OSError, where: Path) -> StorageFault:
    """A failed read or write of a file under the home."""
    if error.errno in _FULL:
        return StorageFault("storage_full", where=str(where), cause=str(error))
    return StorageFault("storage_file", where=str(where), cause=str(error))


def of_sqlite(error: sqlite3.Error, where: str) -> StorageFault | None:
    """None for an error that is a bug of ours (a constraint, a wrong statement) and no fault."""
    code = getattr(error, "sqlite_errorcode", None)
    key = None if code is None else _KEY_OF_CODE.get(code & _PRIMARY)
    return None if key is None else StorageFault(key, where=where, cause=str(error))
