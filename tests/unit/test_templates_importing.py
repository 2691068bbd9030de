"""Templates of promptsource and tasks of Super-NaturalInstructions become ours: what can be carried
over asks the same as there, what cannot is said."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from instruct_ui.data.dataset import Example
from instruct_ui.data.matching import spec_of
from instruct_ui.errors import TemplateError
from instruct_ui.templates.importing import (
    Imported,
    ImportedTemplate,
    import_file,
    instances_as_rows,
)
from instruct_ui.templates.importing.rewriting import escaped
from instruct_ui.templates.render import render
from instruct_ui.templates.template import Template

FILE = """\
dataset: acme_nli
subset: small
templates:
  00000000-0000-0000-0000-000000000001: !Template
    answer_choices: No ||| Perhaps ||| Yes
    id: 00000000-0000-0000-0000-000000000001
    jinja: 'One: {{premise}}

      Two: {{hypothesis}}

      Does one say two? {{ answer_choices | join(", ") }}? |||

      {{ answer_choices[label] }}'
    metadata: !TemplateMetadata
      choices_in_prompt: true
      languages:
      - en
      metrics:
      - Accuracy
      original_task: true
    name: Does one say two?
    reference: After a talk in the kitchen.
  00000000-0000-0000-0000-000000000002: !Template
    answer_choices: 否 ||| 是
    id: 00000000-0000-0000-0000-000000000002
    jinja: 根据“{{premise}}”，能得出“{{hypothesis}}”吗？|||{{ answer_choices[label] }}
    metadata: !TemplateMetadata
      choices_in_prompt: false
      languages:
      - zh
      metrics: []
      original_task: true
    name: Does one say two
    reference: ''
  00000000-0000-0000-0000-000000000003: !Template
    answer_choices: null
    id: 00000000-0000-0000-0000-000000000003
    jinja: '{{premise}} {{ label }} ||| {{ label }}'
    metadata: !TemplateMetadata
      choices_in_prompt: null
      metrics: []
      original_task: null
    name: shows it
    reference: ''
