"""What differs between two templates: which block became which, word by word, in one sentence."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruct_ui.spec import Picker
from instruct_ui.templates.diff import BlockChange, TemplateDiff, diff
from instruct_ui.templates.template import Template, parse
from instruct_ui.templates.word_diff import likeness, pieces
from instruct_ui.texts import LANGUAGES

BLOCKS: list[dict[str, Any]] = [
    {"kind": "instruction", "text": "Read the message and say what the customer wants."},
    {"kind": "constraint", "text": 'Choose one of these: {{ labels | join(", ") }}.'},
    {"kind": "constraint", "text": "Judge the overall impression, not a single remark."},
    {"kind": "examples", "text": "{{ text }}\nIntent: {{ answer }}", "shots": 4},
    {"kind": "input", "text": "{{ text }}"},
    {"kind": "answer", "text": "Intent:"},
]
LONGER = {"kind": "constraint", "text": "Answer with nothing but the name of the label."}


def made(blocks: list[dict[str, Any]], **more: Any) -> Template:
    plain = {"name": "t", "task": "text_classification", "blocks": blocks}
    return parse(plain | more, "t")


def changed(at: int, **changes: Any) -> list[dict[str, Any]]:
    return [block | changes if i == at else block for i, block in enumerate(BLOCKS)]


def between(blocks: list[dict[str, Any]], **more: Any) -> TemplateDiff:
    return diff(made(BLOCKS), made(blocks, **more))


def told(found: TemplateDiff) -> list[tuple[str, str, int]]:
    return [(b.what, b.kind, b.number) for b in found.changed]


def marked(block: BlockChange) -> str:
    signs = {"equal": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(signs[piece.what].format(piece.text) for piece in block.pieces)


def test_a_template_and_itself_under_another_name_are_the_same() -> None:
    found = between(BLOCKS, name="other", description="d", when="w")
    assert (found.changed_blocks, found.settings) == (0, ())
    assert [b.what for b in found.blocks] == ["same"] * 6
    assert found.sentence("en") == "Nothing differs."


def test_one_changed_constraint_is_named_as_the_preview_numbers_it() -> None:
    found = between(changed(2, text="Judge the last sentence, not a single remark."))
    assert told(found) == [("changed", "constraint", 2)]
    assert marked(found.changed[0]) == (
        "Judge the [-overall impression-]{+last sentence+}, not a single remark."
    )
    assert found.sentence("en") == "Only constraint 2 differs."
    assert found.sentence("zh") == "只有“约束 2”不同。"


def test_several_changed_blocks_stand_in_reading_order() -> None:
    blocks = changed(0, text="Find the topic.")
    blocks[3] = blocks[3] | {"shots": 8}
    blocks[5] = {"kind": "answer", "text": "Topic:"}
    found = between(blocks)
    assert found.sentence("en") == "3 blocks differ: instruction, examples, answer form."
    assert found.sentence("zh") == "有 3 个块不同：指令、示例、答案。"
    assert told(found)[0] == ("changed", "instruction", 1), "wholly new words, but its place"


def test_a_moved_block_is_neither_removed_nor_added() -> None:
    blocks = [*BLOCKS[:2], BLOCKS[3], BLOCKS[2], *BLOCKS[4:]]
    found = between(blocks)
    assert [b.what for b in found.changed] == ["moved"]
    assert found.changed[0].before == found.changed[0].after
    first_last = [BLOCKS[1], BLOCKS[2], BLOCKS[0], *BLOCKS[3:]]
    assert told(between(first_last)) == [("moved", "instruction", 1)]
    assert between(first_last).sentence("en") == "Only the instruction was moved."


def test_a_block_that_moved_and_changed_is_both() -> None:
    text = "Read the message carefully and say what the customer wants."
    found = between([*BLOCKS[1:3], {"kind": "instruction", "text": text}, *BLOCKS[3:]])
    (block,) = found.changed
    assert (block.what, block.moved) == ("changed", True)
    assert marked(block) == "Read the message {+carefully +}and say what the customer wants."


def test_a_constraint_put_first_shifts_no_other() -> None:
    found = between([BLOCKS[0], LONGER, *BLOCKS[1:]])
    assert told(found) == [("added", "constraint", 1)]
    assert found.sentence("en") == "Only constraint 1 was added."
    assert found.changed[0].before == "" and found.changed[0].after == LONGER["text"]


def test_a_removed_block_has_its_old_number_and_stands_where_it_stood() -> None:
    found = between([*BLOCKS[:1], *BLOCKS[2:]])
    assert told(found) == [("removed", "constraint", 1)]
    assert [b.what for b in found.blocks].index("removed") == 1
    assert found.sentence("en") == "Only constraint 1 was removed."
    both = between(BLOCKS[3:])
    assert told(both) == [
        ("removed", "instruction", 1),
        ("removed", "constraint", 1),
        ("removed", "constraint", 2),
    ]
    assert both.sentence("en") == (
        "3 blocks differ: instruction (removed), constraint 1 (removed), constraint 2 (removed)."
    )


def test_likeness_decides_before_place() -> None:
    reworded = BLOCKS[1] | {"text": 'Choose exactly one of these: {{ labels | join(", ") }}.'}
    found = between([BLOCKS[0], LONGER, reworded, *BLOCKS[3:]])
    by_number = {(b.number, b.what): b for b in found.changed if b.kind == "constraint"}
    assert by_number[2, "changed"].before == BLOCKS[1]["text"]
    assert (1, "added") in by_number or (1, "changed") in by_number
    assert by_number[2, "changed"].after == reworded["text"]


def test_settings_of_blocks_are_lines_of_their_own() -> None:
    blocks = changed(3, shots=8, picker="fixed", seed=3, rows=[1, 2])
    check = {"kind": "words", "at_most": 5}
    blocks[2] = blocks[2] | {"check": check, "enforced": True}
    found = between(blocks)
    constraint, examples = found.changed
    assert constraint.before == constraint.after
    assert [s.line("en") for s in constraint.settings] == [
        "check: – → words, at_least: 0, at_most: 5",
        "enforced: no → yes",
    ]
    assert [s.line("en") for s in examples.settings] == [
        "shots: 4 → 8",
        "picked: balanced over labels → fixed rows",
        "seed: 0 → 3",
        "training rows, from 0: – → 1, 2",
    ]


def test_an_added_constraint_shows_its_check() -> None:
    found = between([*BLOCKS[:3], LONGER | {"check": {"kind": "label"}}, *BLOCKS[3:]])
    assert [s.line("en") for s in found.changed[0].settings] == ["check: – → label"]


def test_settings_that_a_block_has_no_use_for_do_not_count() -> None:
    assert between(changed(0, shots=9, check={"kind": "label"})).changed_blocks == 0


@pytest.mark.parametrize("picker", Picker.__args__)  # type: ignore[attr-defined]
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picker_has_a_name(picker: str, language: Any) -> None:
    found = diff(made(changed(3, picker=picker)), made(BLOCKS[:3] + BLOCKS[4:]))
    assert any(picker not in s.line(language) for s in found.changed[0].settings)


def test_what_stands_outside_of_the_blocks() -> None:
    found = between(
        BLOCKS,
        language="zh",
        label_words={"pos": "good", "a_b": "a b"},
        none="nothing",
        label_description="It is {{ label }}.",
        encoder_reads_instruction=True,
    )
    assert [s.line("en") for s in found.settings] == [
        "language: en → zh",
        "label description: {{ label }} → It is {{ label }}.",
        "the encoder reads the instruction: no → yes",
        "word for “nothing”: none → nothing",
        "label words, pos: pos → good",
    ]
    assert found.sentence("en").startswith("The blocks are the same; these settings differ: lang")
    assert between(BLOCKS, none="none").settings == (), "it is the word there is anyway"
    other_task = diff(made(BLOCKS), made(BLOCKS, task="multi_label"))
    assert [s.name for s in other_task.settings] == ["task"]


def test_a_sentence_about_one_block_never_hides_a_setting() -> None:
    found = between(changed(2, text="Judge all of it."), label_words={"a": "b", "c": "d"})
    assert found.sentence("en") == (
        "1 block differs: constraint 2. These settings differ too: label words."
    )
    assert found.sentence("zh") == "有 1 个块不同：约束 2。以下设置也不同：标签用词。"


def test_chinese_is_told_apart_by_character_and_jinja_stays_whole() -> None:
    signs = {"equal": "{}", "removed": "[{}]", "added": "<{}>"}
    told = "".join(
        signs[p.what].format(p.text) for p in pieces("判断态度是好是坏", "判断情感是好是坏")
    )
    assert told == "判断[态度]<情感>是好是坏"
    found = pieces("One of {{ labels }}.", "One of {{ label }}.")
    assert [p.text for p in found if p.what != "equal"] == ["{{ labels }}", "{{ label }}"]


def test_blanks_between_two_new_words_are_part_of_one_change() -> None:
    found = pieces("say one two now", "say three four now")
    assert [(p.what, p.text) for p in found] == [
        ("equal", "say "),
        ("removed", "one two"),
        ("added", "three four"),
        ("equal", " now"),
    ]


def test_a_text_written_anew_is_not_cut_up_for_a_word_in_common() -> None:
    before, after = "Choose one of these labels.", "Where two topics touch, take the longer one."
    assert [(p.what, p.text) for p in pieces(before, after)] == [
        ("removed", before),
        ("added", after),
    ]


TEXTS = st.text(st.sampled_from("ab \n.{}%好坏\u0301'"), max_size=30)


@given(TEXTS, TEXTS)
def test_pieces_join_to_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(p.text for p in found if p.what != "added") == before
    assert "".join(p.text for p in found if p.what != "removed") == after
    assert all(p.text for p in found)
    assert all(a.what != b.what for a, b in pairwise(found))


KINDS = st.sampled_from(["instruction", "constraint"])
SOME = st.lists(st.tuples(KINDS, st.sampled_from(["a b", "a c", "d", "好"])), max_size=6)


@settings(max_examples=60)
@given(SOME, SOME)
def test_every_block_of_both_stands_in_it_once_and_in_order(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    old, new = (
        made([{"kind": k, "text": t} for k, t in some] + [{"kind": "input", "text": "x"}])
        for some in (one, other)
    )
    found = diff(old, new)
    assert [(b.kind, b.after) for b in found.blocks if b.what != "removed"] == [
        (b.kind, b.text) for b in new.blocks
    ]
    assert sorted((b.kind, b.before) for b in found.blocks if b.what != "added") == sorted(
        (b.kind, b.text) for b in old.blocks
    )
    assert all(found.sentence(language) for language in LANGUAGES)
    if sorted(one) == sorted(other):
        assert {b.what for b in found.blocks} <= {"same", "moved"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("的 " * 60_000, "的 了 " * 40_000),
        ("的了是" * 660, "了的是好" * 495),
        ("的了是" * 180, "了的是好" * 135),
        ("".join(map(chr, range(0x4E00, 0x9000))), "".join(map(chr, range(0x9000, 0x4E00, -1)))),
        ("a\n" * 3_000, "b\na\n" * 2_500),
        ("{{" * 100_000, "{%" * 100_000),
    ],
    ids=["long", "few characters", "fewer of them", "all different", "lines", "open braces"],
)
def test_long_texts_do_not_keep_anybody_waiting(before: str, after: str) -> None:
    start = time.monotonic()
    found = pieces(before, after)
    likeness(before, after)
    assert time.monotonic() - start < 5
    assert "".join(p.text for p in found if p.what != "added") == before


def test_many_blocks_do_not_either() -> None:
    some = [{"kind": "constraint", "text": f"rule {i} says {i * 7}"} for i in range(400)]
    other = [{"kind": "constraint", "text": f"law {i} wants {i * 7}"} for i in range(400)]
    last = [{"kind": "input", "text": "x"}]
    start = time.monotonic()
    found = diff(made(some + last), made(other + last))
    assert time.monotonic() - start < 5
    assert found.changed_blocks == 400
