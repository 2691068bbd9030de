"""The pure parts of Evaluate and Fine-tune: from fields to a run, and a job as it is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from instruct_ui.spec import FewShot, FineTune, ZeroShot
from instruct_ui.storage.records import JobFailure, JobRecord, JobState
from instruct_ui.texts import LANGUAGES, catalogue
from instruct_ui.ui import evaluate_fields, finetune_fields
from instruct_ui.ui.job_view import view_ended, view_partial

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_RUN = evaluate_fields.Asked("few_shot", "each", 4, "balanced", "auto", True, "auto", 0)
_TRAINING = finetune_fields.Asked("full", 2, 3, 2, 2e-4, 16, 0.01, 0.1, None, "auto", 16)


def _job(**changes: Any) -> JobRecord:
    plain: dict[str, Any] = {
        "id": "j1",
        "owner": "local",
        "project_id": "p1",
        "lane": "interactive",
        "kind": "run",
        "state": JobState.RUNNING,
        "stage": "predict",
        "progress": {},
        "error": None,
        "created": _AT,
        "started": _AT,
        "ended": None,
        "payload": {"spec": {"model": "minilm", "approach": {"kind": "zero_shot"}}},
        "result": None,
    }
    return JobRecord(**{**plain, **changes})


def test_the_fields_give_the_approach_they_name() -> None:
    assert _RUN._replace(kind="zero_shot").approach() == ZeroShot()
    assert _RUN.approach() == FewShot(shots_per_label=4)
    assert _RUN._replace(by="all", shots=16).approach() == FewShot(shots=16)


def test_an_emptied_number_of_shots_means_one_and_of_rows_all() -> None:
    emptied = _RUN._replace(shots=None, limit=None)
    assert emptied.approach() == FewShot(shots_per_label=1)
    assert emptied.rows == 0


def test_the_settings_as_they_stand_at_first_are_the_specs_own() -> None:
    assert _TRAINING.settings() == FineTune()
    emptied = finetune_fields.Asked(*[None] * len(_TRAINING))
    assert emptied.settings() == FineTune()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_setting_out_of_range_is_named_in_the_persons_language(language: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        _TRAINING._replace(rank=1000).settings()
    html = finetune_fields.view_bad_setting(caught.value, language)
    assert catalogue()["finetune.rank"][language] in html
    assert "256" in html and "Input" not in html


def test_a_strategy_gives_way_to_one_the_model_can_be_trained_by() -> None:
    assert finetune_fields.fitting(_TRAINING, "causal").strategy == "lora"
    assert finetune_fields.fitting(_TRAINING, "encoder") == _TRAINING


def test_few_rows_get_more_passes() -> None:
    assert finetune_fields.suggested(10_000, tags=False) == (3, 2)
    passes, _ = finetune_fields.suggested(128, tags=False)
    assert passes > 3


_PARTIAL = {"metric": "accuracy", "score": 0.81, "low": 0.73, "high": 0.87, "rows": 120}


def test_partial_results_come_with_their_interval_and_are_called_preliminary() -> None:
    html = view_partial(_job(progress={"partial": _PARTIAL}), "en")
    assert "Accuracy 0.81 so far, on 120 rows (95 % 0.73 to 0.87)" in html and "reliminary" in html


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"progress": {"partial": _PARTIAL}, "stage": "chat"},
    ],
)
def test_without_judged_test_rows_no_score_is_shown(changes: dict[str, Any]) -> None:
    assert view_partial(_job(**changes), "en") == ""


def test_what_was_stopped_is_no_alarm_and_what_failed_is() -> None:
    stopped = view_ended(_job(state=JobState.CANCELLED), "en")
    assert "alert" not in stopped and "was stopped" in stopped
    failure = JobFailure("mistake", "no_test_rows", {})
    failed = view_ended(_job(state=JobState.FAILED, error=failure), "en")
    assert 'role="alert"' in failed and "did not finish" in failed