"""


def file_of(jinja: str, choices: object = None, metadata: object = None, name: str = "one") -> str:
    """JSON is YAML, so any text can stand in it."""
    entry = {"name": name, "jinja": jinja, "answer_choices": choices, "metadata": metadata}
    return json.dumps({"dataset": "acme", "templates": {"id-1": entry}})


def carried(jinja: str, choices: object = None, metadata: object = None, task: Any = None) -> Any:
    imported = import_file(file_of(jinja, choices, metadata), "promptsource", task)
    assert not imported.refused, imported.refused[0].reason
    return imported.templates[0]


def refused(jinja: str, choices: object = None, task: Any = None) -> TemplateError:
    imported = import_file(file_of(jinja, choices), "promptsource", task)
    assert not imported.templates
    return imported.refused[0].reason


def keys(imported: ImportedTemplate) -> list[str]:
    return [note.key for note in imported.notes]


def text_of(template: Template, kind: str = "input") -> str:
    block = template.block(kind)  # type: ignore[arg-type]
    return "" if block is None else block.text


# promptsource


def test_a_file_of_the_published_form() -> None:
    imported = import_file(FILE, "promptsource")
    first, second = imported.templates
    assert first.template == Template.model_validate(
        {
            "name": "acme-nli-small-does-one-say-two",
            "task": "text_pair",
            "description": "Does one say two? (acme_nli/small). After a talk in the kitchen.",
            "blocks": [
                {
                    "kind": "input",
                    "text": "One: {{text}}\nTwo: {{text_2}}\n"
                    'Does one say two? {{ labels | join(", ") }}?',
                }
            ],
            "label_words": {"0": "No", "1": "Perhaps", "2": "Yes"},
        }
    )
    assert keys(first) == ["renamed", "words", "metrics"]
    assert (second.template.name, second.template.language) == (f"{first.template.name}-2", "zh")
    assert text_of(second.template) == "根据“{{text}}”，能得出“{{text_2}}”吗？"
    (shown,) = imported.refused
    assert (shown.name, shown.reason.key) == ("shows it", "importing_gold")


def test_every_note_and_reason_can_be_read_in_both_languages() -> None:
    imported = import_file(FILE, "promptsource")
    for found in imported.templates:
        for note in found.notes:
            assert "{" not in note.message("en") and note.message("zh") != note.message("en")
    assert "premise → text" in imported.templates[0].notes[0].message("zh")
    assert "label" in imported.refused[0].reason.message("zh")


ROW = {
    "text": "A fine day.",
    "premise": "It rains.",
    "hypothesis": "It is wet.",
    "context": "Oslo lies in Norway.",
    "question": "Where is Oslo?",
    "document": "Much was said.",
    "shop": "Oslo",
    "stars": 4,
    "kind": "cause",
}
PAIR = Example(0, "It rains.", "1", fields={"text_2": "It is wet.", "shop": "Oslo"})
TEXT = Example(0, "A fine day.", "1", fields={"shop": "Oslo", "stars": "4", "kind": "cause"})
PASSAGE = Example(
    0, "Oslo lies in Norway.", fields={"question": "Where is Oslo?"}, gold=("in Norway",)
)
LONG = Example(0, "Much was said.", gold=("much",))

PICK = " ||| {{ answer_choices[label] }}"
LABEL = " ||| {{ label }}"
SAME = {
    "plain": ("{{premise}} So {{hypothesis}}?" + PICK, PAIR),
    "strings": ('{{premise}} {{hypothesis}} {{"No, or yes?"}}' + PICK, PAIR),
    "choices": ("{{text}} {{ answer_choices | join(' or ') }}?" + PICK, TEXT),
    "joined": ("{{text}} {{', '.join(answer_choices)}}?|||{{ answer_choices [label] }}", TEXT),
    "one choice": ("{{text}} {{answer_choices[1]}} {{ answer_choices[0]|upper }}?" + PICK, TEXT),
    "loop": (
        "{{text}}{% for c in answer_choices %} {{ loop.index }}. {{ c }}{% endfor %}" + PICK,
        TEXT,
    ),
    "if": ("{% if shop == 'Oslo' %}\n {{text}} a\n{% else %}{{text}} b{% endif %}\n" + PICK, TEXT),
    "if around": ('{% if kind == "cause" %}\nWhy? {{ text }}' + PICK + "\n{% endif %}", TEXT),
    "if around else": (
        "{% if kind == 'x' %}{{text}} a ||| {{summary}}{% else %}\n{{text}} b ||| {{summary}}"
        "{% endif %}",
        TEXT,
    ),
    "number": ("{% if stars == 4 %}{{ text }}{% endif %} b{{ '?' if 5 != stars }}" + PICK, TEXT),
    "set": ("{% set shout = text | upper %}\n{{ shout }}: {{ text }}?" + PICK, TEXT),
    "comment": ("{# ||| is no end #}{{ text }} ok" + PICK, TEXT),
    "raw": ("{% raw %}{{ text }} {%{% endraw %} {{text}} {a} }}" + PICK, TEXT),
    "control": ("a \n {{- text -}} \n b{%- if shop -%} \n c {%- endif %}" + PICK, TEXT),
    "filters": (
        "{{ text | replace('fine', \"bad\") | truncate(8) | title }} {{ text[:3].upper() }}"
        "{{ text | length }}" + PICK,
        TEXT,
    ),
    "macro": ("{% macro twice(x) %}{{x}} {{x}}{% endmacro %}{{ twice(text) }}" + PICK, TEXT),
    "method": ("{{ text.replace('A', 'The') }}" + PICK, TEXT),
    "passage": ("{{context}}\nQ: {{question}} ||| {{answers.text[0]}}", PASSAGE),
    "summary": ("Shorten: {{ document }}|||{{ summary }}", LONG),
}


@pytest.mark.parametrize("name", SAME)
def test_a_model_reads_what_it_would_read_there(name: str) -> None:
    jinja, example = SAME[name]
    plain = Environment().from_string(jinja)
    there = plain.render(ROW, answer_choices=["No", "Yes"], label=1, answers={"text": ["a"]})
    template = carried(jinja, "No ||| Yes" if "answer_choices" in jinja else None).template
    prompt = render(template, example, ("0", "1"))
    assert prompt.text == there.partition("|||")[0].strip()
    assert prompt.text


def test_with_named_labels_the_choices_in_the_prompt_are_the_labels_of_the_data() -> None:
    template = carried(
        "{{text}} {{ answer_choices | join('/') }}? ||| {{ answer_choices[label] }}", "No ||| Yes"
    ).template
    assert render(template, TEXT, ("bad", "good")).text == "A fine day. bad/good?"


@pytest.mark.parametrize(
    ("choices", "target", "words"),
    [
        ("No ||| Yes", "{{ answer_choices[label] }}", {"0": "No", "1": "Yes"}),
        (["No", "Yes"], "{{ answer_choices[label] }}", {"0": "No", "1": "Yes"}),
        ('{{"No"}} ||| {{ "Y" }}es', "{{ answer_choices[label] }}", {"0": "No", "1": "Yes"}),
        (None, "{{ ['No', 'Yes'][label] }}", {"0": "No", "1": "Yes"}),
        ("No ||| Yes", "{{ answer_choices[1-label] }}", {"0": "Yes", "1": "No"}),
        ("No ||| Yes", "{{ answer_choices[{'n': 0, 'y': 1}[label]] }}", {"n": "No", "y": "Yes"}),
        (
            "No ||| Yes",
            "{% set at = {30: 1, 7: 0} %}\n{{ answer_choices[at[label]] }}",
            {"30": "Yes", "7": "No"},
        ),
        ("No ||| Yes", "{{ answer_choices[label | length] }}", {}),
    ],
)
def test_label_words_where_the_target_says_which_is_which(
    choices: object, target: str, words: dict[str, str]
) -> None:
    found = carried(f"{{{{ text }}}} ||| {target}", choices)
    assert found.template.label_words == words
    assert found.template.task == "text_classification"
    assert keys(found) == (["words"] if words else ["no_words"])


def test_choices_made_of_columns_are_shown_and_said_to_differ() -> None:
    found = carried(
        "{{ text }} {{ answer_choices | join(' or ') }}? ||| {{ answer_choices[label] }}",
        "{{ shop }} ||| the {{ stars }}",
    )
    assert keys(found) == ["others", "choices_by_row"]
    assert not found.template.label_words
    assert render(found.template, TEXT, ("0", "1")).text == "A fine day. Oslo or the 4?"


def test_a_list_in_the_target_leaves_the_choices_of_the_file_to_the_prompt() -> None:
    found = carried("{{ text }} {{ answer_choices[1] }}? ||| {{ [shop, kind][label] }}", "a ||| b")
    assert render(found.template, TEXT, ("0", "1")).text == "A fine day. b?"
    assert keys(found) == ["choices_by_row"]


def test_choices_that_cannot_be_read_matter_only_where_they_are_shown() -> None:
    found = carried("{{ text }}" + PICK, "{% if shop %}x{% endif %} ||| y")
    assert keys(found) == ["choices_by_row"]


def test_what_stands_before_the_answer_becomes_the_answer_block() -> None:
    found = carried(
        "{{ text }} ||| In {{ shop }} it was {{ answer_choices[label] }}.", "bad|||good"
    )
    assert keys(found) == ["before", "after", "words"]  # the prompt does not read `shop`
    found = carried(
        "{{ text }} {{ shop }} ||| In {{ shop }} it was {{ answer_choices[label] }}.", "a|||b"
    )
    assert text_of(found.template, "answer") == "In {{ shop }} it was"
    assert render(found.template, TEXT, ("0", "1")).text == "A fine day. Oslo\nIn Oslo it was"
    assert found.notes[1].message() == "What stands behind the answer was left out: ."


@pytest.mark.parametrize(
    ("jinja", "note"),
    [
        ("{{ document }} ||| {{ summary | upper }}", "computed"),
        ("{{ text }} ||| {% if label == 0 %}no{% else %}yes{% endif %}", "computed"),
        ("{{ text | highlight('red') }} b" + LABEL, "filters"),
        ("{{ ['Say', 'Tell'] | random }} {{ text }}" + LABEL, "random"),
        ("{% include 'head.txt' %}{{ text }}" + LABEL, "include"),
        ("{{ text }} {{ shop }}" + LABEL, "others"),
        ("{{ blurb }}" + LABEL, "guessed"),
        ("{{ text }} ||| {{ answer_choices[grade] }}", "gold"),
        ("{% if label != -1 %}{{ text }}" + LABEL + "{% endif %}", "condition_dropped"),
        ("{% if shop %}{{ text }}" + LABEL + "{% endif %}", "condition_kept"),
    ],
)
def test_what_was_changed_is_noted(jinja: str, note: str) -> None:
    found = carried(jinja, "a ||| b")
    assert note in keys(found)
    prompt = render(found.template, Example(0, "A day.", "a", fields={"shop": "Oslo"}), ("a", "b"))
    assert "A day." in prompt.text


def test_a_choice_by_chance_is_the_first_of_the_choices() -> None:
    for jinja in ("{{ ['Say', 'Tell'] | choice }}", "{{ choice(['Say', 'Tell']) }}"):
        template = carried(jinja + " {{ text }} ||| {{ label }}").template
        assert render(template, TEXT, ()).text == "Say A fine day."


def test_metadata_that_has_no_place_here_is_noted() -> None:
    metadata = {"metrics": ["BLEU", "ROUGE"], "original_task": False, "languages": ["fr"]}
    found = carried("{{ text }} ||| {{ label }}", None, metadata)
    assert keys(found) == ["language", "metrics", "not_original"]
    assert "BLEU, ROUGE" in found.notes[1].message()


JUDGED = {"metrics": ["ROUGE"]}


@pytest.mark.parametrize(
    ("jinja", "metadata", "task"),
    [
        ("{{premise}} {{hypothesis}}" + PICK, {}, "text_pair"),
        ("{{question}} {{answer}}" + PICK, {}, "text_pair"),
        ("{{sentence}} {{head}} {{tail}}" + PICK, {}, "relation_classification"),
        ("{{review}}" + PICK, {}, "text_classification"),
        ("{{review}} ||| {{ sentiment }}", {}, "text_classification"),
        ("{{passage}} {{question}} ||| {{ answer }}", {}, "question_answering"),
        ("{{question}} ||| {{ answer }}", {}, "answer_retrieval"),
        ("{{article}} ||| {{ highlights }}", {}, "summarization"),
        ("{{document}} ||| {{ target }}", JUDGED, "summarization"),
        ("{{document}} ||| {{ target }}", JUDGED | {"original_task": False}, "generation"),
        ("{{source}} ||| {{ target }}", {}, "translation"),
        ("{{translation.en}} ||| {{ translation['de'] }}", {}, "translation"),
        ("{{context}} ||| {{ title }}", {}, "generation"),
    ],
)
def test_the_task_is_guessed(jinja: str, metadata: dict[str, Any], task: str) -> None:
    assert carried(jinja, "a ||| b", metadata).template.task == task


def test_a_task_that_is_told_stands() -> None:
    assert (
        carried("{{document}} ||| {{ summary }}", task="generation").template.task == "generation"
    )
    assert refused("{{context}} ||| {{ question }}", task="question_answering").key == (
        "importing_task"
    )
    assert refused(
        "{{text}} ||| {{ answer_choices[label] }}", "a|||b", task="summarization"
    ).key == ("importing_task")


def test_languages_of_a_record_become_columns() -> None:
    found = carried("In German: {{ translation['en'] }} ||| {{ translation.de }}")
    assert text_of(found.template) == "In German: {{ source }}"
    assert keys(found) == ["renamed", "gold"]
    assert refused("{{ translation.de }} ||| {{ translation['de'] }}").key == "importing_gold"
    assert refused("{{ translation }} ||| {{ translation['de'] }}").key == "importing_gold"


def test_only_variables_of_the_row_are_renamed() -> None:
    """Not a text, a filter, an attribute, a parameter's name or a longer name."""
    found = carried(
        "{% macro m(document) %}{{ document }}{% endmacro %}{{ m(document) }}"
        "document {{ document }} {{ 'document' }} {{ documents }} {{ dict(document=document) }}"
        " {{ document.title() }} {{ document_id }} ||| {{ summary }}"
    )
    assert text_of(found.template) == (
        "{% macro m(text) %}{{ text }}{% endmacro %}{{ m(text) }}"
        "document {{ text }} {{ 'document' }} {{ documents }} {{ dict(document=text) }}"
        " {{ text.title() }} {{ document_id }}"
    )


