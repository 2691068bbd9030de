"""The library: `templates_library/<task>/<name>.yaml`, found by name; and template files of
people, which are read within bounds."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml

from instruct_ui.errors import TemplateError
from instruct_ui.spec import yaml_cause
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.template import Template, load, parse

FOLDER = Path(__file__).resolve().parents[2] / "templates_library"
MAX_BYTES = 2**20
"""Of a template's file."""
_SUFFIXES = (".yaml", ".yml")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_MOST_SLUG = 200
"""Bytes: file systems take names of 255."""


@cache
def all_templates() -> dict[str, Template]:
    """Every shipped template by name."""
    found = [load(path) for path in sorted(FOLDER.glob("*/*.yaml"))]
    return {template.name: template for template in found}


def of_task(task: TaskName) -> list[Template]:
    return [t for t in all_templates().values() if t.task == task]


def has_starter(task: TaskName) -> bool:
    return REGISTRY[task].starters[0] in all_templates()


def starter(task: TaskName, language: str) -> Template:
    """The template a new project begins with. Raises TemplateError where the library has none."""
    if not has_starter(task):
        raise TemplateError("no_starter", task=task)
    return all_templates()[REGISTRY[task].starters[language == "zh"]]


def resolve(template: str | dict[str, object]) -> Template:
    """A template by library name, by path, or inline. Raises TemplateError with a near name."""
    if isinstance(template, dict):
        return parse(template, "template")
    known = all_templates()
    if template in known:
        return known[template]
    if template.endswith(_SUFFIXES) or os.sep in template:
        return parse(plain_of(Path(template)), template)
    near = get_close_matches(template, known, n=3) or get_close_matches(template, known, 3, 0)
    raise TemplateError("template_unknown", name=template, near=", ".join(near))


def files_in(folder: Path) -> list[Path]:
    """The template files in a folder and those below it, in order."""
    found = (path for suffix in _SUFFIXES for path in folder.rglob(f"*{suffix}"))
    return sorted(path for path in found if path.is_file())


def plain_of(path: Path, where: str = "") -> object:
    """What a template's file holds, before `parse` looks at it; `where`: what errors call it.

    Raises TemplateError where it cannot be opened, is too large, no UTF-8 or no YAML.
    """
    try:
        return yaml.safe_load(_text(path))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise TemplateError(
            "template_unreadable", where=where or str(path), cause=_cause(error)
        ) from error


def slug(name: str) -> str:
    """`Is it about sports?` as the name of a file: `is-it-about-sports`."""
    words = "-".join(part for part in _BETWEEN_WORDS.split(name.casefold()) if part)
    whole = words.encode("utf-8", "ignore")[:_MOST_SLUG]
    return whole.decode("utf-8", "ignore").strip("-") or "template"


def _text(path: Path) -> str:
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ValueError("not a file")
    with path.open("rb") as file:
        # One byte more than allowed shows that there is more, however much it is.
        written = file.read(MAX_BYTES + 1)
    if len(written) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 2**20} MB")
    return written.decode("utf-8-sig")


def _cause(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "nested too deeply" if isinstance(error, RecursionError) else yaml_cause(error)
