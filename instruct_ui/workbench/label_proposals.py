"""What a model would call the texts: when it is asked, what it is given, and what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instruct_ui.data.dataset import Example
from instruct_ui.models import fetch
from instruct_ui.storage.records import JobRecord, JobState, LabelSet
from instruct_ui.workbench.label_answers import Answer, given_of
from instruct_ui.workbench.label_texts import words_with_gaps
from instruct_ui.workbench.label_views import ENOUGH, Check, Proposal, Proposing

MOST = 500
"""Texts that are scored at a time."""
_LEARNT = 1000
"""Labelled rows that are learnt from, the newest."""
_EVERY = 10
"""New labels after which it is asked again."""
_LABELS, _ROWS = 2, 2
"""So many labels must have so many rows each before anything is learnt."""
_CHARACTERS = 4000
"""Of a text; more than the encoders read."""


def model_for(language: str, models_dir: Path) -> str | None:
    """The embedded encoder that reads the language; None where it is not here."""
    wanted = ("minilm", "e5-multilingual") if language == "en" else ("e5-multilingual",)
    return next((name for name in wanted if fetch.is_present(name, models_dir)), None)


def can_learn(answers: Sequence[Answer]) -> bool:
    """Two labels with two rows each; of sentences four, with two entities in them."""
    labels = [answer["label"] for answer in answers if "label" in answer]
    enough = [label for label, rows in Counter(labels).items() if rows >= _ROWS]
    begun = sum(tag[:2] == "B-" for answer in answers for tag in answer.get("tags", ()))
    sentences = len(answers) - len(labels)
    return len(enough) >= _LABELS or (sentences >= _LABELS * _ROWS and begun >= _ROWS)


def is_due(answers: Sequence[Answer], learnt: int | None) -> bool:
    """As soon as something can be learnt, at the tenth label, and every ten labels from there.
    `learnt`: labelled rows at the last time; None where there was none."""
    if not can_learn(answers):
        return False
    if learnt is None:
        return True
    return learnt < ENOUGH <= len(answers) or abs(len(answers) - learnt) >= _EVERY


def state(chosen: LabelSet, model: str | None, newest: JobRecord | None) -> Proposing:
    if model is None:
        return "no_model"
    if newest is not None and not newest.state.ended:
        return "working"
    if chosen.found is not None:
        return "ready"
    if newest is not None and newest.state is JobState.FAILED:
        return "failed"
    return "few" if chosen.names else "none"


def payload(
    chosen: LabelSet,
    model: str,
    labelled: Sequence[tuple[Example, Answer]],
    opened: Sequence[tuple[str, Example]],
    language: str,
) -> dict[str, Any]:
    """What `work.labelling.propose` is asked."""
    marks = chosen.kind == "tags"

    def read(example: Example) -> dict[str, Any]:
        if marks:
            return {"tokens": [word for _, word in words_with_gaps(example, language)]}
        return {"text": example.text[:_CHARACTERS]}

    return {
        "set_id": chosen.id,
        "kind": chosen.kind,
        "names": chosen.names,
        "model": model,
        "seed": chosen.seed,
        "rows": len(labelled),
        "labelled": [{**read(example), **answer} for example, answer in labelled[-_LEARNT:]],
        "open": [{"hash": key, **read(example)} for key, example in opened],
    }


def proposal(chosen: LabelSet, key: str) -> Proposal | None:
    """What was proposed for a text, if its labels are still there."""
    found = (chosen.found or {}).get("proposals", {}).get(key)
    if found is None:
        return None
    said = given_of(found)
    assert said is not None
    used = {span[2] for span in said.spans} if said.label is None else {said.label}
    return Proposal(said, found["confidence"]) if used <= set(chosen.names) else None


def least_sure(chosen: LabelSet) -> list[str]:
    """Hashes of the texts with a proposal, the most doubtful first."""
    found = (chosen.found or {}).get("proposals", {})
    return sorted(found, key=lambda key: (found[key]["confidence"], key))


def check(chosen: LabelSet) -> Check | None:
    found = (chosen.found or {}).get("check")
    return None if found is None else Check(**found)