@pytest.mark.parametrize(
    ("jinja", "key"),
    [
        ("{{ text }} {{ label }}" + PICK, "importing_gold"),
        ("{{ text }} {{ answer_choices[label] }}" + PICK, "importing_gold"),
        ("{% set x = label %}{{ text }} {{ x }}" + LABEL, "importing_gold"),
        (
            "{% if label == 0 %}{{ text }} a ||| no{% else %}{{ text }} b ||| yes{% endif %}",
            "importing_gold",
        ),
        ("{{ text }}{% if label %}!{% endif %}" + LABEL, "importing_gold"),
        ("{{ context }} {{ question }} {{ answers }} ||| {{ answers.text[0] }}", "importing_gold"),
        ("{{ text }} {{ tags }}" + LABEL, "importing_gold"),
        ("{{ text ", "importing_syntax"),
        ("{% if text %}" + LABEL, "importing_syntax"),
        ("{{ text is shiny }}" + LABEL, "importing_syntax"),
        ("{{ text }}", "importing_no_target"),
        ("{{ text }} ||| yes", "importing_no_gold"),
        ("Say" + LABEL, "importing_reads_nothing"),
        ("{% for x in 'ab' %}{{ text }}" + LABEL + "{% endfor %}", "importing_separator"),
        ("{% extends 'a' %}{{ text }}" + LABEL, "importing_tag"),
        ("{% from 'a' import b %}{{ text }}" + LABEL, "importing_tag"),
        ("{% autoescape true %}{{ text }}{% endautoescape %}" + LABEL, "importing_tag"),
        ("{{ zip(text) }}" + LABEL, "importing_function"),
        ("{{ lipsum() }} {{ text }}" + LABEL, "importing_function"),
        ("{{ text }} {{ options[0] }}" + LABEL, "importing_structure"),
        ("{{ text }} {{ options | join }}" + LABEL, "importing_structure"),
        ("{{ text }} {{ ' '.join(options) }}" + LABEL, "importing_structure"),
        ("{{ text }}{% for o in options %}{{ o }}{% endfor %}" + LABEL, "importing_structure"),
        ("{{ text.parts }}" + LABEL, "importing_structure"),
        ("{{ text }}{% if stars > 3 %}!{% endif %}" + LABEL, "importing_number"),
        ("{{ text }}{{ stars + 1 }}" + LABEL, "importing_number"),
        ("{{ text }}{% if stars in [1, 2] %}!{% endif %}" + LABEL, "importing_number"),
        ("{{ text }} {{ ['a', 'b'][stars] }}" + LABEL, "importing_number"),
        ("{% set stars.n = 1 %}{{ text }}" + LABEL, "importing_structure"),
        ("{{ text }} {{ labels }}" + LABEL, "importing_reserved"),
        (
            "{% set text = 'x' %}{{ premise }} {{ hypothesis }} {{ text }}" + PICK,
            "importing_reserved",
        ),
        ("{{ text }} {{ answer_choices[7] }}" + PICK, "importing_choices"),
        ("{{ " + "(" * 500 + "text" + ")" * 500 + " }}" + LABEL, "importing_nested"),
        ("{{ text }} {{ " + "9" * 5000 + " }}" + LABEL, "importing_value"),
        ("{{ text }} \ud800" + LABEL, "importing_value"),
        ("{{ text }}" * 3000 + LABEL, "importing_too_long"),
        ("{{ text }}" + "{{ answer_choices[i] }}" * 800 + PICK, "importing_too_long"),
    ],
)
def test_what_cannot_be_carried_over_says_why(jinja: str, key: str) -> None:
    choices = "No ||| Yes ||| " + "x" * 300 if "answer_choices" in jinja else None
    reason = refused(jinja, choices)
    assert reason.key == key
    assert reason.message("en") and reason.message("zh")


