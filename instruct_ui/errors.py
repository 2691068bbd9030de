"""Every error a person can meet.

    InstructError
    ├── UserMistake            exit code 2; the person can mend it
    │   ├── DataError          a file, a row, a column
    │   ├── TemplateError      a block of a template
    │   ├── ModelError         a model name, a folder, a task the model cannot do
    │   ├── SpecError          a line of a spec
    │   └── RequestError       anything else asked for that cannot be done now
    └── OurFault               exit code 1; goes to the log
        ├── WorkerDied         a worker process ended without an answer
        ├── StorageFault       disk full, database locked
        └── DownloadFault      the package index did not answer

An error carries a key into `texts/errors_*.yaml` and its parameters, so it can be shown in either
language; `str(error)` is the English text. Each text says what happened, where, and what to do.
"""

from __future__ import annotations

from instruct_ui.texts import Language, say


class InstructError(Exception):
    """`key` names an entry of `texts/errors_*.yaml` (without the `errors.` in front)."""

    def __init__(self, key: str, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(self.message())

    def message(self, language: Language = "en") -> str:
        return say(f"errors.{self.key}", language, **self.params)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.key, self.params))


def _rebuild(kind: type[InstructError], key: str, params: dict[str, object]) -> InstructError:
    return kind(key, **params)


class UserMistake(InstructError):
    pass


class DataError(UserMistake):
    pass


class TemplateError(UserMistake):
    pass


class ModelError(UserMistake):
    pass


class SpecError(UserMistake):
    pass


class RequestError(UserMistake):
    pass


class OurFault(InstructError):
    pass


class WorkerDied(OurFault):
    pass


class StorageFault(OurFault):
    pass


class DownloadFault(OurFault):
    pass
