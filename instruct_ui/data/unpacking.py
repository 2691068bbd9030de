"""A zip into the files in it that may be data, whoever packed it and why."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from instruct_ui.data.encodings import magic
from instruct_ui.data.excel import is_xlsx
from instruct_ui.data.source import Source, refuse_unpacked
from instruct_ui.errors import DataError

MAX_MEMBERS = 2000
_MAX_RATIO = 400
"""Unpacked to packed; tables of few values come to a hundred, a file of zeros to a thousand."""
_SMALL = 2**20
"""Bytes below which the ratio does not matter."""
_PACKED = frozenset(["zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst"])
_BESIDE = frozenset(
    [
        "md",
        "rst",
        "pdf",
        "htm",
        "html",
        "doc",
        "docx",
        "rtf",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "py",
        "ipynb",
        "sh",
        "r",
        "yml",
        "yaml",
        "toml",
        "cfg",
        "conf",
        "ini",
        "css",
        "js",
        "log",
        "bib",
        "tex",
    ]
)
_READ_ME = re.compile(
    r"(readme|read[ _-]me|licen[cs]e|copying|notice|citation|changelog|说明|使用说明|许可证)"
    r"([._-]\w{2,5})?(\.txt)?",
    re.IGNORECASE,
)
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    IndexError,
    KeyError,
)


@dataclass(frozen=True, slots=True)
class Unpacked:
    files: tuple[Source, ...]
    """Named by their path in the archive, in its order."""
    left_out: int
    """Files that are no data: read-me and licence, pictures, what macOS adds."""


def is_zip(source: Source) -> bool:
    return magic(source.head(4)) == "zip"


def unpack(source: Source) -> Unpacked:
    """Raises DataError for a zip that is broken, locked, too large, or made to do harm."""
    name = source.name
    refuse_unpacked(source.size, name)
    try:
        with zipfile.ZipFile(io.BytesIO(source.all())) as archive:
            entries = _checked(archive, name)
            files, left_out = [], 0
            for path, entry in entries:
                if _is_beside(path):
                    left_out += 1
                    continue
                with archive.open(entry) as file:
                    files.append(Source(file.read(), path))
    except DataError:
        raise
    except _FAULTS as error:
        cause = str(error) or type(error).__name__
        raise DataError("data_zip_unreadable", file=name, cause=cause) from error
    for member in files:
        packed = member.name.lower().rpartition(".")[2] in _PACKED
        if packed or (is_zip(member) and not is_xlsx(member)):
            raise DataError("data_zip_nested", file=name, member=member.name)
    return Unpacked(tuple(files), left_out)


def _checked(archive: zipfile.ZipFile, name: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files in it and their paths; nothing is unpacked yet."""
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise DataError("data_zip_too_many", file=name, count=len(entries), limit=MAX_MEMBERS)
    refuse_unpacked(sum(entry.file_size for entry in entries), name)
    files = []
    for entry in entries:
        path = _path(entry)
        parts = PurePosixPath(path).parts
        link = stat.S_ISLNK(entry.external_attr >> 16)
        drive = path[1:2] == ":"
        if link or drive or path.startswith("/") or ".." in parts or "\0" in path:
            raise DataError("data_zip_path", file=name, member=path.replace("\0", "\ufffd"))
        if path.endswith("/"):
            continue
        if entry.flag_bits & 1:
            raise DataError("data_zip_locked", file=name, member=path)
        if entry.file_size > max(_SMALL, _MAX_RATIO * entry.compress_size):
            raise DataError("data_zip_bomb", file=name, member=path, limit=_MAX_RATIO)
        files.append((path, entry))
    return files


def _path(entry: zipfile.ZipInfo) -> str:
    """zipfile takes every name that is not marked as UTF-8 for code page 437; Chinese Windows
    writes GBK, others UTF-8 without the mark."""
    path = entry.orig_filename
    if not entry.flag_bits & 0x800:
        raw = path.encode("cp437")
        for encoding in ("utf-8", "gb18030"):
            try:
                path = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return path.replace("\\", "/")


def _is_beside(path: str) -> bool:
    parts = path.split("/")
    last = parts[-1]
    if "__MACOSX" in parts or last.startswith(".") or last in ("Thumbs.db", "desktop.ini"):
        return True
    suffix = last.lower().rpartition(".")[2] if "." in last else ""
    return suffix in _BESIDE or (suffix in ("", "txt") and bool(_READ_ME.fullmatch(last)))
