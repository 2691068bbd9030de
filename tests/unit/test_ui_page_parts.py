"""The pure parts of the page: who is asked for, in which language, and what HTML shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from instruct_ui.errors import TemplateError
from instruct_ui.texts import LANGUAGES, catalogue
from instruct_ui.ui.preview_html import view_preview
from instruct_ui.ui.session import language_of, owner_of
from instruct_ui.ui.sidebar_view import view_steps
from instruct_ui.ui.start import free_name
from instruct_ui.workbench import PreviewSegment, PreviewView, ProjectView


def _project(**changes: object) -> ProjectView:
    plain = {
        "id": "p1",
        "name": "Mine",
        "task": "text_classification",
        "language": "en",
        "rows": 320,
        "labels": 8,
        "version": 0,
        "edited": False,
        "runs": 0,
        "updated": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return ProjectView(**{**plain, **changes})  # type: ignore[arg-type]


def test_without_demo_everyone_is_local() -> None:
    assert owner_of("f" * 32, demo=False) == "local"


@pytest.mark.parametrize("kept", ["local", "", None, "../x", "F" * 32, ["f" * 32]])
def test_a_demo_browser_never_becomes_local_or_somebody_malformed(kept: object) -> None:
    owner = owner_of(kept, demo=True)
    assert owner not in ("local", kept)
    assert len(owner) == 32


def test_a_demo_browser_keeps_its_id() -> None:
    assert owner_of("a" * 32, demo=True) == "a" * 32


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "expected"),
    [
        ("zh", "en", "en-US", "zh"),
        (None, "zh", "en-US", "zh"),
        (None, "", "zh-CN,zh;q=0.9", "zh"),
        (None, "", "en-US,zh;q=0.5", "en"),
        ("fr", "xx", "", "en"),
    ],
)
def test_the_language_is_asked_then_kept_then_the_browsers(
    asked: str | None, kept: str, accepted: str, expected: str
) -> None:
    assert language_of(asked, kept, accepted) == expected


def test_every_text_of_a_prompt_is_escaped() -> None:
    text = "<img src=x onerror=alert(1)> ${1+1} {{ x }}"
    segment = PreviewSegment("answer", 1, text, 3, True, "")
    html = view_preview(PreviewView(0, 1, (segment,), 3, 10, gold="<b>gold</b>"), "en")
    assert "<img" not in html and "<b>" not in html
    assert "&lt;img src=x onerror=alert(1)&gt; ${1+1} {{ x }}" in html


def test_a_reason_for_skipping_is_said_once_for_neighbours() -> None:
    why = "preview.unread_encoder"
    segments = tuple(PreviewSegment("examples", n, "x", 0, False, why) for n in (1, 2, 3))
    html = view_preview(PreviewView(0, 1, segments, 0, 10), "en")
    assert html.count('class="why"') == 1
    assert html.count("unread") == 3


def test_a_mistake_in_the_template_is_shown_in_words() -> None:
    error = TemplateError("template_invalid", where="t", places="<here>")
    html = view_preview(PreviewView(0, 0, error=error), "en")
    assert "&lt;here&gt;" in html and 'role="alert"' in html


def test_steps_say_what_is_missing() -> None:
    assert "needs data" in view_steps(_project(), False, (), "en")
    html = view_steps(_project(version=4, runs=1), True, (), "en")
    for told in ("320 rows", "v4", "1 run", "needs 2 runs"):
        assert told in html
    assert "needs a run" not in html


def test_before_the_page_is_loaded_the_address_is_left_alone() -> None:
    assert "data-project" not in view_steps(None, False, (), "en")
    assert 'data-project=""' in view_steps(None, False, (), "en", "local")


def test_a_new_project_gets_a_name_of_its_own() -> None:
    taken = [_project(name="Mine"), _project(name="Mine 2")]
    assert free_name("Mine", taken) == "Mine 3"
    assert free_name("Other", taken) == "Other"


def test_the_rooms_of_the_page_speak_both_languages() -> None:
    rooms = ("shell.", "start.", "datatab.", "template.")
    for key, entry in catalogue().items():
        if key.startswith(rooms):
            assert set(entry) == set(LANGUAGES) and all(entry.values()), key
