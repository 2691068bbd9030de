"""Templates, rows and examples become prompts; what cannot is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.templates.library import resolve
from instruct_ui.templates.prompt import continuation
from instruct_ui.templates.render import Rendering, describe, render, variables
from instruct_ui.templates.template import Block, Template, parse

LABELS = ("bad", "very_good")
ROW = Example(7, "A fine film.", "very_good", fields={"shop": "Oslo", "score": "4"})
SHOTS = (Example(1, "Dull.", "bad"), Example(2, "Loved it.", "very_good"))


def template(*blocks: tuple[str, str], **more: object) -> Template:
    plain = [{"kind": kind, "text": text} for kind, text in blocks]
    return parse({"name": "t", "task": "text_classification", "blocks": plain, **more}, "t")


def parse_block(text: str) -> Block:
    return Block(kind="input", text=text)


FULL = template(
    ("instruction", "Judge the film."),
    ("constraint", "One of {{ labels | join(', ') }}."),
    ("constraint", ""),
    ("constraint", "No more."),
    ("examples", "{{ text }}\nSo: {{ label }}"),
    ("input", "{{ text }}"),
    ("answer", "So:"),
)


def test_segments_joined_are_the_prompt() -> None:
    prompt = render(FULL, ROW, LABELS, SHOTS)
    assert prompt.text == (
        "Judge the film.\n\nOne of bad, very good.\n\nNo more.\n\nDull.\nSo: bad\n\n"
        "Loved it.\nSo: very good\n\nA fine film.\nSo:"
    )
    assert "".join(s.text for s in prompt.segments) == prompt.text
    assert prompt.question + "\n" + prompt.answer_start == prompt.text


def test_an_empty_block_is_left_out_and_the_others_keep_their_numbers() -> None:
    """The third constraint of the template is the third in the preview too."""
    segments = render(FULL, ROW, LABELS, SHOTS).segments
    assert [(s.kind, s.number, s.block) for s in segments] == [
        ("instruction", 1, 0),
        ("constraint", 1, 1),
        ("constraint", 3, 3),
        ("examples", 1, 4),
        ("examples", 2, 4),
        ("input", 1, 5),
        ("answer", 1, 6),
    ]


def test_without_shots_no_example_stands_in_the_prompt() -> None:
    assert "examples" not in {s.kind for s in render(FULL, ROW, LABELS).segments}


def test_an_encoder_reads_the_input_and_the_instruction_only_if_asked() -> None:
    prompt = render(FULL, ROW, LABELS, SHOTS)
    assert prompt.encoder_text(with_instruction=False) == "A fine film."
    assert prompt.encoder_text(with_instruction=True) == "Judge the film.\nA fine film."


def test_other_columns_by_name_and_by_row() -> None:
    text = "{{ text }} {{ shop }} {{ row['score'] }}"
    assert render(template(("input", text)), ROW, LABELS).text == "A fine film. Oslo 4"
    assert variables("text_classification", ROW) == ("text", "shop", "score", "labels")


def test_the_first_column_has_the_name_of_its_role_too() -> None:
    row = Example(0, "Ada was born in London.", fields={"question": "Where?"}, gold=("London",))
    asked = parse(
        {
            "name": "t",
            "task": "question_answering",
            "blocks": [
                {"kind": "examples", "text": "{{ passage }} {{ question }} {{ answer }}"},
                {"kind": "input", "text": "{{ passage }} {{ question }}"},
            ],
        },
        "t",
    )
    assert variables("question_answering", row) == ("passage", "question", "text", "labels")
    assert render(asked, row, (), (row,)).text == (
        "Ada was born in London. Where? London\n\nAda was born in London. Where?"
    )
    asking = asked.model_copy(update={"blocks": (parse_block("{{ answers }}"),)})
    with pytest.raises(TemplateError) as caught:
        render(asking, row, ())
    assert caught.value.key == "template_gold"


@pytest.mark.parametrize("name", ["label", "tags", "entities", "answer"])
def test_gold_is_refused_outside_the_examples(name: str) -> None:
    row = Example(0, "a", "bad", fields={name: "hidden"})
    with pytest.raises(TemplateError) as caught:
        render(
            template(("input", "{{ text }}"), ("answer", f"It is {{{{ {name} }}}}")), row, LABELS
        )
    assert caught.value.key == "template_gold"
    assert caught.value.params == {"block": 2, "kind": "answer", "name": name}


def test_gold_does_not_come_by_way_of_the_row() -> None:
    row = Example(0, "a", "bad", fields={"label": "hidden"})
    with pytest.raises(TemplateError) as caught:
        render(template(("input", "{{ row['label'] }}")), row, LABELS)
    assert caught.value.key == "template_gold"


@pytest.mark.parametrize("text", ["{{ txet }}", "{{ row['txet'] }}", "{{ text.txet }}"])
def test_an_unknown_field_is_answered_with_the_known_ones(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template(("input", text)), ROW, LABELS)
    assert caught.value.key == "template_unknown_field"
    assert caught.value.params["name"] == "txet"
    for known in ("text", "labels", "shop", "score"):
        assert known in caught.value.message("en") and known in caught.value.message("zh")


@pytest.mark.parametrize(
    "text", ["one\n{{ text", "one\n{% if text %}two{% endfor %}", "one\n{{ text }} {% bogus %}"]
)
def test_broken_jinja_names_block_and_line(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template(("instruction", "Read."), ("input", text)), ROW, LABELS)
    assert caught.value.key == "template_syntax"
    assert caught.value.params["block"] == 2 and caught.value.params["line"] == 2
    assert "line 2" in caught.value.message("en")


@pytest.mark.parametrize(
    "text",
    ["{{ ().__class__ }}", "{{ text.format.__globals__ }}", "{{ labels.append('more') }}"],
)
def test_reaching_out_of_the_sandbox_is_refused(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template(("input", text)), ROW, LABELS)
    assert caught.value.key == "template_unsafe"


def test_too_much_text_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        render(template(("input", "{{ text * 50000 }}")), ROW, LABELS)
    assert caught.value.key == "template_too_much"


def test_many_rows_read_as_each_would_alone() -> None:
    """What is filled in once for all of them is what it would be for each."""
    mixed = template(
        ("instruction", "Judge.\r\nBe short."),
        ("constraint", "{% if row['score'] == '4' %}Long.{% endif %}"),
        ("examples", "{{ text }}\nSo: {{ label }}"),
        ("input", "{{ text }}"),
        ("answer", "So:"),
    )
    rows = [ROW, Example(8, "", fields={"score": "1"}), Example(9, "x\n", fields={"score": "4"})]
    rendering = Rendering(mixed, LABELS, SHOTS)
    prompts = [rendering.prompt(row) for row in rows]
    assert prompts == [render(mixed, row, LABELS, SHOTS) for row in rows]
    shots = "Dull.\nSo: bad\n\nLoved it.\nSo: very good"
    assert [p.text for p in prompts] == [
        f"Judge.\nBe short.\n\nLong.\n\n{shots}\n\nA fine film.\nSo:",
        f"Judge.\nBe short.\n\n{shots}\nSo:",
        f"Judge.\nBe short.\n\nLong.\n\n{shots}\n\nx\nSo:",
    ]


def test_the_watcher_hears_of_a_block_before_it_renders() -> None:
    heard: list[int] = []
    with pytest.raises(TemplateError):
        render(
            template(("instruction", "a"), ("input", "{{ 1 / 0 }}")), ROW, LABELS, (), heard.append
        )
    assert heard == [0, 1]


@settings(max_examples=200, deadline=None)
@given(text=st.text(), label=st.text(min_size=1))
def test_any_text_renders_and_survives(text: str, label: str) -> None:
    """Jinja in the data is data: it is shown, never run. Only line ends at its end may go."""
    row, shot = Example(0, text), Example(1, text, label)
    prompt = render(FULL, row, (label,), (shot,))
    assert prompt.text.count(text.rstrip("\n")) >= 2
    assert "".join(s.text for s in prompt.segments) == prompt.text
    assert prompt.text.endswith("\nSo:")


@settings(max_examples=100, deadline=None)
@given(inner=st.sampled_from(["{{ label }}", "{% for a in b %}", "{# x", "{{", "}}", "${x}"]))
def test_template_marks_in_a_text_are_kept(inner: str) -> None:
    assert render(template(("input", "{{ text }}")), Example(0, inner), LABELS).text == inner


def test_label_words_stand_for_labels_in_prompt_answer_and_description() -> None:
    worded = template(
        ("constraint", "{{ labels | join('/') }}"),
        ("input", "{{ text }}"),
        label_words={"bad": "poor"},
        label_description="It is {{ label }}.",
    )
    assert render(worded, ROW, LABELS).segments[0].text == "poor/very good\n\n"
    assert describe(worded, LABELS) == ("It is poor.", "It is very good.")


@pytest.mark.parametrize(
    ("before", "word", "expected"),
    [
        ("So:", "bad", " bad"),
        ("态度：", "负面", "负面"),
        ("态度:", "负面", "负面"),
        ("<|im_start|>assistant\n", "bad", "bad"),
        ("", "bad", "bad"),
    ],
)
def test_an_answer_continues_the_prompt_as_a_person_would_write_it(
    before: str, word: str, expected: str
) -> None:
    assert continuation(before, word) == expected


@pytest.mark.parametrize(
    "kinds",
    [("instruction",), ("input", "input"), ("input", "answer", "constraint"), ("input", "banner")],
)
def test_blocks_that_make_no_prompt_are_refused(kinds: tuple[str, ...]) -> None:
    with pytest.raises(TemplateError) as caught:
        template(*((kind, "x") for kind in kinds))
    assert caught.value.key == "template_invalid"


def test_a_template_comes_back_from_its_yaml(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(FULL.to_yaml(), encoding="utf-8")
    assert resolve(str(path)) == FULL
    assert resolve(str(path)).sha256 == FULL.sha256


def test_an_unknown_template_is_answered_with_a_near_name() -> None:
    with pytest.raises(TemplateError, match="sentiment"):
        resolve("sentimnet")
