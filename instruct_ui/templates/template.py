"""A template: blocks in order, label words, and how it round-trips through YAML."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from instruct_ui.errors import TemplateError
from instruct_ui.spec import Picker, yaml_cause
from instruct_ui.tasks import TaskName
from instruct_ui.templates.checks import Check

BlockKind = Literal["instruction", "constraint", "examples", "input", "answer"]


class Block(BaseModel):
    """One block. `text` is jinja; in an examples block `{{ answer }}` is the shot's gold, written
    as an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: BlockKind
    text: str = ""
    shots: int = Field(default=4, ge=0, le=256)
    """Examples block only: how many rows of the training set are shown."""
    picker: Picker = "balanced"
    seed: int = 0
    rows: tuple[int, ...] = ()
    """Examples block with picker `fixed`: positions in the training set."""
    check: Check | None = None
    """Constraint block only: what every answer is held against."""
    enforced: bool = False
    """Constraint block whose check is `label`, `json` or `pattern`: language models that write here
    cannot but keep it. A run refuses it where nothing can bind the answers."""


class Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    task: TaskName
    language: Literal["en", "zh"] = "en"
    description: str = ""
    when: str = ""
    """A note on when to use it."""
    blocks: tuple[Block, ...]
    label_words: dict[str, str] = {}
    """Label -> the word that stands for it in prompt and answer; else the label is its own word."""
    label_description: str = "{{ label }}"
    """Jinja over `label` (the label's word): what an encoder compares a text with."""
    none: str = ""
    """What is answered where there is nothing to say: no label, no entity, no answer."""
    encoder_reads_instruction: bool = False

    @model_validator(mode="after")
    def _block_counts(self) -> Template:
        kinds = [b.kind for b in self.blocks]
        wrong = [
            f"a template has at most one {kind} block"
            for kind in ("examples", "input", "answer")
            if kinds.count(kind) > 1
        ]
        if "input" not in kinds:
            wrong.append("a template needs an input block")
        if "answer" in kinds and kinds.index("answer") != len(kinds) - 1:
            wrong.append("the answer block stands last, where the model goes on writing")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def block(self, kind: BlockKind) -> Block | None:
        return next((b for b in self.blocks if b.kind == kind), None)

    def word(self, label: str) -> str:
        return self.label_words.get(label) or label.replace("_", " ")

    @property
    def none_word(self) -> str:
        return self.none or ("无" if self.language == "zh" else "none")

    @property
    def sha256(self) -> str:
        plain = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()

    def to_yaml(self) -> str:
        plain = self.model_dump(mode="json", exclude_defaults=True)
        return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)


def parse(plain: object, where: str) -> Template:
    """A template out of plain values. Raises TemplateError naming every invalid place."""
    try:
        return Template.model_validate(plain)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(p) for p in e['loc']) or '(top)'}: {e['msg']}" for e in error.errors()
        )
        raise TemplateError("template_invalid", where=where, places=places) from error


def load(path: Path) -> Template:
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise TemplateError(
            "template_unreadable", where=str(path), cause=yaml_cause(error)
        ) from error
    return parse(plain, str(path))
