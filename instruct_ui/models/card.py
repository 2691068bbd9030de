"""What is known of a model before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from instruct_ui.tasks import REGISTRY, Family, Kind, TaskName


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

    def can(self, task: TaskName, kind: Kind) -> bool:
        """Whether the model can do `task` by approach `kind`."""
        return REGISTRY[task].way(self.family, kind) is not None