@pytest.mark.parametrize(
    "choices", ["{% if a %}x{% endif %} ||| y", None, "{{ a", {"a": 1}, [["x"]]]
)
def test_choices_that_are_shown_and_cannot_be_read_refuse_the_template(choices: object) -> None:
    reason = refused(
        "{{ text }} {{ answer_choices | join }} ||| {{ answer_choices[label] }}", choices
    )
    assert reason.key in ("importing_choices", "importing_syntax", "importing_entry")


def test_a_syntax_error_names_the_line_of_the_jinja() -> None:
    reason = refused("one\ntwo\n{{ text | }} ||| {{ label }}")
    assert reason.params["line"] == 3
    assert "ine 3" in reason.message("en") and "3" in reason.message("zh")


def test_one_bad_template_does_not_take_the_others_along() -> None:
    good = {"name": "good", "jinja": "{{ text }} ||| {{ label }}"}
    bad: list[Any] = [1, None, ["x"], {}, {"name": ["n"], "jinja": {}}, {"jinja": 3, "name": "n"}]
    bad += [{"name": "n", "jinja": "{{", "metadata": 4}, {"name": "n", "jinja": ["a"]}]
    entries = {f"k{n}": entry for n, entry in enumerate([*bad, good])}
    imported = import_file(json.dumps({"templates": entries}), "promptsource")
    assert [i.template.name for i in imported.templates] == ["good"]
    assert imported.templates[0].template.description == "good"
    assert [r.name for r in imported.refused] == ["k0", "k1", "k2", "k3", "k4", "n", "n", "n"]


