"""Finished runs: read, compared, tried on a text, handed out as files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from instruct_ui.errors import RequestError
from instruct_ui.evaluation.compare import Comparison, compare
from instruct_ui.evaluation.files import predictions_csv, read_predictions
from instruct_ui.evaluation.predictions import Predictions
from instruct_ui.evaluation.report import Report
from instruct_ui.preview.client import Preview
from instruct_ui.reporting.export import runs_csv, runs_json
from instruct_ui.reporting.runs import ShownRun
from instruct_ui.settings import Settings
from instruct_ui.spec import FineTune, Spec
from instruct_ui.storage.records import RunRecord
from instruct_ui.storage.store import Store
from instruct_ui.tasks import REGISTRY
from instruct_ui.workbench.data import DataBench
from instruct_ui.workbench.views import RunView, run_title


class RunBench(DataBench):
    def __init__(self, settings: Settings, store: Store, preview: Preview) -> None:
        super().__init__(settings, store, preview)
        self._comparison = lru_cache(maxsize=16)(self._compare)

    def runs(self, owner: str, pid: str) -> list[RunView]:
        """Oldest first, so that a run keeps its sign and colour."""
        numbers = {v.id: v.number for v in self._store.list_versions(owner, pid)}
        records = reversed(self._store.list_runs(owner, pid))
        return [_run(record, mark, numbers) for mark, record in enumerate(records)]

    def run(self, owner: str, run_id: str) -> RunView:
        record = self._store.get_run(owner, run_id)
        return next(r for r in self.runs(owner, record.project_id) if r.id == run_id)

    def delete_run(self, owner: str, run_id: str) -> None:
        self._store.delete_run(owner, run_id)

    def predictions(self, owner: str, run_id: str) -> Predictions:
        record = self._store.get_run(owner, run_id)
        spec = Spec.model_validate(record.spec)
        dataset = self.dataset_of_run(owner, record.project_id, spec)
        path = record.folder / "predictions.csv"
        columns = Report.model_validate(record.report).columns
        return read_predictions(path, spec.task, dataset.labels, dataset.test, columns)

    def compare(self, owner: str, run_a: str, run_b: str) -> Comparison:
        """B against A on the same rows. Raises RequestError where the rows differ."""
        return self._comparison(owner, run_a, run_b)

    def _compare(self, owner: str, run_a: str, run_b: str) -> Comparison:
        return compare(self.predictions(owner, run_a), self.predictions(owner, run_b), 0)

    def try_text(self, owner: str, run_id: str, text: str, second: str = "") -> str:
        if not text.strip():
            raise RequestError("no_text")
        record = self._store.get_run(owner, run_id)
        spec = Spec.model_validate(record.spec)
        if REGISTRY[spec.task].second is not None and not second.strip():
            raise RequestError("no_second_text")
        payload = {
            "spec": record.spec,
            "folder": str(record.folder),
            "text": text,
            "second": second,
        }
        return self._supervisor.submit(owner, record.project_id, "try_text", payload, "interactive")

    def shown_runs(self, owner: str, run_ids: Sequence[str]) -> list[ShownRun]:
        views = [self.run(owner, run_id) for run_id in run_ids]
        return [ShownRun(run_title(v, "en"), v.report, v.mark) for v in views]

    def export_csv(self, owner: str, run_ids: Sequence[str]) -> str:
        return runs_csv(self.shown_runs(owner, run_ids))

    def export_json(self, owner: str, run_ids: Sequence[str]) -> str:
        """All reports, and the comparison of the first run with each of the others."""
        shown = self.shown_runs(owner, run_ids)
        comparisons = [
            (shown[0].name, shown[i].name, self.compare(owner, run_ids[0], run_ids[i]))
            for i in range(1, len(run_ids))
        ]
        return runs_json(shown, comparisons)

    def report_json(self, owner: str, run_id: str) -> str:
        return Report.model_validate(self._store.get_run(owner, run_id).report).to_json()

    def predictions_csv(self, owner: str, run_id: str) -> str:
        return predictions_csv(self.predictions(owner, run_id))


def _run(record: RunRecord, mark: int, numbers: dict[str, int]) -> RunView:
    spec = Spec.model_validate(record.spec)
    return RunView(
        id=record.id,
        report=Report.model_validate(record.report),
        mark=mark,
        spec=spec,
        created=record.created,
        template_version=numbers.get(record.template_version_id or ""),
        tuned=isinstance(spec.approach, FineTune),
    )
