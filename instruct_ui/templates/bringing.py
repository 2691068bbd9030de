"""A template file somebody brings: one of ours, or one of the two collections that can be carried
over. Which it is shows in the file itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from instruct_ui.errors import TemplateError
from instruct_ui.spec import yaml_cause
from instruct_ui.tasks import TaskName
from instruct_ui.templates.importing import ImportedTemplate, Note, Refused, Source, import_file
from instruct_ui.templates.template import parse

_MOST = 1_000_000
"""Characters of a template of ours."""
_PROMPTSOURCE = re.compile(r"^templates:|!Template\b", re.MULTILINE)


@dataclass(frozen=True)
class Brought:
    templates: tuple[ImportedTemplate, ...]
    refused: tuple[Refused, ...] = ()


def bring(name: str, text: str, task: TaskName) -> Brought:
    """The templates in `text` that are for `task`, each with what was changed.

    Raises TemplateError for a file that is none, or a template of ours for another task.
    """
    source = _source(text)
    if source is not None:
        found = import_file(text, source, task, name)
        return Brought(found.templates, found.refused)
    if len(text) > _MOST:
        raise TemplateError("template_file_too_long", where=name, limit=_MOST)
    try:
        plain: Any = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        cause = yaml_cause(error)
        raise TemplateError("template_unreadable", where=name, cause=cause) from error
    template = parse(plain, name)
    if template.task != task:
        raise TemplateError(
            "template_other_task", template=template.name, has=template.task, wants=task
        )
    notes: tuple[Note, ...] = ()
    return Brought((ImportedTemplate(template, notes),))


def _source(text: str) -> Source | None:
    if text.lstrip()[:1] == "{":
        return "super-naturalinstructions"
    return "promptsource" if _PROMPTSOURCE.search(text) else None