def test_names_are_slugs_that_differ_and_are_not_too_long() -> None:
    wanted = ["x" * 200, "X" * 200, "…!", "情感 分类", "情感-分类", "a/b  c"]
    entries = {
        str(n): {"name": name, "jinja": "{{ text }} ||| {{ label }}", "reference": "r\n" * 400}
        for n, name in enumerate(wanted)
    }
    imported = import_file(json.dumps({"templates": entries}), "promptsource")
    names = [i.template.name for i in imported.templates]
    assert names == ["x" * 80, "x" * 78 + "-2", "template", "情感-分类", "情感-分类-2", "a-b-c"]
    assert all("\n" not in i.template.description for i in imported.templates)
    assert all(len(i.template.description) <= 200 for i in imported.templates)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9)
)
MERGES = "a: &a {x: y}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join(['*' + chr(97 + n)] * 10)}]}}\n"
    for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("templates: {a: !!python/object/apply:os.system ['echo']}", "importing_yaml"),
        ("templates: {a: !!python/name:os.system }", "importing_yaml"),
        ("templates: {a: !Other {name: x}}", "importing_yaml"),
        ("templates: {a: !Template [x]}", "importing_yaml"),
        ("templates: {a: !!int " + "9" * 5000 + "}", "importing_yaml"),
        ("templates: {? [x] : y}", "importing_yaml"),
        ("[" * 300_000, "importing_yaml"),
        ("a: [b", "importing_yaml"),
        ("x" * 5 * 2**20, "importing_too_large"),
        ("", "importing_not_promptsource"),
        ("- a", "importing_not_promptsource"),
        ("dataset: x", "importing_not_promptsource"),
        ("templates: english", "importing_not_promptsource"),
        ("templates: {}", "importing_not_promptsource"),
        ("templates:\n" + "".join(f"  t{n}: x\n" for n in range(501)), "importing_too_many"),
    ],
)
def test_a_file_of_another_form_is_refused_as_a_whole(text: str, key: str) -> None:
    with pytest.raises(TemplateError) as caught:
        import_file(text, "promptsource", name="brought.yaml")
    assert caught.value.key == key
    assert caught.value.message("en").startswith("brought.yaml")
    assert caught.value.message("zh").startswith("brought.yaml")


