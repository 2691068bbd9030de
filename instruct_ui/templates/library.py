"""The library: `templates_library/<task>/<name>.yaml`, found by name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.template import Template, load, parse

FOLDER = Path(__file__).resolve().parents[2] / "templates_library"


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
    path = Path(template)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return load(path)
    near = get_close_matches(template, known, n=1)
    raise TemplateError(
        "template_unknown", name=template, near=near[0] if near else ", ".join(known)
    )
