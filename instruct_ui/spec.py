"""The spec of one experiment: whoever has it and the data can run it again.

Frozen pydantic models that round-trip through YAML. Knows no file reader, no model and no page;
paths are resolved against the spec's folder by `load`. All invalid places are told at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from instruct_ui.errors import SpecError
from instruct_ui.tasks import TaskName

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
FileFormat = Literal[
    "auto",
    "csv",
    "tsv",
    "xlsx",
    "jsonl",
    "json",
    "squad",
    "conll",
    "blocks",
    "brat",
    "parquet",
    "hf",
]
Picker = Literal["balanced", "random", "nearest", "diverse", "hard", "fixed"]
"""Which training rows are shown as examples; see `templates.picking`."""
Quoting = Literal["auto", "double", "after_blank", "backslash", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitShares(_Part):
    train: float = Field(default=0.8, ge=0, le=1)
    validation: float = Field(default=0.1, ge=0, le=1)
    test: float = Field(default=0.1, ge=0, le=1)
    by: Literal["label", "group", "time"] = "label"
    """`label`: every label keeps its share. `group`: rows with one value of `column` stay together.
    `time`: the earliest values of `column` are trained on, the latest are tested."""
    column: str | None = None
    """A role or column of the file, for `group` and `time`."""
    folds: int | None = Field(default=None, ge=2, le=50)
    """k-fold instead of `test`: the test set is fold number `fold`; `train` and `validation` share
    the rest in their proportion."""
    fold: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _at_most_all(self) -> SplitShares:
        if self.train + self.validation + self.test > 1 + 1e-9:
            raise ValueError("the shares of train, validation and test add up to more than 1")
        if self.by != "label" and self.column is None:
            raise ValueError(f"a split by {self.by} needs a `column`")
        if self.folds is not None and self.fold >= self.folds:
            raise ValueError(f"`fold` counts from 0 to {self.folds - 1}")
        if self.folds is not None and self.by == "time":
            raise ValueError("a split by time has no folds")
        return self


class MergeLabels(_Part):
    """Labels that mean the same become one."""

    kind: Literal["merge_labels"] = "merge_labels"
    labels: dict[str, str]
    """Label -> the one it becomes."""


class DropDuplicates(_Part):
    """Of rows that read and answer the same only the first one stays."""

    kind: Literal["drop_duplicates"] = "drop_duplicates"
    alike: Literal["exact", "normalised"] = "exact"


class DropLeaks(_Part):
    """Rows of train that stand in validation or test, and of validation that stand in test, go."""

    kind: Literal["drop_leaks"] = "drop_leaks"
    alike: Literal["exact", "normalised"] = "exact"


class DropRows(_Part):
    """Single rows go, as they were chosen one by one."""

    kind: Literal["drop_rows"] = "drop_rows"
    rows: dict[Literal["file", "train", "validation", "test"], tuple[int, ...]]
    """File of the data -> rows of it, from 0, header not counted."""


class FixOffsets(_Part):
    """A gold answer that does not stand where it is said to is looked for in its passage; the
    nearest place counts."""

    kind: Literal["fix_offsets"] = "fix_offsets"


Repair = Annotated[
    MergeLabels | DropDuplicates | DropLeaks | DropRows | FixOffsets, Field(discriminator="kind")
]


class DataSpec(_Part):
    """Either `file` (split by shares), or `test` with `train` and `validation` beside it."""

    file: Path | None = None
    split: SplitShares | None = None
    train: Path | None = None
    validation: Path | None = None
    test: Path | None = None
    format: FileFormat = "auto"
    columns: dict[str, str | int] = {}
    """Role (`text`, `label`; `tokens`, `tags`) -> header name or position."""
    header: Literal["auto"] | bool = "auto"
    encoding: str = "auto"
    separator: str = "auto"
    """csv and tsv: the character between cells; "": a line is one cell."""
    quoting: Quoting = "auto"
    """csv and tsv: how quotes are meant. `double`: a quote in a quoted cell is doubled;
    `after_blank`: blanks may stand before a quoted cell; `backslash`: a quote in a quoted cell has
    one before it; `none`: quotes are letters like others."""
    labels: dict[str, str] = {}
    """The file's label -> the name shown for it."""
    repairs: tuple[Repair, ...] = ()
    """What is mended after reading; the files themselves stay as they are."""
    sha256: str | None = None
    """Set in a resolved spec; a file that changed since is refused."""

    def label_names(self, columns: int) -> tuple[str, ...]:
        """What the label columns are called: their headers where they are named here."""
        roles = ["label", *(f"label_{n}" for n in range(2, columns + 1))]
        return tuple(str(self.columns.get(role, role)) for role in roles)

    @model_validator(mode="after")
    def _one_way(self) -> DataSpec:
        files = [p for p in (self.train, self.validation, self.test) if p is not None]
        if (self.file is None) == (not files):
            raise ValueError(
                "give either `file` (one file to split) or `train`/`validation`/`test`"
            )
        return self