@pytest.mark.parametrize(
    "bomb",
    [
        BOMB + "templates: {a: {name: n, jinja: *j}}",
        MERGES + "templates: {a: {<<: *j, name: n, jinja: x}}",
    ],
)
def test_a_small_file_that_would_unfold_to_gigabytes_stays_small(bomb: str) -> None:
    begun = time.monotonic()
    imported = import_file(bomb, "promptsource")
    assert [r.reason.key for r in imported.refused] in (
        ["importing_entry"],
        ["importing_no_target"],
    )
    assert time.monotonic() - begun < 20


def test_what_jinja_would_work_out_while_compiling_is_left_to_the_preview() -> None:
    begun = time.monotonic()
    bomb = "{{ 9 ** (9 ** (9 ** 9)) }}{{ 'x' | center(9 ** (9 ** 9)) }}"
    assert "9 ** (9" in text_of(carried("{{ text }}" + bomb + " ||| {{ label }}").template)
    assert time.monotonic() - begun < 20


def test_unquoted_yes_and_numbers_are_the_words_of_their_author() -> None:
    text = (
        "dataset: d\ntemplates:\n  a: !Template\n    name: 7\n    answer_choices: [no, yes, 3]\n"
        "    jinja: '{{ text }} ||| {{ answer_choices[label] }}'\n"
    )
    found = import_file(text, "promptsource").templates[0].template
    assert found.label_words == {"0": "no", "1": "yes", "2": "3"}
    assert found.name == "d-7"


