"""The form of a template's file: every place that is not as it should be, and what of the file can
be looked at nevertheless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError

from instruct_ui.tasks import REGISTRY
from instruct_ui.templates.template import Block, BlockKind, Template

_KEPT = ("language", "label_words", "label_description", "none")
"""What decides, beside blocks and task, how blocks are filled in."""


class Form:
    """`plain`: what the file holds."""

    def __init__(self, plain: object) -> None:
        self._plain: Mapping[Any, Any] = plain if isinstance(plain, dict) else {}
        self.template: Template | None = None
        """None where the form is wrong."""
        self.mistakes: list[str] = []
        wrong: set[object] = set()
        try:
            self.template = Template.model_validate(plain)
        except ValidationError as error:
            told = error.errors(include_url=False, include_context=False, include_input=False)
            self.mistakes = [_told(e["loc"], e["msg"]) for e in told]
            wrong = {e["loc"][0] for e in told if e["loc"]}
        if wrong:  # then nobody has looked yet whether the blocks fit together
            self.mistakes += self._of_order()
        self.blocks = self._blocks()
        """By position, as far as they can be filled in."""
        self.frame = self._frame(wrong)
        """A template around any block of these; None where its task is not known."""

    def _kinds(self) -> list[object]:
        blocks = self._plain.get("blocks")
        if not isinstance(blocks, list):
            return []
        return [block.get("kind") if isinstance(block, dict) else None for block in blocks]

    def _of_order(self) -> list[str]:
        kinds = self._kinds()
        if not kinds or any(kind not in get_args(BlockKind) for kind in kinds):
            return []
        blocks = [{"kind": kind} for kind in kinds]
        try:
            Template.model_validate({"name": "t", "task": next(iter(REGISTRY)), "blocks": blocks})
        except ValidationError as error:
            return [_told(e["loc"], e["msg"]) for e in error.errors()]
        return []

    def _blocks(self) -> dict[int, Block]:
        found = {}
        for position, kind in enumerate(self._kinds()):
            text = self._plain["blocks"][position].get("text", "") if kind else None
            if kind in get_args(BlockKind) and isinstance(text, str):
                found[position] = Block.model_validate({"kind": kind, "text": text})
        return found

    def _frame(self, wrong: set[object]) -> Template | None:
        task = self._plain.get("task")
        if not isinstance(task, str) or task not in REGISTRY:
            return None
        kept = {key: self._plain[key] for key in _KEPT if key in self._plain and key not in wrong}
        return Template.model_validate(
            {"name": "t", "task": task, "blocks": [{"kind": "input"}], **kept}
        )


def _told(place: tuple[int | str, ...], what: str) -> str:
    """`Block 2, shots: ...`"""
    what = what.removeprefix("Value error, ")
    match place:
        case ():
            return what
        case ("blocks", int(position)):
            return f"Block {position + 1}: {what}"
        case ("blocks", int(position), *rest):
            return f"Block {position + 1}, {'.'.join(map(str, rest))}: {what}"
        case _:
            return f"{'.'.join(map(str, place))}: {what}"
