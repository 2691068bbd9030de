"""Models as a project meets them: which there are, which suit, and getting one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruct_ui.data.dataset import Examples
from instruct_ui.data.split import sample
from instruct_ui.errors import ModelError
from instruct_ui.models import advice as model_advice
from instruct_ui.models import catalogue, fetch
from instruct_ui.models.card import ModelCard
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.storage.store import Store
from instruct_ui.tasks import Kind
from instruct_ui.workbench.data import DataBench
from instruct_ui.workbench.views import ModelView

_MANY_LANGUAGES = 50
_LOOKED_AT = 300
"""Texts in which unknown words are counted."""


_SPECIAL = 8
_COUNTED = 2000
"""Longest texts whose tokens are counted."""


@dataclass(frozen=True, slots=True)
class TooLong:
    count: int
    """Texts that are cut."""
    longest: int
    """Tokens of the longest one that was counted; 0 where none comes near the window."""
    window: int
    exact: bool
    """False: there are more of them than were counted."""


class ModelBench(DataBench):
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        self._unknown = lru_cache(maxsize=32)(self._count_unknown)
        self._long = lru_cache(maxsize=32)(self._count_long)

    def models(self) -> list[ModelView]:
        models_dir = self.settings.models_dir
        return [
            ModelView(card, fetch.is_present(card.name, models_dir))
            for card in catalogue.cards(models_dir)
        ]

    def get_model(self, owner: str, name: str) -> str:
        if self.settings.demo:
            self._card(name)
        return self._supervisor.submit(owner, None, "get_model", {"name": name}, "interactive")

    def advice(
        self, owner: str, pid: str, model: str, kind: Kind
    ) -> tuple[str, dict[str, Any]] | None:
        """What speaks against the model for this project, as a text key and its parameters."""
        project = self._store.get_project(owner, pid)
        card = self._card(model)
        found = model_advice.advise(card, project.task, project.language, kind)
        return (found[0], dict(found[1])) if found else None

    def unknown_words(self, owner: str, pid: str, model: str) -> float:
        """Share of the words of the project's texts that `model` has no pieces for, from a seeded
        sample; 0 where the model is not here, or reads so many languages that the count is not
        worth the seconds its vocabulary takes to load."""
        if not fetch.is_present(model, self.settings.models_dir):
            return 0.0
        if len(self._card(model).languages) >= _MANY_LANGUAGES:
            return 0.0
        folder = fetch.locate(model, self.settings.models_dir)
        version = self._version(owner, pid)
        return self._unknown(owner, pid, version.id, folder)

    def too_long(self, owner: str, pid: str, model: str) -> TooLong:
        """Texts with more tokens than the model reads at once; the longest are counted exactly."""
        version = self._version(owner, pid)
        folder = fetch.locate(model, self.settings.models_dir)
        return self._long(owner, pid, version.id, folder, self._card(model).window)

    def _count_long(self, owner: str, pid: str, version: str, folder: Path, window: int) -> TooLong:
        """`version` is there for the cache alone."""
        texts = self.dataset(owner, pid).everything().column("text")
        lengths = pc.utf8_length(texts).to_numpy()
        # No tokenizer makes more tokens than characters, but for a few special ones.
        possible = np.flatnonzero(lengths > window - _SPECIAL)
        longest = possible[np.argsort(-lengths[possible], kind="stable")[:_COUNTED]]
        chosen = texts.take(pa.array(np.sort(longest))).to_pylist()
        counts = self._preview.token_counts(folder, chosen) if chosen else []
        over = sum(count > window for count in counts)
        whole = len(longest) == len(possible)
        return TooLong(over, max(counts, default=0), window, exact=whole or over < len(longest))

    def _count_unknown(self, owner: str, pid: str, version: str, folder: Path) -> float:
        """`version` is there for the cache alone."""
        dataset = self.dataset(owner, pid)
        rows = sample(Examples.joined([dataset.train, dataset.test]), _LOOKED_AT, 0)
        return self._preview.unknown_share(folder, [row.text for row in rows])

    def _card(self, name: str) -> ModelCard:
        """Anyone on a shared demo may name a model, but no folder of the machine."""
        known = [c.name for c in catalogue.cards(self.settings.models_dir)]
        if self.settings.demo and name not in known:
            raise ModelError("demo_local_model", known=", ".join(known))
        return catalogue.card(name, self.settings.models_dir)
