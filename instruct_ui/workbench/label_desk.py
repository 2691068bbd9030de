"""What lies on the desk while a project is labelled: texts, names, and what was given so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from instruct_ui.data.dataset import Example
from instruct_ui.errors import RequestError
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings
from instruct_ui.storage.records import DataVersion, LabelKind, LabelSet, RowLabel
from instruct_ui.storage.store import Store
from instruct_ui.workbench import label_answers, label_proposals
from instruct_ui.workbench.data import DataBench
from instruct_ui.workbench.label_answers import Answer
from instruct_ui.workbench.label_texts import LabelTexts, words_with_gaps
from instruct_ui.workbench.label_views import Compared, LabelText
from instruct_ui.workbench.project_data import ProjectData, every_row_of

KINDS: dict[str, tuple[LabelKind, ...]] = {
    "text_classification": ("label", "tags"),
    "token_classification": ("tags",),
}
"""Task of the data -> what it can be labelled with."""


@dataclass(frozen=True)
class Desk:
    version: DataVersion
    kinds: tuple[LabelKind, ...]
    texts: LabelTexts
    set: LabelSet
    passes: tuple[dict[str, RowLabel], dict[str, RowLabel]]
    """Hash -> what the text was given, in the order it was given; of the texts that are here."""
    at: dict[str, int]
    """Hash -> position of every text in `passes`."""

    @property
    def language(self) -> str:
        return self.texts.dataset.language

    @property
    def from_file(self) -> bool:
        """Whether the file has labels of its own."""
        return bool(self.texts.dataset.labels)

    def answers(self, pass_number: int) -> dict[str, Answer]:
        """Those of the second pass where the first has one too."""
        given = self.passes[pass_number - 1].items()
        found: dict[str, Answer] = {
            key: label.answer for key, label in given if label.answer is not None
        }
        if pass_number == 1:
            return found
        first = self.answers(1)
        return {key: answer for key, answer in found.items() if key in first}

    def example(self, key: str) -> Example:
        return self.texts.example(self.position(key))

    def position(self, key: str) -> int:
        """Raises RequestError for a text that is not here."""
        found = self.at.get(key)
        if found is None:
            try:
                found = self.texts.find([key]).get(key)
            except ValueError:  # no hash at all
                found = None
        if found is None:
            raise RequestError("label_text_unknown")
        return found

    def shown(self, positions: Sequence[int], pass_number: int) -> list[LabelText]:
        """The texts as they are put in front of a person."""
        examples = self.texts.examples(positions)
        return [self._text(p, e, pass_number) for p, e in zip(positions, examples, strict=True)]

    def _text(self, position: int, example: Example, pass_number: int) -> LabelText:
        key = self.texts.hash(position)
        before = self.passes[pass_number - 1].get(key)
        marks = self.set.kind == "tags"
        return LabelText(
            key=key,
            row=example.row,
            text=example.text,
            words=tuple(words_with_gaps(example, self.language)) if marks else (),
            before=label_answers.given_of(before.answer) if before else None,
            note=before.note if before else "",
            file_says=label_answers.given_of(own_gold(example, self.set.kind)),
            proposal=label_proposals.proposal(self.set, key),
        )

    def beside(
        self, first: dict[str, Answer], second: dict[str, Answer] | None = None
    ) -> Compared | None:
        """Two labellings of the same texts; without a second one, the first beside the file's."""
        if second is None:
            second, first = first, self._of_file(first)
        both = [key for key in first if key in second]
        pairs = [(key, self.example(key), first[key], second[key]) for key in both]
        return label_answers.compared(pairs, self.language)

    def _of_file(self, keys: Collection[str]) -> dict[str, Answer]:
        if not self.from_file:
            return {}
        found = {key: own_gold(self.example(key), self.set.kind) for key in keys}
        return {key: own for key, own in found.items() if own is not None}


class LabelDesk(DataBench):
    """Finds what is labelled, and with what."""

    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        self._label_texts = lru_cache(maxsize=2)(self._read_texts)

    def _desk(self, owner: str, pid: str, kind: LabelKind | None = None) -> Desk:
        """Without `kind` the one a person is at. Raises RequestError for data that cannot be
        labelled here."""
        version = self._labelled_version(owner, pid)
        if version.report is None:
            raise RequestError("data_being_read")
        kinds = KINDS.get(version.report["task"])
        if kinds is None:
            raise RequestError("labels_wrong_task")
        texts = self._label_texts(owner, pid, version.id)
        sets = self._store.list_label_sets(owner, pid)
        fitting = [s for s in sets if s.kind in kinds and kind in (None, s.kind)]
        chosen = fitting[0] if fitting else self._begun(owner, pid, version, texts, kind)
        labels = self._store.list_labels(owner, chosen.id)
        at = texts.find({label.text_hash for label in labels})
        here = [label for label in labels if label.text_hash in at]
        first, second = (
            {label.text_hash: label for label in here if label.pass_number == n} for n in (1, 2)
        )
        return Desk(version, kinds, texts, chosen, (first, second), at)

    def _begun(
        self, owner: str, pid: str, version: DataVersion, texts: LabelTexts, kind: LabelKind | None
    ) -> LabelSet:
        """A new set, with the labels the file has."""
        own: LabelKind = "tags" if texts.dataset.task == "token_classification" else "label"
        names = texts.dataset.labels[: label_answers.NAMES_LIMIT] if kind in (None, own) else ()
        seed = ProjectData.from_plain(version.data).seed
        return self._store.keep_label_set(owner, pid, kind or own, names, "random", seed)

    def _labelled_version(self, owner: str, pid: str) -> DataVersion:
        """The version in use; where it was made of labels, the one they were given in."""
        version = self._version(owner, pid)
        versions = self._store.list_data(owner, pid)
        files = _files(version)
        for made in versions:
            if made.note.get("key") == "labelled" and _files(made) == files:
                return next(v for v in versions if v.number == made.note["source"])
        return version

    def _read_texts(self, owner: str, pid: str, version_id: str) -> LabelTexts:
        version = next(v for v in self._store.list_data(owner, pid) if v.id == version_id)
        return LabelTexts(every_row_of(version, self._folder(pid)))


def own_gold(example: Example, kind: LabelKind) -> Answer | None:
    """What the file itself says of a row."""
    if kind == "label":
        return None if example.label is None else {"label": example.label}
    return {"tokens": [*example.tokens], "tags": [*example.tags]} if example.tags else None


def _files(version: DataVersion) -> set[str]:
    return {path.name for path in ProjectData.from_plain(version.data).paths.values()}
