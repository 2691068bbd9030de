"""promptsource's `templates.yaml`: a data set and its templates, each jinja with `|||` in it.

Format: Bach et al. 2022, PromptSource (ACL, system demonstrations).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from instruct_ui.errors import TemplateError
from instruct_ui.spec import yaml_cause
from instruct_ui.tasks import TaskName
from instruct_ui.templates.importing.carrying import Entry, carried
from instruct_ui.templates.importing.given import Given
from instruct_ui.templates.importing.pieces import (
    SEPARATOR,
)
from instruct_ui.templates.importing.report import (
    Imported,
    ImportedTemplate,
    Names,
    Refused,
    one_line,
)

MAX_BYTES = 2**20
MOST_TEMPLATES = 500
MOST_CHARACTERS = 20_000
"""Of a template's jinja, and of its answer choices."""
_TAGS = ("!Template", "!TemplateMetadata", "!DatasetTemplates")


class _Loader(yaml.SafeLoader):
    """The file's own tags as plain mappings, and all plain values as texts: an unquoted yes is a
    word of the author here. Without `<<`, so that a small file cannot become a large one."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (as the base class has it)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        pass


def _mapping(loader: _Loader, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.tag} is a mapping", node.start_mark
        )
    return loader.construct_yaml_map(node)


for _tag in _TAGS:
    _Loader.add_constructor(_tag, _mapping)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|[Nn]ull|NULL|)$"), None)


def read(given: Given, task: TaskName | None = None) -> Imported:
    """Every template of the file, or why it could not be carried over.

    Raises TemplateError for a file of another form.
    """
    dataset, entries = _entries(given)
    names = Names()
    done: list[ImportedTemplate] = []
    refused: list[Refused] = []
    for key, plain in entries.items():
        name = _name(key, plain)
        try:
            done.append(_carried(plain, name, dataset, task, names))
        except TemplateError as error:
            refused.append(Refused(name, error))
    return Imported(tuple(done), tuple(refused))


def _entries(given: Given) -> tuple[str, Mapping[Any, Any]]:
    """The data set's name, and its templates by key."""
    try:
        plain = yaml.load(given.text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        cause = "nested too deeply" if isinstance(error, RecursionError) else yaml_cause(error)
        raise TemplateError("importing_yaml", where=given.name, cause=cause) from error
    entries = plain.get("templates") if isinstance(plain, dict) else None
    if not isinstance(entries, dict) or not entries:
        raise TemplateError("importing_not_promptsource", where=given.name)
    if len(entries) > MOST_TEMPLATES:
        raise TemplateError(
            "importing_too_many", where=given.name, count=len(entries), limit=MOST_TEMPLATES
        )
    told = (plain.get("dataset"), plain.get("subset"))
    return "/".join(part for part in told if isinstance(part, str) and part), entries


def _name(key: Any, plain: Any) -> str:
    told = plain.get("name") if isinstance(plain, dict) else None
    name = told if isinstance(told, str) and told.strip() else key
    return one_line(name) if isinstance(name, str) else "?"


def _carried(
    plain: Any, name: str, dataset: str, task: TaskName | None, names: Names
) -> ImportedTemplate:
    try:
        return carried(_entry(plain, name), dataset, task, names)
    except RecursionError as error:
        raise TemplateError("importing_nested") from error
    except ValueError as error:  # a number of thousands of digits, half a surrogate pair
        raise TemplateError("importing_value", cause=str(error)[:200]) from error


def _entry(plain: Any, name: str) -> Entry:
    if not isinstance(plain, dict):
        raise TemplateError("importing_entry", field="jinja")
    choices = plain.get("answer_choices")
    if isinstance(choices, list):  # as in older files
        choices = f" {SEPARATOR} ".join(_text(choice, "answer_choices") for choice in choices)
    metadata = plain.get("metadata")
    told: Mapping[Any, Any] = metadata if isinstance(metadata, dict) else {}
    original = {"true": True, "false": False}.get(str(told.get("original_task")).casefold())
    return Entry(
        name=_text(name, "name"),
        jinja=_text(plain.get("jinja"), "jinja"),
        choices=_text(choices or "", "answer_choices"),
        reference=_text(plain.get("reference") or "", "reference"),
        metrics=_texts(told.get("metrics")),
        languages=_texts(told.get("languages")),
        is_original=original,
    )


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise TemplateError("importing_entry", field=field)
    if len(value) > MOST_CHARACTERS:
        raise TemplateError("importing_too_long", field=field, limit=MOST_CHARACTERS)
    value.encode()  # half a surrogate pair could not be saved
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
