"""What a real model proposes after a few labels, and what it is worth."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from instruct_ui.data.samples import sample_named
from instruct_ui.settings import settings
from instruct_ui.spec import ZeroShot
from instruct_ui.storage.records import JobState
from instruct_ui.workbench import Workbench
from instruct_ui.workbench.label_views import Given

pytestmark = pytest.mark.models
ME = "local"


@pytest.fixture
def workbench(models_dir: Path) -> Iterator[Workbench]:
    opened = Workbench.open(settings())
    yield opened
    opened.close()


def learnt(workbench: Workbench, pid: str) -> None:
    """Waits until no job learns any more."""
    while True:
        jobs = [j for j in workbench.jobs(ME, pid) if j.kind == "propose" and not j.state.ended]
        if not jobs:
            return
        done = workbench.wait(ME, jobs[0].id, 120)
        assert done.error is None, done.error.message()


def test_proposals_are_better_than_chance_and_the_labels_can_be_run(
    workbench: Workbench, tmp_path: Path
) -> None:
    sample = sample_named("support_intents").path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(sample.splitlines()))[:200]
    gold = {row["message"]: row["intent"] for row in rows}
    path = tmp_path / "messages.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["message"], *([row["message"]] for row in rows)])
    pid = workbench.create_project(ME, "mine", [("messages.csv", path)])
    assert workbench.can_label(ME, pid)
    for name in sorted(set(gold.values())):
        workbench.add_name(ME, pid, name)
    for text in workbench.next_texts(ME, pid, 40):
        workbench.give(ME, pid, text.key, Given(gold[text.text]))
    learnt(workbench, pid)
    view = workbench.labelling(ME, pid)
    assert view.check is not None and view.check.rows >= 30
    assert view.check.low <= view.check.score <= view.check.high
    assert view.proposing == "ready" and view.model == "MiniLM-L6"
    coming = workbench.next_texts(ME, pid, 160)
    said = [(t.proposal.said.label, gold[t.text]) for t in coming if t.proposal]
    assert len(said) == 160
    # Eight labels: chance is an eighth.
    assert sum(a == b for a, b in said) / len(said) > 0.5
    workbench.label_as(ME, pid, order="unsure")
    unsure = [t.proposal.confidence for t in workbench.next_texts(ME, pid, 160) if t.proposal]
    assert unsure == sorted(unsure)
    workbench.use_labels(ME, pid)
    run = workbench.start(ME, pid, model="minilm", approach=ZeroShot())
    assert workbench.wait(ME, run, 120).state is JobState.DONE


def test_entities_are_proposed_from_a_few_sentences(workbench: Workbench) -> None:
    names = ["Anna Meier", "Tom Brown", "Lena Fox", "Max Hill", "Eva Stone", "Paul King"]
    places = ["Paris", "London", "Rome", "Berlin"]
    texts = [f"{name} moved to {place} last year" for name in names for place in places]
    pid = workbench.create_from_text(ME, "mine", "\n".join(texts))
    workbench.label_as(ME, pid, kind="tags")
    for name in ("PER", "LOC"):
        workbench.add_name(ME, pid, name)
    for text in workbench.next_texts(ME, pid, 12):
        workbench.give(ME, pid, text.key, Given(spans=((0, 2, "PER"), (4, 5, "LOC"))))
    learnt(workbench, pid)
    view = workbench.labelling(ME, pid)
    assert view.check is not None and view.check.metric == "entity_f1"
    assert view.check.rows >= 10 and view.check.score > 0.5
    found = workbench.next_texts(ME, pid, 1)[0].proposal
    assert found is not None and {span[2] for span in found.said.spans} == {"PER", "LOC"}
