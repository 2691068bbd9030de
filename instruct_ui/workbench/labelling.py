"""Labelling on the page: which text comes next, what it was given, and the data made of it.

Labels hang on the text itself. What is labelled becomes a version of the data; labelling goes on
with the version it began with, so the rows that have no label yet stay in reach.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import median
from typing import Any, Literal

from instruct_ui.data.dataset import Example
from instruct_ui.storage.records import JobRecord, LabelKind, LabelSet
from instruct_ui.workbench import label_answers, label_proposals
from instruct_ui.workbench.label_answers import Answer
from instruct_ui.workbench.label_desk import KINDS, Desk, LabelDesk, own_gold
from instruct_ui.workbench.label_file import Gold, GoldOf, labelled_data
from instruct_ui.workbench.label_texts import hash_of
from instruct_ui.workbench.label_views import ENOUGH, Given, LabelText, LabelView
from instruct_ui.workbench.project_data import ProjectData

PROPOSE = "propose"
"""Kind of the job that learns from what is labelled."""
NOTE_LIMIT = 500
_PATIENCE = 300.0
"""Seconds on one text; who takes longer was away."""


class LabelBench(LabelDesk):
    def can_label(self, owner: str, pid: str) -> bool:
        """Whether the data was read, and is of a kind that is labelled here."""
        report = self._labelled_version(owner, pid).report
        return report is not None and report["task"] in KINDS

    def labelling(self, owner: str, pid: str, pass_number: int = 1) -> LabelView:
        """How far it is. Raises RequestError for data that cannot be labelled here."""
        desk = self._desk(owner, pid)
        first, done = desk.answers(1), desk.answers(pass_number)
        given = desk.passes[pass_number - 1].values()
        seconds = [g.seconds for g in given if g.seconds is not None and g.answer is not None]
        model = label_proposals.model_for(desk.language, self.settings.models_dir)
        newest = self._newest_proposing(owner, pid, desk.set)
        fault = label_answers.fault([*first.values()], ENOUGH)
        return LabelView(
            kind=desk.set.kind,
            kinds=desk.kinds,
            names=desk.set.names,
            order=desk.set.order,
            pass_number=pass_number,
            texts=len(first) if pass_number == 2 else len(desk.texts),
            done=len(done),
            skipped=sum(g.answer is None for g in given),
            labelled=len(first),
            counts=label_answers.counted([*first.values()], desk.set.names),
            seconds=median(seconds) if seconds else None,
            from_file=desk.from_file,
            proposing=label_proposals.state(desk.set, model, newest),
            model=(desk.set.found or {}).get("model", ""),
            check=label_proposals.check(desk.set),
            passes=desk.beside(first, desk.answers(2)),
            with_file=desk.beside(first),
            fault="" if fault is None else fault.key,
        )

    def learnt_rows(self, owner: str, pid: str) -> int:
        """Labelled rows the newest proposals come from; 0 before there are any."""
        sets = self._store.list_label_sets(owner, pid)
        return int((sets[0].found or {}).get("learnt", 0)) if sets else 0

    def next_texts(
        self,
        owner: str,
        pid: str,
        count: int,
        pass_number: int = 1,
        without: Collection[str] = (),
    ) -> list[LabelText]:
        """The texts to label next; `without` those that already stand ready."""
        desk = self._desk(owner, pid)
        texts, seed = desk.texts, desk.set.seed
        closed = set(texts.find({*desk.passes[pass_number - 1], *without}).values())
        if pass_number == 2:
            again = {desk.at[key] for key in desk.answers(1)}
            closed |= set(range(len(texts))) - again
            return desk.shown(texts.first_open(texts.order(seed + 1), closed, count), 2)
        chosen: list[int] = []
        if desk.set.order == "unsure":
            doubtful = texts.find(label_proposals.least_sure(desk.set)).values()
            chosen = [position for position in doubtful if position not in closed][:count]
        rest = texts.first_open(texts.order(seed), closed | set(chosen), count - len(chosen))
        return desk.shown([*chosen, *rest], 1)

    def label_text(self, owner: str, pid: str, key: str, pass_number: int = 1) -> LabelText:
        """One text again, to correct what it was given."""
        desk = self._desk(owner, pid)
        return desk.shown([desk.position(key)], pass_number)[0]

    def give(
        self,
        owner: str,
        pid: str,
        key: str,
        given: Given | None,
        *,
        pass_number: int = 1,
        note: str = "",
        seconds: float | None = None,
    ) -> None:
        """Keeps what a text was given; None: skipped. Learns from it in a job of its own when there
        is enough to learn from. Raises RequestError for a label or text that is not there."""
        desk = self._desk(owner, pid)
        example = desk.example(key)
        answer = None
        if given is not None:
            names = desk.set.names
            answer = label_answers.answer_of(given, desk.set.kind, names, example, desk.language)
        self._store.keep_label(
            owner,
            desk.set.id,
            pass_number=pass_number,
            text_hash=key,
            data_version_id=desk.version.id,
            row=example.row,
            answer=answer,
            note=note.strip()[:NOTE_LIMIT],
            seconds=seconds if seconds is not None and 0 < seconds <= _PATIENCE else None,
        )
        if pass_number == 1 and answer is not None:
            self._learn(owner, pid)

    def undo(self, owner: str, pid: str, pass_number: int = 1) -> LabelText | None:
        """Takes back the last answer and gives its text with it; None where there is none."""
        desk = self._desk(owner, pid)
        last = next(reversed(desk.passes[pass_number - 1]), None)
        if last is None:
            return None
        self._store.drop_labels(owner, desk.set.id, pass_number, [last])
        return desk.shown([desk.at[last]], pass_number)[0]

    def take_skipped(self, owner: str, pid: str, pass_number: int = 1) -> None:
        """Puts the skipped texts back among those to label."""
        desk = self._desk(owner, pid)
        given = desk.passes[pass_number - 1].items()
        skipped = [key for key, label in given if label.answer is None]
        self._store.drop_labels(owner, desk.set.id, pass_number, skipped)

    def label_as(
        self,
        owner: str,
        pid: str,
        *,
        kind: LabelKind | None = None,
        order: Literal["random", "unsure"] | None = None,
    ) -> None:
        """Chooses between labels and entities, or which text comes next."""
        chosen = self._desk(owner, pid, kind).set
        self._keep_set(owner, chosen, chosen.names, order)

    def add_name(self, owner: str, pid: str, name: str) -> None:
        chosen = self._desk(owner, pid).set
        clean = label_answers.clean_name(name, chosen.kind, chosen.names)
        self._keep_set(owner, chosen, (*chosen.names, clean))

    def rename_label(self, owner: str, pid: str, old: str, new: str) -> None:
        """The rows it was given keep it under its new name."""
        chosen = self._desk(owner, pid).set
        others = [name for name in chosen.names if name != old]
        self._call(owner, chosen, old, label_answers.clean_name(new, chosen.kind, others))

    def remove_label(self, owner: str, pid: str, name: str) -> None:
        """Texts that had it are to label again; sentences lose these entities alone."""
        self._call(owner, self._desk(owner, pid).set, name, None)

    def use_labels(self, owner: str, pid: str) -> None:
        """Makes the labelled rows a version of the data like any other and takes it into use; where
        the file has labels of its own, its other rows come with them. Raises RequestError below ten
        rows, and where nothing could be learnt from them."""
        desk = self._desk(owner, pid)
        answers = desk.answers(1)
        fault = label_answers.fault([*answers.values()], ENOUGH)
        if fault is not None:
            raise fault
        source = ProjectData.from_plain(desk.version.data)
        data = labelled_data(
            self.settings.home,
            pid,
            desk.set.kind,
            desk.texts.dataset,
            source,
            _gold_reader(desk),
            None if desk.from_file else [desk.example(key).text for key in answers],
        )
        note = {"key": "labelled", "source": desk.version.number, "rows": len(answers)}
        self._take(owner, pid, data, note, must_read=True)

    def _ended(self, job: JobRecord, result: Any) -> None:
        if job.kind == PROPOSE:
            self._store.keep_found(job.owner, job.payload["set_id"], result)
            if job.project_id is not None:  # what was labelled meanwhile
                self._learn(job.owner, job.project_id, ended=job.id)
        super()._ended(job, result)

    def _learn(self, owner: str, pid: str, ended: str = "") -> None:
        """Starts the job where it is due and none is at work; `ended` is about to end."""
        desk = self._desk(owner, pid)
        model = label_proposals.model_for(desk.language, self.settings.models_dir)
        answers = desk.answers(1)
        newest = self._newest_proposing(owner, pid, desk.set)
        if newest is not None and not newest.state.ended and newest.id != ended:
            return
        learnt = None if newest is None else int(newest.payload["rows"])
        if model is None or not label_proposals.is_due([*answers.values()], learnt):
            return
        texts = desk.texts
        closed = [desk.at[key] for key in desk.passes[0]]
        ahead = texts.first_open(texts.order(desk.set.seed), closed, label_proposals.MOST)
        payload = label_proposals.payload(
            desk.set,
            model,
            [(desk.example(key), answer) for key, answer in answers.items()],
            [(texts.hash(p), e) for p, e in zip(ahead, texts.examples(ahead), strict=True)],
            desk.language,
        )
        self._supervisor.submit(owner, pid, PROPOSE, payload, "interactive")

    def _newest_proposing(self, owner: str, pid: str, chosen: LabelSet) -> JobRecord | None:
        """The last job that learnt, or learns, from this set."""
        jobs = [job for job in self._store.list_jobs(owner, pid) if job.kind == PROPOSE]
        newest_first = sorted(jobs, key=lambda job: job.created, reverse=True)
        records = (self._store.get_job(owner, job.id) for job in newest_first)
        return next((r for r in records if r.payload["set_id"] == chosen.id), None)

    def _keep_set(
        self,
        owner: str,
        chosen: LabelSet,
        names: Sequence[str],
        order: Literal["random", "unsure"] | None = None,
    ) -> None:
        self._store.keep_label_set(
            owner, chosen.project_id, chosen.kind, names, order or chosen.order, chosen.seed
        )

    def _call(self, owner: str, chosen: LabelSet, old: str, new: str | None) -> None:
        """Calls a label anew everywhere, or takes it away."""
        names = label_answers.names_with(chosen.names, old, new)
        changed = {
            (label.pass_number, label.text_hash): label_answers.renamed(label.answer, old, new)
            for label in self._store.list_labels(owner, chosen.id)
            if label.answer is not None
        }
        self._store.change_answers(owner, chosen.id, changed)
        self._keep_set(owner, chosen, names)


def _gold_reader(desk: Desk) -> GoldOf:
    """What a row has as gold, and its note: what it was given here, else what its file says. A text
    without gold in its file counts once."""
    answers, notes = desk.answers(1), {k: label.note for k, label in desk.passes[0].items()}
    seen: set[str] = set()

    def gold_of(example: Example) -> tuple[Gold, str] | None:
        key = hash_of(example.text)
        answer: Answer | None = answers.get(key)
        if desk.from_file:
            answer = answer or own_gold(example, desk.set.kind)
        elif key in seen:
            answer = None
        seen.add(key)
        return None if answer is None else (dict(answer), notes.get(key, ""))

    return gold_of