def test_files_that_cannot_be_opened_or_read(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    for written, key in ((None, "importing_unreadable"), (b"a: \xff\xfe", "importing_encoding")):
        if written:
            path.write_bytes(written)
        with pytest.raises(TemplateError) as caught:
            import_file(path, "promptsource")
        assert caught.value.key == key and "stored" in caught.value.message("zh")
    path.write_bytes(b"x" * (5 * 2**20))
    with pytest.raises(TemplateError, match="1 MB"):
        import_file(path, "promptsource")
    path.write_text(FILE, encoding="utf-8-sig")
    assert len(import_file(path, "promptsource").templates) == 2


# Super-NaturalInstructions


def task_file(**more: Any) -> dict[str, Any]:
    return {
        "Contributors": ["N. N."],
        "Source": ["acme"],
        "URL": ["https://example.org"],
        "Categories": ["Question Rewriting"],
        "Reasoning": [],
        "Definition": ["Say it in other words. Keep {{names}} and {% marks %}. "],
        "Input_language": ["English"],
        "Output_language": ["English"],
        "Instruction_language": ["English"],
        "Domains": ["News"],
        "Positive Examples": [
            {"input": f"in {n}", "output": f"out {n} {{{{x}}}}", "explanation": "so"}
            for n in range(1, 7)
        ],
        "Negative Examples": [{"input": "in", "output": "bad", "explanation": "no"}],
        "Instances": [
            {"id": "task1-a", "input": "Where is it?", "output": ["What place?", "Which place?"]},
            {"id": "task1-b", "input": "Who?\nAnd why?", "output": ["Which person?"]},
        ],
    } | more


def instructions(task: Any = None, name: str = "task001_acme.json", **more: Any) -> Imported:
    text = json.dumps(task_file(**more), ensure_ascii=False)
    return import_file(text, "super-naturalinstructions", task, name=name)


def labelled(*labels: str, times: int = 10) -> list[dict[str, Any]]:
    return [{"input": f"text {n}", "output": [labels[n % len(labels)]]}
            for n in range(times * len(labels))]  # fmt: skip


def test_a_task_becomes_instructions_and_a_question() -> None:
    (found,) = instructions().templates
    template = found.template
    assert (template.name, template.task, template.language) == (
        "task001-acme",
        "generation",
        "en",
    )
    assert template.description == "Question Rewriting, acme"
    prompt = render(template, Example(0, "When {{ is }} it?"), ())
    assert prompt.text == (
        "Say it in other words. Keep {{names}} and {% marks %}.\n\n"
        "Example 1\nInput: in 1\nOutput: out 1 {{x}}\n\n"
        "Example 2\nInput: in 2\nOutput: out 2 {{x}}\n\n"
        "Example 3\nInput: in 3\nOutput: out 3 {{x}}\n\n"
        "Example 4\nInput: in 4\nOutput: out 4 {{x}}\n\n"
        "Input: When {{ is }} it?\nOutput:"
    )
    assert keys(found) == ["examples", "explanations", "negative"]
    assert found.notes[0].params == {"shown": 4, "left": 2}
    assert "2" in found.notes[0].message("en") and "2" in found.notes[0].message("zh")


def test_a_chinese_task_with_a_closed_set_of_answers() -> None:
    (found,) = instructions(
        Definition="判断评论的态度。",
        Input_language=["Chinese"],
        Instances=labelled("好评", "差_评"),
        **{"Positive Examples": [{"input": "很好", "output": "好评"}], "Negative Examples": []},
    ).templates
    assert (found.template.task, found.template.language) == ("text_classification", "zh")
    assert found.template.label_words == {"好评": "好评", "差_评": "差_评"}
    prompt = render(found.template, Example(0, "不好", "差_评"), ("好评", "差_评"))
    assert prompt.text == (
        "判断评论的态度。\n\n示例 1\n输入：很好\n输出：好评\n\n输入：不好\n输出："
    )
    assert keys(found) == ["closed_set", "examples"]


@pytest.mark.parametrize(
    ("instances", "task"),
    [
        (labelled("yes", "no"), "text_classification"),
        (labelled(*map(str, range(20)), times=2), "text_classification"),
        (labelled("yes", "no", times=9), "generation"),  # too few
        (labelled(*map(str, range(20)), times=1), "generation"),  # none comes again
        (labelled(*map(str, range(21)), times=3), "generation"),  # too many
        (labelled("yes"), "generation"),  # nothing to choose
        (labelled("yes", "no\nno"), "generation"),  # several lines
        ([*labelled("yes", "no"), {"input": "x", "output": ["yes", "no"]}], "generation"),
        ([], "generation"),
    ],
)
def test_few_answers_that_come_again_are_labels(instances: list[Any], task: str) -> None:
    (found,) = instructions(Instances=instances).templates
    assert found.template.task == task


def test_a_definition_in_several_wordings_gives_as_many_templates() -> None:
    imported = instructions(Definition=["Say it.", "Tell it.", " "], Input_language=["Hindi"])
    assert [t.template.name for t in imported.templates] == ["task001-acme", "task001-acme-2"]
    assert [t.template.blocks[0].text for t in imported.templates] == ["Say it.", "Tell it."]
    assert "language" in keys(imported.templates[0])


def test_a_task_that_is_told_stands_or_is_refused() -> None:
    closed = labelled("yes", "no")
    assert instructions("generation", Instances=closed).templates[0].template.task == "generation"
    for task in ("text_classification", "question_answering"):
        (reason,) = instructions(task).refused
        assert (reason.name, reason.reason.key) == ("task001_acme", "importing_task")


def test_instances_are_rows_that_can_be_read_as_data(tmp_path: Path) -> None:
    rows = instances_as_rows(json.dumps(task_file()))
    assert rows == [
        {
            "id": "task1-a",
            "input": "Where is it?",
            "output": "What place?",
            "output_2": "Which place?",
        },
        {"id": "task1-b", "input": "Who?\nAnd why?", "output": "Which person?"},
    ]
    labels = instances_as_rows(json.dumps(task_file(Instances=labelled("yes", "no"))))
    assert labels[1] == {"text": "text 1", "label": "no"}
    closed = json.dumps(task_file(Instances=labelled("yes", "no")))
    assert instances_as_rows(closed, "generation")[1] == {"input": "text 1", "output": "no"}
    for found, task, columns in (
        (rows, "generation", {"input": "input", "output": "output", "output_2": "output_2"}),
        (labels, "text_classification", {"text": "text", "label": "label"}),
    ):
        path = tmp_path / f"{task}.json"
        path.write_text(json.dumps(found), encoding="utf-8")
        spec, guessed, _ = spec_of([(path.name, path)])
        assert (guessed, spec.columns) == (task, columns)


def test_what_is_broken_in_a_task_is_left_out_and_counted() -> None:
    (found,) = instructions(
        Instances=[1, {"input": 3, "output": ["a"]}, {"input": "a", "output": [1]}, {"input": "a"},
                   {"input": "a", "output": "b", "id": 4}],
        Categories="x", Source={}, Input_language=None,
        **{"Positive Examples": ["x", {"input": "a", "output": "b"}], "Negative Examples": 3},
    ).templates  # fmt: skip
    assert keys(found) == ["examples", "unusable"]
    assert found.notes[1].params == {"count": 5}
    assert "Example 1\nInput: a\nOutput: b" in render(found.template, Example(0, "x"), ()).text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "importing_json"),
        ("{", "importing_json"),
        ('{"Definition": "d",\n"Instances": [}', "importing_json"),
        ("[" * 200_000, "importing_json"),
        ('{"Definition": ' + "9" * 5000 + "}", "importing_json"),
        ('{"Definition": "\\ud800", "Instances": []}', "importing_json"),
        ("[1]", "importing_not_instructions"),
        ("{}", "importing_not_instructions"),
        ('{"Definition": "d"}', "importing_not_instructions"),
        ('{"Definition": "d", "Instances": {}}', "importing_not_instructions"),
        ('{"Definition": [1, null, " "], "Instances": []}', "importing_not_instructions"),
        ('{"Definition": {"a": 1}, "Instances": []}', "importing_not_instructions"),
    ],
)
def test_no_task_file_is_refused_with_its_place(text: str, key: str) -> None:
    for reading in (lambda: import_file(text, "super-naturalinstructions", name="t.json"),
                    lambda: instances_as_rows(text, name="t.json")):  # fmt: skip
        with pytest.raises(TemplateError) as caught:
            reading()
        assert caught.value.key == key
        assert caught.value.message("zh").startswith("t.json")


def test_a_task_file_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instruct_ui.templates.importing.natural_instructions.MAX_BYTES", 2**20)
    large = json.dumps(task_file(Instances=[{"input": "x" * 2**20, "output": "y"}]))
    with pytest.raises(TemplateError, match="1 MB"):
        import_file(large, "super-naturalinstructions")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%#ab \n'\"-|") | st.text())
def test_text_of_a_task_is_shown_as_it_is(text: str) -> None:
    blocks = [{"kind": "input", "text": "{{ input }}"}, {"kind": "answer", "text": escaped(text)}]
    template = Template.model_validate({"name": "t", "task": "generation", "blocks": blocks})
    shown = render(template, Example(0, "x"), ()).segments
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(s.text for s in shown if s.kind == "answer") == lines
