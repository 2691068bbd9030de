"""The Template step in a browser: versions, differences, A and B, pickers, checks, files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import App
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.models, pytest.mark.browser]
StartApp = Callable[..., App]
OpenPage = Callable[..., Page]


def opened(page: Page, sample: str) -> None:
    page.locator(f"[data-event=open_sample][data-value={sample}]").click()
    expect(page.locator("#data-area")).to_be_visible()
    page.locator("#step-template").click()
    expect(page.locator("#template-preview .seg").first).to_be_visible()


def typed(page: Page, kind: str, text: str) -> None:
    """A block's text, and that it was saved."""
    page.locator(f".blk.k-{kind} textarea").first.fill(text)
    expect(page.locator(".saved")).to_contain_text("Saved")


def finished(page: Page, runs: int) -> None:
    expect(page.locator("#evaluate-runs [data-run]")).to_have_count(runs, timeout=600_000)


def test_a_pair_is_made_read_compared_and_returned_from(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(start_app(), "/?lang=en")
    opened(page, "question_pairs")
    first = page.locator(".blk.k-input textarea").input_value()

    page.locator("#template-versions summary").click()
    page.get_by_label("Note").fill("as it came")
    page.get_by_role("button", name="Keep this version").click()
    expect(page.locator(".versions")).to_contain_text("as it came")
    typed(page, "input", "{{ text }}")
    expect(page.locator(".since")).to_contain_text("Only the input form differs.")
    page.get_by_role("button", name="What differs: version 1").click()
    expect(page.locator(".diff-block")).to_contain_text("text_2")

    page.get_by_role("button", name="Test both versions").click()
    expect(page.locator("#evaluate-versions")).to_contain_text("version 1")
    expect(page.locator("#evaluate-versions")).to_contain_text("version 2")
    page.locator("#evaluate-start").click()
    finished(page, 2)
    page.locator("#step-compare").click()
    expect(page.locator("#compare-runs")).to_contain_text("v1")
    expect(page.locator("#compare-runs")).to_contain_text("v2")
    expect(page.locator("#compare-verdict")).to_contain_text(re.compile("accuracy"))

    page.locator("#step-template").click()
    page.get_by_role("button", name="Return to it: version 1").click()
    expect(page.locator(".blk.k-input textarea")).to_have_value(first)
    page.reload()
    expect(page.locator(".blk.k-input textarea")).to_have_value(first)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".blk.k-input textarea")).to_have_value("{{ text }}")

    page.locator("#template-files summary").click()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Save as YAML").click()
    saved = tmp_path / "mine.yaml"
    kept.value.save_as(saved)
    plain = yaml.safe_load(saved.read_text(encoding="utf-8"))
    plain["blocks"][0]["text"] = "Do both ask the same?"
    saved.write_text(yaml.safe_dump(plain), encoding="utf-8")
    page.get_by_label("Open a template file").set_input_files(str(saved))
    page.locator(".brought").get_by_role("button").click()
    expect(page.locator(".blk.k-instruction textarea")).to_have_value("Do both ask the same?")
    page.get_by_label("Open a template file").set_input_files(
        {"name": "bad.yaml", "mimeType": "text/yaml", "buffer": b"name: [1"}
    )
    expect(page.locator(".brought")).to_contain_text("bad.yaml")


def test_a_picker_is_changed_and_a_broken_constraint_found_in_the_report(
    start_app: StartApp, open_page: OpenPage
) -> None:
    page = open_page(start_app(), "/?lang=en")
    opened(page, "summaries")
    preview = page.locator("#template-preview")
    expect(preview.locator(".k-examples .why")).to_contain_text("random")
    page.locator(".blk.k-examples select").select_option("nearest")
    expect(preview.locator(".k-examples .why")).to_contain_text("nearest: likeness")
    near = preview.locator(".k-examples .why").inner_text()
    page.get_by_role("button", name="Next row").click()
    expect(preview.locator(".k-examples .why")).not_to_have_text(near)

    area = page.locator(".blk.k-input textarea")
    area.press("End")
    area.press_sequentially(" {{ki")
    page.keyboard.press("Enter")
    expect(area).to_have_value(re.compile(r"\{\{ ?kind \}\}$"))

    page.get_by_role("button", name="+ Constraint").click()
    last = page.locator(".blk.k-constraint").last
    last.locator("textarea").fill("Three words at most.")
    last.get_by_label("Check").select_option("words")
    last.get_by_label("At most").fill("3")
    expect(page.locator(".saved")).to_contain_text("Saved")
    page.locator("#step-evaluate").click()
    page.locator("#evaluate-start").click()
    finished(page, 1)
    page.locator("#step-compare").click()
    line = page.locator("#compare-constraints tr").filter(has_text="Three words at most.")
    expect(line).to_contain_text("0 / 16")
