"""What tasks and their columns are called on the page.

Ours stand in the catalogue of texts; a task that is added as a file of its own brings its names
along (`Task.title`, `Role.title`), or is called by its name.
"""

from __future__ import annotations

from instruct_ui.tasks import REGISTRY
from instruct_ui.texts import Language, catalogue, say


def task_title(name: str, language: Language) -> str:
    """What a person would ask: `A label for every text`."""
    return _told(f"datatab.task_{name}", name, REGISTRY[name].title, language)


def short_title(name: str, language: Language) -> str:
    """The field's term: `text classification`."""
    return _told(f"start.task_{name}", name, REGISTRY[name].title, language)


def role_title(task: str, name: str, language: Language) -> str:
    """What a column is called; `label_2` as `label`, with its number."""
    role = REGISTRY[task].role(name)
    given = {} if role is None else role.title
    if role is not None and role.name != name:
        return f"{role_title(task, role.name, language)} {name.rpartition('_')[2]}"
    return _told(f"datatab.role_short_{name}", name, given, language)


def _told(key: str, name: str, given: dict[Language, str], language: Language) -> str:
    if key in catalogue():
        return say(key, language)
    return given.get(language) or name.replace("_", " ")