class ZeroShot(_Part):
    kind: Literal["zero_shot"] = "zero_shot"
    calibrate: bool = True
    """Contextual calibration (Zhao et al. 2021), causal models only."""


class FewShot(_Part):
    kind: Literal["few_shot"] = "few_shot"
    shots: int | None = Field(default=None, ge=1, le=4096)
    """All shots together."""
    shots_per_label: int | None = Field(default=None, ge=1, le=1024)
    picker: Picker = "balanced"
    calibrate: bool = True
    method: Literal["auto", "prototypes", "logistic"] = "auto"
    """Encoders only: nearest prototype or logistic regression on the shots."""

    @model_validator(mode="after")
    def _one_count(self) -> FewShot:
        if self.shots is not None and self.shots_per_label is not None:
            raise ValueError("give `shots` (all together) or `shots_per_label`, not both")
        return self


class FineTune(_Part):
    kind: Literal["fine_tune"] = "fine_tune"
    strategy: Literal["full", "top_layers", "lora"] = "full"
    top_layers: int = Field(default=2, ge=1, le=64)
    """With strategy `top_layers`: how many encoder layers are trained, with the head."""
    epochs: int = Field(default=3, ge=1, le=200)
    learning_rate: float = Field(default=2e-4, gt=0, le=1)
    batch_size: int = Field(default=16, ge=1, le=1024)
    weight_decay: float = Field(default=0.01, ge=0, le=1)
    warmup: float = Field(default=0.1, ge=0, le=1)
    """Share of the steps in which the learning rate rises."""
    dropout: float | None = Field(default=None, ge=0, lt=1)
    patience: int = Field(default=2, ge=0)
    """Stop after so many validation checks without gain; 0: never."""
    freeze_embeddings: Literal["auto"] | bool = "auto"
    lora_rank: int = Field(default=16, ge=1, le=256)


Approach = Annotated[ZeroShot | FewShot | FineTune, Field(discriminator="kind")]


class Limit(_Part):
    train: int | None = Field(default=None, ge=1)
    validation: int | None = Field(default=None, ge=1)
    test: int | None = Field(default=None, ge=1)


class Spec(_Part):
    task: TaskName
    data: DataSpec
    template: str | dict[str, Any]
    """A library name, a path, or the template inline (the keys of its YAML)."""
    model: str
    approach: Approach
    chat: Literal["auto", "on", "off"] = "auto"
    answer_tokens: int | None = Field(default=None, ge=1, le=2048)
    """Most tokens of a written answer; None: as the task has it."""
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    limit: Limit = Limit()
    seed: int = Field(default=0, ge=0, lt=2**32)
    versions: dict[str, str] = {}
    """Set in a resolved spec; for the reader, not checked."""

    def to_yaml(self) -> str:
        plain = self.model_dump(mode="json", exclude_defaults=False)
        return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)


def parse(plain: object, where: str) -> Spec:
    """A spec out of plain values. Raises SpecError naming every invalid place."""
    if not isinstance(plain, dict):
        raise SpecError("spec_not_a_mapping", where=where)
    try:
        return Spec.model_validate(plain)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(p) for p in e['loc']) or '(top)'}: {e['msg']}" for e in error.errors()
        )
        raise SpecError("spec_invalid", where=where, places=places) from error


def yaml_cause(error: Exception) -> str:
    """Why a YAML file could not be read, in one line: what and where, without the quoted source."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem}, line {mark.line + 1}, column {mark.column + 1}"
    return str(error)


def load(path: Path) -> Spec:
    """Reads a YAML spec; its file paths become absolute, relative to the spec's folder."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError("spec_unreadable", where=str(path), cause=str(error)) from error
    try:
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SpecError("spec_not_yaml", where=str(path), cause=yaml_cause(error)) from error
    spec = parse(plain, str(path))
    base = path.resolve().parent
    files = {
        name: base / value
        for name in ("file", *SPLITS)
        if (value := getattr(spec.data, name)) is not None
    }
    template = spec.template
    if isinstance(template, str) and (base / template).is_file():
        template = str(base / template)
    return spec.model_copy(
        update={"data": spec.data.model_copy(update=files), "template": template}
    )
