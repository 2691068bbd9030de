"""What the checks look at: the files as they were read, and the data set that came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from instruct_ui.data.alike import gold_text
from instruct_ui.data.checks.finding import SHOWN, FoundRow, cut
from instruct_ui.data.dataset import Dataset, Examples
from instruct_ui.data.load import DataFile
from instruct_ui.spec import DataSpec, SplitName
from instruct_ui.tasks import REGISTRY


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    files: Mapping[str, DataFile]
    """Under `file`, or `train`, `validation`, `test`."""
    dataset: Dataset
    """Mended and split."""
    spec: DataSpec

    @property
    def parts(self) -> dict[SplitName, Examples]:
        return self.dataset.parts

    @property
    def everything(self) -> Examples:
        return Examples.joined(list(self.parts.values()))

    def file_of(self, part: str) -> DataFile:
        return self.files.get(part) or self.files["file"]

    def shown(
        self, part: str, positions: Iterable[int], others: Iterable[str] = ()
    ) -> tuple[FoundRow, ...]:
        """The first few of the rows at `positions` of a split, each with its word of `others`."""
        places = list(positions)[:SHOWN]
        rows = self.dataset.split(part).take(places)  # type: ignore[arg-type]
        table = self.file_of(part).table
        golds = gold_text(rows, self.dataset.task).to_pylist()
        if REGISTRY[self.dataset.task].gold.shape == "tags":
            golds = [", ".join(dict.fromkeys(t[2:] for t in e.tags if t != "O")) for e in rows]
        said = [*others, *[""] * len(places)]
        return tuple(
            FoundRow(table.name, table.line(e.row), cut(e.text), cut(gold), other)
            for e, gold, other in zip(rows, golds, said, strict=False)
        )
