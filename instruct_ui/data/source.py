"""The bytes of a file, on disk or in memory, opened anew for every pass over them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from instruct_ui.errors import DataError

Told = Callable[[int, int], None]
"""Hears how many bytes of how many a pass has read; may raise to end the reading."""
CHUNK = 1 << 20
MAX_UNPACKED = 512 * 2**20
"""Bytes a packed file may unpack to; a few kB can unpack to many GB."""


class Source:
    def __init__(self, content: bytes | Path, name: str = "", told: Told | None = None) -> None:
        """`name` is the file's, for messages and for its suffix; a path has one of its own.

        Raises DataError where there is no such file, or it cannot be opened.
        """
        self.name = name or (content.name if isinstance(content, Path) else "")
        self._content = content
        self._told = told
        if isinstance(content, bytes):
            self.size = len(content)
            return
        try:
            self.size = content.stat().st_size
            content.open("rb").close()
        except FileNotFoundError as error:
            raise DataError("data_missing", file=str(content)) from error
        except (OSError, ValueError) as error:
            raise DataError("data_unreadable", file=str(content), cause=str(error)) from error

    def open(self) -> BinaryIO:
        content = self._content
        plain = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
        return plain if self._told is None else _Counted(plain, self.size, self._told)

    def chunks(self) -> Iterator[bytes]:
        with self.open() as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def head(self, count: int) -> bytes:
        if isinstance(self._content, bytes):
            return self._content[:count]
        with self._content.open("rb") as file:
            return file.read(count)

    def all(self) -> bytes:
        return self._content if isinstance(self._content, bytes) else self._content.read_bytes()

    def is_blank(self) -> bool:
        """Whether nothing but ASCII white space stands in it."""
        return not any(chunk.strip() for chunk in self.chunks())

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for chunk in self.chunks():
            digest.update(chunk)
        return digest.hexdigest()


class _Counted(io.BufferedReader):
    """Tells how far it has come, once for every chunk."""

    def __init__(self, file: BinaryIO, size: int, told: Told) -> None:
        super().__init__(file, CHUNK)  # type: ignore[arg-type]
        self._size, self._told, self._done, self._last = size, told, 0, 0

    def read(self, size: int | None = -1, /) -> bytes:
        return self._heard(super().read(size))

    def read1(self, size: int = -1, /) -> bytes:
        return self._heard(super().read1(size))

    def _heard(self, data: bytes) -> bytes:
        self._done += len(data)
        if self._done - self._last >= CHUNK or not data:
            self._last = self._done
            self._told(self._done, self._size)
        return data


def refuse_unpacked(size: int, file: str) -> None:
    """Raises DataError where a packed file comes to more than can be held."""
    if size > MAX_UNPACKED:
        raise DataError(
            "data_unpacks_to_too_much",
            file=file,
            megabytes=size // 2**20,
            limit=MAX_UNPACKED // 2**20,
        )
