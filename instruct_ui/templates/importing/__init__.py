"""Templates of other people's collections into ours, with a note of all that was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from instruct_ui.tasks import TaskName
from instruct_ui.templates.importing import given as given_text
from instruct_ui.templates.importing import natural_instructions, promptsource
from instruct_ui.templates.importing.report import Imported, ImportedTemplate, Note, Refused

__all__ = [
    "Imported",
    "ImportedTemplate",
    "Note",
    "Refused",
    "Source",
    "import_file",
    "instances_as_rows",
]

Source = Literal["promptsource", "super-naturalinstructions"]


def import_file(
    given: Path | str, source: Source, task: TaskName | None = None, name: str = ""
) -> Imported:
    """The templates of a file (its path, or its text), each with what was changed.

    `task`: what they are to be for; None: guessed for each. `name`: what errors call the file.
    A template that cannot be carried over is among `refused`, with the reason. Raises TemplateError
    for a file that cannot be read, is too large or is not of this form.
    """
    if source == "promptsource":
        return promptsource.read(given_text.read(given, name, promptsource.MAX_BYTES), task)
    text = given_text.read(given, name, natural_instructions.MAX_BYTES)
    return natural_instructions.read(text, task)


def instances_as_rows(
    given: Path | str, task: TaskName | None = None, name: str = ""
) -> list[dict[str, str]]:
    """The instances of a task of Super-NaturalInstructions as rows of a data set.

    Columns: `id` (where there is one) with `text` and `label` where the answers are of a small
    closed set, else (and for the task generation) with `input`, `output`, `output_2`, ... Raises
    TemplateError as `import_file`.
    """
    text = given_text.read(given, name, natural_instructions.MAX_BYTES)
    return natural_instructions.rows(text, task)
