"""What people bring by mistake, on the page: a box says it, and what was there is still there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import App
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.models, pytest.mark.browser]
StartApp = Callable[..., App]
OpenPage = Callable[..., Page]

_ROWS = [("where is my parcel", "delivery"), ("give me my money back", "refund")]
_GOOD = "text,label\n" + "".join(
    f"{text} {i},{label}\n" for i in range(30) for text, label in _ROWS
)


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def bring(page: Page, field: str, path: Path) -> None:
    page.locator(f"#{field} input[type=file]").set_input_files(str(path))


def box(page: Page, place: str) -> Locator:
    return page.locator(f"#{place}").get_by_role("alert")


def opened(page: Page, path: Path) -> None:
    bring(page, "data-upload", path)
    expect(page.locator("#data-area")).to_be_visible()
    expect(page).to_have_url(re.compile("project=[0-9a-f]{32}"))


def test_files_that_cannot_serve_are_refused_by_name_and_the_old_data_stays(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    app = start_app(max_upload_mb="1")
    page = open_page(app, "/?lang=en")
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    for path, part in (
        (file(tmp_path, "empty.csv", ""), "at least one row"),
        (file(tmp_path, "header.csv", "text,label\n"), "only a header"),
        (file(tmp_path, "photo.csv", picture), "binary"),
    ):
        bring(page, "data-upload", path)
        expect(box(page, "start-problem")).to_contain_text(path.name)
        expect(box(page, "start-problem")).to_contain_text(part)
    bring(page, "data-upload", file(tmp_path, "large.csv", _GOOD * 800))
    # The limit is Gradio's to keep, before a byte is sent; so the words are Gradio's too.
    expect(page.locator(".toast-body")).to_contain_text(re.compile("exceed.*large.csv", re.S))
    expect(page.locator("#start-cards")).not_to_contain_text("empty")

    opened(page, file(tmp_path, "good.csv", _GOOD))
    page.get_by_role("button", name="Replace").click()
    ragged = file(tmp_path, "ragged.csv", "text,label\na,b\nc,d,e\n")
    bring(page, "data-replace", ragged)
    expect(box(page, "data-problem")).to_contain_text(re.compile(r"ragged\.csv.*line 3"))
    page.reload()
    expect(page.locator("#data-head")).to_contain_text("good.csv")
    expect(page.locator("#data-rows")).to_contain_text("where is my parcel")


def test_data_that_cannot_be_judged_says_why_and_starts_nothing(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    app = start_app()
    page = open_page(app, "/?lang=en")
    for name, rows, part in (
        ("same.csv", [f"text {i},same" for i in range(40)], "every row has the label same"),
        ("ids.csv", [f"text {i},id{i}" for i in range(5000)], "5000 different values"),
    ):
        opened(page, file(tmp_path, name, "\n".join(["text,label", *rows])))
        expect(page.locator("#data-area")).to_contain_text(part)
        page.locator("#step-evaluate").click()
        expect(page.locator("#evaluate-note")).to_contain_text(part)
        expect(page.locator("#evaluate-start")).to_be_hidden()
        page.locator("#step-data").click()
        page.locator("#project-new").click()
        expect(page.locator("#data-upload")).to_be_visible()


def test_a_template_that_cannot_serve_says_so_and_the_kept_version_comes_back(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    app = start_app()
    page = open_page(app, "/?lang=en")
    opened(page, file(tmp_path, "good.csv", _GOOD))
    page.locator("#step-template").click()
    shown = page.locator("#template-preview")
    expect(shown.locator(".seg").first).to_be_visible()
    page.locator("#template-versions summary").click()
    page.get_by_role("button", name="Keep this version").click()
    expect(page.locator(".versions")).to_contain_text(re.compile("ersion 1"))
    text = page.locator("#template-editor .k-input textarea")
    before = text.input_value()
    for typed, part in (
        ("{{ ().__class__ }}", "not allowed"),
        ("{{ 'a' * 10**9 }}", "too much"),
        ("{{ mesage }}", "no field “mesage”"),
        ("{{ text", "Close every {{"),
    ):
        text.fill(typed)
        expect(box(page, "template-preview")).to_contain_text(part)
    expect(page.locator("#template-editor .saved")).to_contain_text("aved")

    page.reload()
    expect(text).to_have_value("{{ text")
    expect(box(page, "template-preview")).to_contain_text("Close every {{")
    page.locator("#step-evaluate").click()
    page.locator("#evaluate-start").click()
    expect(page.locator("#evaluate-area").get_by_role("alert")).to_contain_text("Close every {{")
    expect(page.locator("#evaluate-runs [data-run]")).to_have_count(0)

    page.locator("#step-template").click()
    page.locator("#template-versions summary").click()
    page.get_by_role("button", name="Return to it: version 1").click()
    expect(text).to_have_value(before)
    expect(shown.locator(".seg").first).to_be_visible()
    page.reload()
    expect(text).to_have_value(before)


def test_a_second_fine_tune_waits_for_the_first_and_both_can_be_stopped(
    start_app: StartApp, open_page: OpenPage
) -> None:
    app = start_app()
    page = open_page(app, "/?lang=en")
    page.get_by_role("button", name="Open").first.click()
    page.locator("#step-finetune").click()
    page.get_by_label("Passes over the data").fill("200")
    stops = page.locator("#jobs button[data-job]")
    for jobs in (1, 2):
        page.locator("#finetune-start").click()
        expect(stops).to_have_count(jobs)
    page.reload()
    expect(page.locator("#finetune-live")).to_contain_text(re.compile("waiting", re.I))
    for left in (1, 0):
        stops.last.click()
        expect(stops).to_have_count(left)
    expect(page.locator("#finetune-area").get_by_role("alert")).to_have_count(0)
