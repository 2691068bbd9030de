"""Every shipped template works with any data of its task, and shows no row its own answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from instruct_ui.data.dataset import Dataset, Example
from instruct_ui.data.load import load_dataset
from instruct_ui.data.samples import SAMPLES, Sample
from instruct_ui.tasks import TASKS, TaskName
from instruct_ui.templates.library import FOLDER, all_templates, has_starter, of_task, starter
from instruct_ui.templates.picking import pick
from instruct_ui.templates.render import describe, render
from instruct_ui.templates.template import Template, load

FILES = sorted(FOLDER.glob("*/*.yaml"))
TEMPLATES = [load(path) for path in FILES]
GOLD = "zzgold"


each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)


@cache
def sample_rows(task: TaskName, language: str) -> Dataset:
    sample = next(s for s in SAMPLES.values() if (s.task, s.language) == (task, language))
    return load_dataset(sample.data(), task, 0)


def shots_for(template: Template, dataset: Dataset) -> tuple[Example, ...]:
    block = template.block("examples")
    assert block is not None
    return pick(dataset.train, block.shots, block.picker, block.seed)


def test_at_least_eight_over_both_tasks_and_languages() -> None:
    assert len(TEMPLATES) >= 8
    assert {(t.task, t.language) for t in TEMPLATES} >= {
        (k, g) for k in TASKS if has_starter(k) for g in ("en", "zh")
    }
    assert {"sentiment", "topic", "intent", "ner"} <= {t.name for t in TEMPLATES}


def test_names_are_unique_so_none_hides_another() -> None:
    assert len(all_templates()) == len(FILES)
    assert sum(len(of_task(task)) for task in TASKS) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_file_lies_where_its_name_and_task_say(path: Path) -> None:
    template = load(path)
    assert (path.parent.name, path.stem) == (template.task, template.name)


@pytest.mark.parametrize("task", [task for task in TASKS if has_starter(task)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_new_project_finds_its_starter(task: TaskName, language: str) -> None:
    assert (starter(task, language).task, starter(task, language).language) == (task, language)


@pytest.mark.parametrize("sample", [s for s in SAMPLES.values() if s.template], ids=lambda s: s.key)
def test_every_sample_names_a_template_of_its_task(sample: Sample) -> None:
    assert all_templates()[sample.template].task == sample.task


@each_template
def test_says_what_it_is_for(template: Template) -> None:
    assert template.description and template.when
    assert {b.kind for b in template.blocks} >= {"examples", "input", "answer"}


@each_template
def test_renders_on_sample_data_and_ends_with_its_answer_form(template: Template) -> None:
    dataset = sample_rows(template.task, template.language)
    shots = shots_for(template, dataset)
    example = dataset.test[0]
    prompt = render(template, example, dataset.labels, shots)
    answer = template.block("answer")
    assert answer is not None and prompt.text.endswith(answer.text)
    assert answer.text == answer.text.rstrip() and answer.text[-1] in ":："
    assert sum(s.kind == "examples" for s in prompt.segments) == len(shots)
    assert example.text in prompt.text
    for shot in shots:
        assert shot.text in prompt.text
    unread = [b.kind for b in template.blocks if b.kind not in {s.kind for s in prompt.segments}]
    assert not unread


@each_template
def test_an_example_reads_like_the_row_with_its_answer(template: Template) -> None:
    """A model that continues the pattern of the examples writes the answer and nothing else."""
    dataset = sample_rows(template.task, template.language)
    shots = shots_for(template, dataset)[:1]
    prompt = render(template, dataset.test[0], dataset.labels, shots)
    shown = next(s.text for s in prompt.segments if s.kind == "examples")
    assert f"\n{prompt.answer_start}" in shown


@each_template
def test_uses_only_what_every_data_set_of_its_task_has(template: Template) -> None:
    environment = ImmutableSandboxedEnvironment()
    shown = "label" if template.task == "text_classification" else "entities"
    for block in template.blocks:
        used = meta.find_undeclared_variables(environment.parse(block.text))
        allowed = {"text", "labels"} | ({shown} if block.kind == "examples" else set())
        assert used <= allowed, block.kind
    described = meta.find_undeclared_variables(environment.parse(template.label_description))
    assert described == {"label"}


@each_template
def test_takes_any_label_set_of_the_data(template: Template) -> None:
    labels = ("first_kind", "second_kind")
    assert not template.label_words
    for text, label in zip(describe(template, labels), labels, strict=True):
        assert label.replace("_", " ") in text
    prompt = render(template, Example(0, "some words"), labels)
    parse = ImmutableSandboxedEnvironment().parse
    if any("labels" in meta.find_undeclared_variables(parse(b.text)) for b in template.blocks):
        assert "first kind" in prompt.text and "second kind" in prompt.text


@each_template
def test_the_gold_of_the_row_is_never_visible(template: Template) -> None:
    dataset = sample_rows(template.task, template.language)
    example = dataset.test[0]
    if template.task == "text_classification":
        marked = replace(example, label=GOLD)
    else:
        marked = replace(example, tags=tuple(f"B-{GOLD}" for _ in example.tokens))
    shots = shots_for(template, dataset)
    assert GOLD not in render(template, marked, dataset.labels, shots).text
    # The same mark on a shot does show: the check above can fail.
    assert GOLD in render(template, example, dataset.labels, (*shots, marked)).text


def test_no_two_templates_of_a_language_ask_the_same() -> None:
    asked = [
        (t.task, t.language, b.text) for t in TEMPLATES for b in t.blocks if b.kind == "instruction"
    ]
    assert len(asked) == len(set(asked))
