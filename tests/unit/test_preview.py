"""The preview process renders, counts, refuses what asks too much, and comes back."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.preview.client import SECONDS, Preview
from instruct_ui.templates.template import Template, parse

ROW = Example(3, "hello there", "greeting", fields={"channel": "chat"})


def template(text: str) -> Template:
    blocks = [
        {"kind": "instruction", "text": "Say what it is."},
        {"kind": "input", "text": text},
        {"kind": "answer", "text": "It is:"},
    ]
    return parse({"name": "t", "task": "text_classification", "blocks": blocks}, "t")


def test_the_prompt_names_its_blocks_and_leaves_the_gold_out(preview: Preview) -> None:
    parts, _ = preview.preview(template("Text: {{ text }}"), ROW, ["greeting", "other"], [], None)
    assert [p.kind for p in parts] == ["instruction", "input", "answer"]
    assert "".join(p.text for p in parts) == "Say what it is.\n\nText: hello there\nIt is:"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{{ ().__class__ }}", "template_unsafe"),
        ("{{ text.__init__.__globals__ }}", "template_unsafe"),
        ("{{ text.format.__globals__ }}", "template_unsafe"),
        ("{{ '{0.__class__}'.format(text) }}", "template_unsafe"),
        ("{{ 'a' * 10**9 }}", "template_too_much"),
        ("{{ '%999999999d' | format(1) }}", "template_too_much"),
        (
            "{% for a in range(99999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "template_too_much",
        ),
        ("{{ label }}", "template_gold"),
        ("{{ chanel }}", "template_unknown_field"),
        ("{{ text ", "template_syntax"),
        ("{{ 1 / 0 }}", "template_failed"),
    ],
)
def test_a_hostile_or_broken_template_is_refused_and_the_next_one_renders(
    preview: Preview, text: str, key: str
) -> None:
    start = time.monotonic()
    with pytest.raises(TemplateError) as caught:
        preview.preview(template(text), ROW, ["greeting", "other"], [], None)
    assert caught.value.key == key
    assert caught.value.params["block"] == 2
    assert time.monotonic() - start < 15
    parts, _ = preview.preview(template("{{ text }}"), ROW, ["greeting", "other"], [], None)
    assert parts[1].text.strip() == "hello there"


def test_a_process_that_hardly_gets_to_work_is_waited_for(preview: Preview) -> None:
    """A stopped process stands for a machine so busy that a plain template takes seconds."""
    preview.preview(template("{{ text }}"), ROW, ["greeting"], [], None)
    process = preview._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    timer = threading.Timer(2 * SECONDS, process.send_signal, [signal.SIGCONT])
    timer.start()
    parts, _ = preview.preview(template("{{ text }}"), ROW, ["greeting"], [], None)
    timer.join()
    assert parts[1].text.strip() == "hello there"
    assert preview._process is process, "not ended and started anew"
