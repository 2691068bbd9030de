"""What is labelled on the page: a set of names for each project and kind, and what every text was
given. Each answer is kept as it is given, so nothing is lost with a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from instruct_ui.errors import RequestError
from instruct_ui.storage import tables
from instruct_ui.storage.database import Database
from instruct_ui.storage.projects import find_project
from instruct_ui.storage.records import LabelKind, LabelSet, RowLabel, new_id, now


class LabelStore(Database):
    def list_label_sets(self, owner: str, project_id: str) -> tuple[LabelSet, ...]:
        """The last changed first: the one a person is at."""
        query = select(tables.LabelSet).where(tables.LabelSet.project_id == project_id)
        with self.reading() as session:
            find_project(session, owner, project_id)
            rows = session.scalars(query.order_by(tables.LabelSet.updated.desc()))
            return tuple(_set(row) for row in rows)

    def keep_label_set(
        self,
        owner: str,
        project_id: str,
        kind: LabelKind,
        names: Sequence[str],
        order: str,
        seed: int,
    ) -> LabelSet:
        """The project's set of this kind as told, made where there was none."""
        query = select(tables.LabelSet).where(
            tables.LabelSet.project_id == project_id, tables.LabelSet.kind == kind
        )
        moment = now()
        with self.writing() as session:
            find_project(session, owner, project_id)
            row = session.scalar(query)
            if row is None:
                row = tables.LabelSet(
                    id=new_id(),
                    project_id=project_id,
                    owner=owner,
                    kind=kind,
                    found=None,
                    created=moment,
                )
                session.add(row)
            row.settings = {"names": list(names), "order": order, "seed": seed}
            row.updated = moment
            return _set(row)

    def keep_found(self, owner: str, set_id: str, found: Mapping[str, Any]) -> None:
        """What a model proposed; nothing where the set is gone with its project."""
        with self.writing() as session:
            row = session.get(tables.LabelSet, set_id)
            if row is not None and row.owner == owner:
                row.found = dict(found)

    def keep_label(
        self,
        owner: str,
        set_id: str,
        *,
        pass_number: int,
        text_hash: str,
        data_version_id: str,
        row: int,
        answer: Mapping[str, Any] | None,
        note: str,
        seconds: float | None,
    ) -> None:
        """What a text was given; takes the place of what it was given before in this pass."""
        with self.writing() as session:
            _own(session, owner, set_id)
            found = session.scalar(_labels(set_id).where(*_at(pass_number, text_hash)))
            if found is None:
                found = tables.RowLabel(
                    id=new_id(),
                    set_id=set_id,
                    owner=owner,
                    pass_number=pass_number,
                    text_hash=text_hash,
                )
                session.add(found)
            found.data_version_id, found.row = data_version_id, row
            found.answer = None if answer is None else dict(answer)
            found.note, found.seconds, found.given = note, seconds, now()

    def change_answers(
        self, owner: str, set_id: str, answers: Mapping[tuple[int, str], Mapping[str, Any] | None]
    ) -> None:
        """New answers by pass and text; None takes the row's answer away. Notes stay with those
        that remain."""
        with self.writing() as session:
            _own(session, owner, set_id)
            for row in session.scalars(_labels(set_id)):
                key = (row.pass_number, row.text_hash)
                if key not in answers:
                    continue
                answer = answers[key]
                if answer is None:
                    session.delete(row)
                else:
                    row.answer = dict(answer)

    def drop_labels(self, owner: str, set_id: str, pass_number: int, hashes: Sequence[str]) -> None:
        with self.writing() as session:
            _own(session, owner, set_id)
            for text_hash in hashes:
                where = (tables.RowLabel.set_id == set_id, *_at(pass_number, text_hash))
                session.execute(delete(tables.RowLabel).where(*where))

    def list_labels(self, owner: str, set_id: str) -> tuple[RowLabel, ...]:
        """Both passes, in the order they were given."""
        with self.reading() as session:
            _own(session, owner, set_id)
            rows = session.scalars(_labels(set_id).order_by(tables.RowLabel.given))
            return tuple(_label(row) for row in rows)


def _own(session: Session, owner: str, set_id: str) -> tables.LabelSet:
    row = session.get(tables.LabelSet, set_id)
    if row is None or row.owner != owner:
        raise RequestError("labels_not_found", id=set_id)
    return row


def _labels(set_id: str) -> Any:
    return select(tables.RowLabel).where(tables.RowLabel.set_id == set_id)


def _at(pass_number: int, text_hash: str) -> tuple[Any, Any]:
    label = tables.RowLabel
    return label.pass_number == pass_number, label.text_hash == text_hash


def _set(row: tables.LabelSet) -> LabelSet:
    kind: LabelKind = "tags" if row.kind == "tags" else "label"
    settings = row.settings
    return LabelSet(
        row.id,
        row.project_id,
        kind,
        tuple(settings["names"]),
        settings["order"],
        settings["seed"],
        row.found,
        row.updated,
    )


def _label(row: tables.RowLabel) -> RowLabel:
    return RowLabel(
        row.pass_number,
        row.text_hash,
        row.data_version_id,
        row.row,
        row.answer,
        row.note,
        row.seconds,
        row.given,
    )
