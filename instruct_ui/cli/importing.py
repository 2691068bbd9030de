"""Imported templates become files of their own, none written over without being asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from instruct_ui.cli.printing import shown
from instruct_ui.errors import RequestError, StorageFault
from instruct_ui.evaluation.files import write_whole
from instruct_ui.templates.importing import ImportedTemplate
from instruct_ui.templates.library import slug


def write_templates(
    imported: Sequence[ImportedTemplate], out: Path, *, overwrite: bool
) -> list[Path]:
    """The file of each, `<out>/<slug of its name>.yaml`, in order.

    Raises RequestError, before anything is written, where one is there and not to be overwritten;
    and where the folder takes no files.
    """
    paths = _paths(out, [one.template.name for one in imported])
    there = [path for path in paths if path.is_symlink() or path.exists()]
    if there and not overwrite:
        names = ", ".join(shown(Path(path.name)) for path in there)
        raise RequestError("import_there", folder=shown(out), files=names)
    try:
        if paths:
            out.mkdir(parents=True, exist_ok=True)
        for path, one in zip(paths, imported, strict=True):
            write_whole(path, one.template.to_yaml())
    except (OSError, StorageFault) as error:
        cause = str(error.__cause__ or error)
        raise RequestError("out_unwritable", folder=shown(out), cause=cause) from error
    return paths


def _paths(out: Path, names: Sequence[str]) -> list[Path]:
    """Two names that are cut to the same one are numbered."""
    found: dict[Path, None] = {}
    for name in names:
        stem = slug(name)
        path, number = out / f"{stem}.yaml", 1
        while path in found:
            number += 1
            path = out / f"{stem}-{number}.yaml"
        found[path] = None
    return list(found)
