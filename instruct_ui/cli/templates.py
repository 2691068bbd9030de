"""`instruct-ui templates`: list, validate, import, diff."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from instruct_ui.cli.printing import Painted, aligned, paint, shown, tell, tell_json
from instruct_ui.errors import RequestError
from instruct_ui.tasks import REGISTRY
from instruct_ui.templates import library
from instruct_ui.templates.diff import BlockChange, TemplateDiff, diff
from instruct_ui.texts import say

_SIGNS = {"same": " ", "changed": "~", "moved": ">", "added": "+", "removed": "-"}
_PIECES = {
    "equal": ("{}", ""),
    "removed": ("[-{}-]", "red"),
    "added": ("{{+{}+}}", "green"),
}
"""As `git diff --word-diff` marks them, so that nobody needs the colour."""


def list_library(options: argparse.Namespace) -> None:
    _refuse_unknown(options.task)
    wanted = [
        template
        for template in library.all_templates().values()
        if options.task in (None, template.task) and options.language in (None, template.language)
    ]
    if options.json:
        keys = ("name", "task", "language", "description", "when")
        tell_json([{key: getattr(template, key) for key in keys} for template in wanted])
        return
    for line in aligned([(t.name, t.task, t.language, t.description) for t in wanted]):
        tell(line)


def validate(options: argparse.Namespace) -> None:
    """Raises RequestError where any template has a mistake, after all were looked at."""
    from instruct_ui.cli.validating import Validator
    from instruct_ui.preview.client import Preview

    bad = count = 0
    with closing(Preview()) as preview:
        validator = Validator(preview, options.data or "")
        for given in options.paths:
            files = library.files_in(given) if given.is_dir() else [given]
            if not files:
                bad, count = bad + 1, count + 1
                _tell_mistakes(given, [RequestError("templates_none").message()])
            for path in files:
                mistakes = validator.mistakes(path)
                bad, count = bad + bool(mistakes), count + 1
                _tell_mistakes(path, mistakes)
    if bad:
        raise RequestError("templates_bad", bad=bad, count=count)


def import_templates(options: argparse.Namespace) -> None:
    """Raises RequestError where nothing could be carried over, or a file is there already."""
    from instruct_ui.cli.importing import write_templates
    from instruct_ui.templates.importing import import_file

    _refuse_unknown(options.task)
    found = import_file(options.file, options.source, options.task)
    paths = write_templates(found.templates, options.out, overwrite=options.force)
    for path, imported in zip(paths, found.templates, strict=True):
        tell(f"{shown(path)}  ({imported.template.task})")
        for note in imported.notes:
            tell(f"  - {note.message()}")
    for refused in found.refused:
        tell(f"not carried over: {refused.name}\n  - {refused.reason.message()}")
    if not paths:
        raise RequestError("import_nothing", file=shown(options.file))


def compare(options: argparse.Namespace) -> None:
    a, b = library.resolve(options.a), library.resolve(options.b)
    found = diff(a, b)
    if options.json:
        summary = {"changed_blocks": found.changed_blocks, "sentence": found.sentence("en")}
        tell_json({"a": a.name, "b": b.name, **summary, **asdict(found)})
        return
    tell(paint(f"{a.name} → {b.name}", "bold"))
    tell(found.sentence("en"))
    _tell_difference(found)


def _refuse_unknown(task: str | None) -> None:
    if task is not None and task not in REGISTRY:
        raise RequestError("task_unknown", task=task, tasks=", ".join(REGISTRY))


def _tell_mistakes(path: Path, mistakes: Sequence[str]) -> None:
    if not mistakes:
        tell(f"{shown(path)}: ok")
        return
    many = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    tell(f"{shown(path)}: {many}")
    for mistake in mistakes:
        tell(f"  - {mistake}")


def _tell_difference(found: TemplateDiff) -> None:
    for block in found.changed:
        moved = ", moved" if block.moved and block.what == "changed" else ""
        head = f"{_SIGNS[block.what]} {block.name('en')} ({say(f'diff.what_{block.what}')}{moved})"
        tell("\n", paint(head, "bold"))
        for line in _lines(block):
            tell("  ", *line)
        for setting in block.settings:
            tell(f"  {setting.line('en')}")
    if found.settings:
        tell("\n", paint(say("diff.settings"), "bold"))
    for setting in found.settings:
        tell(f"  {setting.line('en')}")


def _lines(block: BlockChange) -> list[list[Painted]]:
    """The text of both, its pieces marked within each line."""
    lines: list[list[Painted]] = [[]]
    for piece in block.pieces:
        pattern, colour = _PIECES[piece.what]
        for n, part in enumerate(piece.text.split("\n")):
            if n:
                lines.append([])
            if part:
                lines[-1].append(paint(pattern.format(part), colour))
    return lines
