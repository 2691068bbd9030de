"""What is known of a model before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from instruct_ui.tasks import TaskName

Family = Literal["encoder", "causal"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    name: str
    """Embedded key, hub id, or absolute path of a local folder."""
    title: str
    family: Family
    parameters: int
    """Number of weights; 0 where unknown before loading."""
    download_mb: int
    licence: str
    languages: tuple[str, ...]
    """`en`, `zh`, ...; empty: unknown."""
    window: int
    """Tokens the model reads at once."""
    text_prefix: str = ""
    """What the model wants in front of every text (`query: ` for e5)."""
    embedded: bool = False

    def can(self, task: TaskName, kind: str) -> bool:
        """Whether the model can do `task` by approach `kind` (zero_shot, few_shot, fine_tune)."""
        if self.family == "causal":
            return task == "text_classification"
        return not (task == "token_classification" and kind == "zero_shot")
