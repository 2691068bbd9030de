"""Jobs and their events. Reads ask for the owner; writes of a running job are the supervisor's."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Update, func, insert, select, update
from sqlalchemy.orm import Session

from instruct_ui.errors import RequestError
from instruct_ui.storage import tables
from instruct_ui.storage.database import Database, ensure_owner
from instruct_ui.storage.projects import find_project
from instruct_ui.storage.records import (
    EventRecord,
    JobFailure,
    JobRecord,
    JobSnapshot,
    JobState,
    NewEvent,
    new_id,
    now,
)

_Job = tables.Job
_SMALL = [getattr(_Job, name) for name in JobSnapshot.__dataclass_fields__]


class JobStore(Database):
    def add_job(
        self, owner: str, project_id: str | None, lane: str, kind: str, payload: Mapping[str, Any]
    ) -> str:
        """Queues a job, gives its id. Raises RequestError where the project is not the owner's."""
        row = _Job(
            id=new_id(),
            owner=owner,
            project_id=project_id,
            lane=lane,
            kind=kind,
            payload=dict(payload),
            state=JobState.QUEUED,
            stage="",
            progress={},
            created=now(),
        )
        with self.writing() as session:
            ensure_owner(session, owner)
            if project_id is not None:
                find_project(session, owner, project_id)
            session.add(row)
            return row.id

    def get_job(self, owner: str, job_id: str) -> JobRecord:
        with self.reading() as session:
            return _record(_find(session, owner, job_id))

    def snapshot(self, owner: str, job_id: str) -> JobSnapshot:
        """The job without payload and result, for a page that asks often."""
        query = select(*_SMALL).where(_Job.id == job_id, _Job.owner == owner)
        with self.reading() as session:
            row = session.execute(query).one_or_none()
        if row is None:
            raise RequestError("job_not_found", id=job_id)
        return JobSnapshot(**_small(row._mapping))

    def list_jobs(
        self, owner: str, project_id: str | None = None, unfinished: bool = False
    ) -> tuple[JobSnapshot, ...]:
        """The newest first; `unfinished`: only those queued or running."""
        query = select(*_SMALL).where(_Job.owner == owner)
        if project_id is not None:
            query = query.where(_Job.project_id == project_id)
        if unfinished:
            query = query.where(_Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
        with self.reading() as session:
            rows = session.execute(query.order_by(_Job.created.desc())).all()
        return tuple(JobSnapshot(**_small(row._mapping)) for row in rows)

    def jobs_ahead(self, owner: str, job_id: str) -> int:
        """How many jobs, of anybody, its lane takes before this one (the running one included)."""
        with self.reading() as session:
            job = _find(session, owner, job_id)
            if job.state != JobState.QUEUED:
                return 0
            unfinished = _Job.state.in_([JobState.QUEUED, JobState.RUNNING])
            query = select(func.count()).where(
                _Job.lane == job.lane, unfinished, _Job.created < job.created
            )
            return session.scalar(query) or 0

    def events_since(self, owner: str, job_id: str, after: int = 0) -> tuple[EventRecord, ...]:
        """The kept events with an id above `after`, in order."""
        query = select(tables.Event).where(
            tables.Event.job_id == job_id, tables.Event.id > after, tables.Event.owner == owner
        )
        with self.reading() as session:
            _find(session, owner, job_id)
            rows = session.scalars(query.order_by(tables.Event.id))
            return tuple(EventRecord(r.id, r.job_id, r.at, r.kind, r.values) for r in rows)

    def claim_next(self, lane: str, lease_seconds: float) -> JobRecord | None:
        """Takes the oldest queued job of a lane, whoever owns it; None where none waits."""
        oldest = select(_Job.id).where(_Job.lane == lane, _Job.state == JobState.QUEUED)
        claim = (
            update(_Job)
            .where(
                _Job.id == oldest.order_by(_Job.created).limit(1).scalar_subquery(),
                _Job.state == JobState.QUEUED,
            )
            .returning(_Job)
        )
        with self.writing() as session:
            # Not before the others let it in: a newer job may have come while this waited.
            session.connection()
            moment = now()
            lease = moment + timedelta(seconds=lease_seconds)
            values = {"state": JobState.RUNNING, "started": moment, "lease_until": lease}
            row = session.scalar(claim.values(values))
            return None if row is None else _record(row)

    def heartbeat(self, job_id: str, lease_seconds: float, worker_pid: int | None = None) -> bool:
        """Renews the lease; False where the job is no longer there or no longer running."""
        values: dict[str, Any] = {"lease_until": now() + timedelta(seconds=lease_seconds)}
        if worker_pid is not None:
            values["worker_pid"] = worker_pid
        with self.writing() as session:
            return _changed(session, _running(job_id).values(**values))

    def record_progress(
        self, job_id: str, stage: str, progress: Mapping[str, Any], events: Sequence[NewEvent] = ()
    ) -> bool:
        """The newest values and the events to keep, in one transaction; False as in `heartbeat`."""
        values = {"stage": stage, "progress": dict(progress)}
        with self.writing() as session:
            if not _changed(session, _running(job_id).values(**values)):
                return False
            _append(session, job_id, events)
            return True

    def append_event(self, job_id: str, kind: str, values: Mapping[str, Any]) -> bool:
        with self.writing() as session:
            return _append(session, job_id, [NewEvent(kind, dict(values))])

    def set_state(
        self,
        job_id: str,
        state: JobState,
        *,
        only_from: JobState = JobState.RUNNING,
        result: Mapping[str, Any] | None = None,
        error: JobFailure | None = None,
    ) -> bool:
        """Ends a job; False where it was not in `only_from` (ended by another, or deleted)."""
        change = update(_Job).where(_Job.id == job_id, _Job.state == only_from)
        values = {
            "state": state,
            "ended": now() if state.ended else None,
            "lease_until": None,
            "result": None if result is None else dict(result),
            "error": None if error is None else error.to_plain(),
        }
        with self.writing() as session:
            return _changed(session, change.values(**values))

    def recover_interrupted(self, mine: Collection[str] = ()) -> tuple[str, ...]:
        """Running jobs whose app is gone become `interrupted`; gives their ids.

        Gone: the lease is over, or the worker's process is. `mine`: jobs the caller is running,
        never touched, since a machine that slept comes back with leases that look dead.
        """
        moment = now()
        with self.writing() as session:
            rows = session.scalars(select(_Job).where(_Job.state == JobState.RUNNING))
            lost = [row for row in rows if row.id not in mine and _gone(row)]
            for row in lost:
                row.state, row.ended, row.lease_until = JobState.INTERRUPTED, moment, None
            return tuple(row.id for row in lost)


def _find(session: Session, owner: str, job_id: str) -> tables.Job:
    row = session.get(_Job, job_id)
    if row is None or row.owner != owner:
        raise RequestError("job_not_found", id=job_id)
    return row


def _gone(row: tables.Job) -> bool:
    if row.lease_until is None or row.lease_until < now():
        return True
    return row.worker_pid is not None and not _alive(row.worker_pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's process: there, whatever it is
    return True


def _running(job_id: str) -> Update:
    return update(_Job).where(_Job.id == job_id, _Job.state == JobState.RUNNING)


def _changed(session: Session, change: Update) -> bool:
    return session.scalar(change.returning(_Job.id)) is not None


def _append(session: Session, job_id: str, events: Sequence[NewEvent]) -> bool:
    owner = session.scalar(select(_Job.owner).where(_Job.id == job_id))
    if owner is None:
        return False
    rows = [
        {"job_id": job_id, "owner": owner, "at": e.at, "kind": e.kind, "values": e.values}
        for e in events
    ]
    if rows:
        session.execute(insert(tables.Event), rows)
    return True


def _small(row: Mapping[Any, Any]) -> dict[str, Any]:
    values = {name: row[name] for name in JobSnapshot.__dataclass_fields__}
    values["state"] = JobState(values["state"])
    values["error"] = None if values["error"] is None else JobFailure.from_plain(values["error"])
    return values


def _record(row: tables.Job) -> JobRecord:
    values = {name: getattr(row, name) for name in JobSnapshot.__dataclass_fields__}
    return JobRecord(**_small(values), payload=row.payload, result=row.result)
