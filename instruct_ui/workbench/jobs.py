"""Jobs: runs are queued, watched and stopped; what they leave becomes a run of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instruct_ui.errors import RequestError
from instruct_ui.models import advice as model_advice
from instruct_ui.models import fetch
from instruct_ui.spec import Approach, FineTune, Limit, Spec
from instruct_ui.storage import artifacts
from instruct_ui.storage.records import JobRecord, JobSnapshot, new_id
from instruct_ui.templates.template import Template, parse
from instruct_ui.workbench.templates import TemplateBench

_KEEP_BEST_SECONDS = 120.0
"""A stopped fine-tune still answers the test rows with its best checkpoint."""


class JobBench(TemplateBench):
    def start(
        self,
        owner: str,
        pid: str,
        *,
        model: str,
        approach: Approach,
        chat: str = "auto",
        test_limit: int | None = None,
        version_id: str = "",
    ) -> str:
        """Queues a run and gives the job's id at once. The template is that of the editor, or a
        kept version of it. Raises UserMistake for what would fail."""
        dataset = self.dataset(owner, pid)
        if not dataset.test:
            raise RequestError("no_test_rows")
        if version_id:
            version = self._store.get_version(owner, version_id)
        else:
            version = self._store.keep_version(owner, pid)
        template = parse(version.body, "template")
        run_id = new_id()
        spec = self._spec(owner, pid, template, model, approach, chat, test_limit)
        folder = artifacts.run_folder(self.settings.home, pid, run_id)
        payload = {
            "spec": spec.model_dump(mode="json"),
            "folder": str(folder),
            "run_id": run_id,
            "template_version_id": version.id,
        }
        lane = "training" if isinstance(approach, FineTune) else "interactive"
        return self._supervisor.submit(owner, pid, "run", payload, lane)

    def estimate(self, owner: str, pid: str, *, model: str, approach: FineTune) -> str:
        template = self.template(owner, pid)
        spec = self._spec(owner, pid, template, model, approach, "auto", None)
        payload = {"spec": spec.model_dump(mode="json")}
        return self._supervisor.submit(owner, pid, "estimate", payload, "interactive")

    def _spec(
        self,
        owner: str,
        pid: str,
        template: Template,
        model: str,
        approach: Approach,
        chat: str,
        test_limit: int | None,
    ) -> Spec:
        data = self._data(owner, pid)
        card = self._card(model)
        model_advice.refuse_impossible(card, data.task, approach.kind)
        fetch.locate(model, self.settings.models_dir)
        return Spec.model_validate(
            {
                "task": data.task,
                "data": data.spec.model_dump(mode="json"),
                "template": template.model_dump(mode="json", exclude_defaults=True),
                "model": model,
                "approach": approach.model_dump(mode="json"),
                "chat": chat,
                "limit": Limit(test=test_limit).model_dump(),
                "seed": data.seed,
            }
        )

    def jobs(self, owner: str, pid: str | None = None) -> list[JobSnapshot]:
        return list(self._store.list_jobs(owner, pid))

    def jobs_in_sight(self, owner: str, pid: str) -> list[JobSnapshot]:
        """Those of the open project, and those that belong to none, such as fetching a model."""
        return [j for j in self.jobs(owner) if j.project_id in (None, pid or None)]

    def job(self, owner: str, job_id: str) -> JobRecord:
        return self._store.get_job(owner, job_id)

    def curve(
        self, owner: str, job_id: str
    ) -> tuple[list[tuple[int, float]], list[tuple[int, float, float]]]:
        """Training losses as (step, loss), checks as (step, loss, score)."""
        losses, checks = [], []
        for event in self._store.events_since(owner, job_id):
            v = event.values
            if event.kind == "step" and v.get("loss") is not None:
                losses.append((int(v["step"]), float(v["loss"])))
            elif event.kind == "check":
                checks.append((int(v["step"]), float(v["loss"]), float(v["score"])))
        return losses, checks

    def stop(self, owner: str, job_id: str) -> None:
        """Cancels; a fine-tune that has learnt something is asked to keep its best checkpoint."""
        job = self._store.get_job(owner, job_id)
        training = job.lane == "training" and bool(job.progress.get("check"))
        if training:
            self._supervisor.stop_job(owner, job_id, _KEEP_BEST_SECONDS)
        else:
            self._supervisor.stop_job(owner, job_id)

    def wait(self, owner: str, job_id: str, timeout: float) -> JobSnapshot:
        return self._supervisor.wait(owner, job_id, timeout)

    def _ended(self, job: JobRecord, result: Any) -> None:
        if job.kind != "run" or job.project_id is None:
            super()._ended(job, result)
            return
        self._store.add_run(
            job.owner,
            job.project_id,
            title="",
            spec=result["spec"],
            report=result["report"],
            folder=Path(job.payload["folder"]),
            job_id=job.id,
            template_version_id=job.payload["template_version_id"],
            run_id=job.payload["run_id"],
        )
