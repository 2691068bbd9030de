"""The flow on real models: a spec in, a report that another run of it repeats."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

from instruct_ui import cli
from instruct_ui.data.samples import sample_named
from instruct_ui.engine.base import Event
from instruct_ui.errors import ModelError, RequestError, TemplateError
from instruct_ui.experiment import run
from instruct_ui.preview.client import Preview
from instruct_ui.spec import FewShot, FineTune, Limit, Spec, ZeroShot
from instruct_ui.templates.library import resolve, starter

pytestmark = pytest.mark.models


def quiet(event: Event) -> None:
    return


def spec_of(key: str, approach: ZeroShot | FewShot | FineTune, model: str = "minilm") -> Spec:
    sample = sample_named(key)
    template = "intent" if key == "support_intents" else starter(sample.task, "en").name
    return Spec(
        task=sample.task,
        data=sample.data(),
        template=template,
        model=model,
        approach=approach,
        limit=Limit(test=60),
    )


def test_few_shot_beats_chance_and_the_resolved_spec_repeats_it(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    spec = spec_of("support_intents", FewShot(shots_per_label=8))
    first = run(
        spec,
        models_dir=models_dir,
        preview=preview,
        listen=quiet,
        stop=lambda: False,
        out=tmp_path / "a",
    )
    assert first.report.rows == 60
    assert first.report.metrics["accuracy"] > 0.4  # chance is 1 in 8
    assert cli.main(["run", str(tmp_path / "a" / "spec.yaml"), "--out", str(tmp_path / "b")]) == 0
    again = json.loads((tmp_path / "b" / "report.json").read_text())
    assert again["metrics"] == first.report.metrics
    with (tmp_path / "b" / "predictions.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [r["correct"] == "true" for r in rows] == [r.correct for r in first.predictions.rows]
    assert [int(r["row"]) for r in rows] == sorted(int(r["row"]) for r in rows)


def test_fine_tuned_ner_keeps_its_model_and_answers_texts_with_it(
    models_dir: Path, preview: Preview, tmp_path: Path
) -> None:
    from instruct_ui.experiment import Answerer

    spec = spec_of("news_names_en", FineTune(epochs=4, learning_rate=5e-4))
    events: list[Event] = []
    outcome = run(
        spec,
        models_dir=models_dir,
        preview=preview,
        listen=events.append,
        stop=lambda: False,
        out=tmp_path,
    )
    assert outcome.report.metrics["token_micro_f1"] > 0.6
    assert {label.label for label in outcome.report.token_labels or ()} >= {"O", "B-PER"}
    assert any(e.kind == "check" for e in events)
    assert list((tmp_path / "model").glob("*.safetensors"))
    assert not list((tmp_path / "model").glob("*.bin"))
    answerer = Answerer(outcome.spec, tmp_path, models_dir=models_dir, preview=preview)
    example, answer = answerer.answer("Anna Ruiz lives in Lisbon.")
    assert len(answer.tags) == len(example.tokens) == 6


def test_what_a_model_cannot_do_is_said(models_dir: Path, preview: Preview) -> None:
    for sample, model, approach, key in (
        ("news_names_en", "minilm", ZeroShot(), "model_tags_need_rows"),
        ("translations", "minilm", ZeroShot(), "model_cannot_write"),
        ("questions_en", "minilm", FewShot(shots=2), "model_only_zero_shot"),
    ):
        with pytest.raises(ModelError) as caught:
            run(
                spec_of(sample, approach, model),
                models_dir=models_dir,
                preview=preview,
                listen=quiet,
                stop=lambda: False,
            )
        assert caught.value.key == key


def test_no_training_rows_is_said(models_dir: Path, preview: Preview, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("text,label\ngood,a\nbad,b\nfine,a\n", encoding="utf-8")
    plain = {
        "task": "text_classification",
        "data": {"test": "test.csv"},
        "template": "topic",
        "model": "minilm",
        "approach": {"kind": "few_shot", "shots": 2},
    }
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    from instruct_ui.spec import load

    with pytest.raises(RequestError) as caught:
        run(load(path), models_dir=models_dir, preview=preview, listen=quiet, stop=lambda: False)
    assert caught.value.key == "no_train_rows"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "minilmm"}, "minilm"),
        ({"template": "topik"}, "topic"),
        ({"task": "ner"}, "task"),
        ({"data": {"test": "nowhere.csv"}}, "nowhere.csv"),
        ({"approach": {"kind": "few_shot", "shots": 2, "shots_per_label": 2}}, "not both"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_mistake_in_a_spec_ends_with_2_and_one_message(
    models_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, object],
    said: str,
) -> None:
    (tmp_path / "test.csv").write_text("text,label\ngood,a\nbad,b\nfine,a\n", encoding="utf-8")
    plain: dict[str, object] = {
        "task": "text_classification",
        "data": {"test": "test.csv"},
        "template": "topic",
        "model": "minilm",
        "approach": {"kind": "zero_shot"},
    }
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(plain | change), encoding="utf-8")
    assert cli.main(["run", str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def enforcing(check: dict[str, object]) -> Spec:
    spec = spec_of("support_intents", ZeroShot())
    template = resolve("intent").model_dump(mode="json")
    for block in template["blocks"]:
        if block["check"] is not None:
            block.update(check=check, enforced=True)
    return spec.model_copy(update={"template": template})


def test_scored_labels_keep_one_of_the_labels_whatever_is_enforced(
    models_dir: Path, preview: Preview
) -> None:
    spec = enforcing({"kind": "label"})
    found = run(spec, models_dir=models_dir, preview=preview, listen=quiet, stop=lambda: False)
    assert not any(row.broken for row in found.predictions.rows)


@pytest.mark.parametrize(
    ("check", "key"),
    [
        ({"kind": "json"}, "enforcing_not_written"),
        ({"kind": "pattern", "pattern": "[a-z]+"}, "enforcing_not_written"),
        ({"kind": "words", "at_most": 3}, "enforcing_no_check"),
    ],
)
def test_what_nothing_can_bind_is_refused_before_any_work(
    models_dir: Path, preview: Preview, check: dict[str, object], key: str
) -> None:
    heard: list[Event] = []
    with pytest.raises(TemplateError) as caught:
        run(
            enforcing(check),
            models_dir=models_dir,
            preview=preview,
            listen=heard.append,
            stop=lambda: False,
        )
    assert caught.value.key == key and not heard
    assert "enforced" in caught.value.message("en") and "强制" in caught.value.message("zh")
