"""New rows by keyboard: asked for, looked at, changed, added to train, taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import App
from playwright.sync_api import Locator, Page, expect

from instruct_ui.settings import settings
from instruct_ui.storage.records import LOCAL_OWNER, JobState
from instruct_ui.storage.store import open_store
from instruct_ui.workbench.making import MAKE

pytestmark = [pytest.mark.models, pytest.mark.browser]
StartApp = Callable[..., App]
OpenPage = Callable[..., Page]
TEXTS = (
    "Who pays when the courier drops my lamp?",
    "Send the money for the green garden chair to my new card.",
    "refund refund refund refund refund refund refund",
)
# Like nothing in the sample, and with marks that must stay text.
MENDED = "The <b>purple</b> teapot ${1+1} left Gdansk on Tuesday, when does it get here?"


def train_rows(page: Page) -> int:
    told = page.locator("#data-figures .split .train").inner_text()
    return int(re.sub(r"\D", "", told))


def write(texts: Sequence[str]) -> None:
    """Leaves a job in the only project as the worker would have: a model takes a minute for it."""
    store = open_store(settings().database_url, settings().home)
    (project,) = store.list_projects(LOCAL_OWNER)
    payload = {
        "model": "smollm2",
        "title": "SmolLM2 135M Instruct",
        "task": "text_classification",
        "instruction": "",
        "asked": [{"given": "refund", "gold": ["refund"]} for _ in texts],
        "prompts": [[["input", 1, "Label: refund\n", 2]] for _ in texts],
    }
    job = store.add_job(LOCAL_OWNER, project.id, "nobody", MAKE, payload)
    store.claim_next("nobody", 60)
    store.set_state(job, JobState.DONE, result={"texts": [[text, True] for text in texts]})


def press(page: Page, button: Locator) -> None:
    button.focus()
    page.keyboard.press("Enter")


def test_rows_are_looked_at_added_and_asked_for_by_keyboard(
    start_app: StartApp, open_page: OpenPage
) -> None:
    page = open_page(start_app(), "/?lang=en")
    page.locator("[data-event=open_sample][data-value=support_intents]").click()
    expect(page.locator("#data-figures .split .train")).to_be_visible()
    before = train_rows(page)

    write(TEXTS)
    page.reload()
    # What is there to look at is not folded away.
    rows = page.locator("#making-review li[data-number]")
    expect(rows).to_have_count(2)
    expect(page.locator("#making-review .made-failed")).to_contain_text("Failed the checks: 1")

    # Nothing is taken before somebody ticked it; what was typed stays when the list is drawn anew.
    add = page.locator("#making-review button[data-act=add]")
    expect(add).to_be_disabled()
    rows.first.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(add).to_have_text("Add 1 row to train")
    rows.first.get_by_role("textbox").fill(MENDED)
    rows.first.get_by_role("combobox").select_option("delivery")
    rows.first.get_by_text("What the model read").click()
    expect(rows.first.locator("p.mono")).to_contain_text("Label: refund")
    rules: Any = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"], "resultTypes": ["violations"]}
    found = Axe().run(page, context="#making", options=rules).response["violations"]
    assert not found, [(broken["id"], broken["nodes"]) for broken in found]
    page.locator("#language").get_by_text("中文").click()
    expect(add).to_have_text("将 1 条加入训练集")
    expect(rows.first.get_by_role("textbox")).to_have_value(MENDED)
    page.locator("#language").get_by_text("English").click()
    expect(add).to_have_text("Add 1 row to train")

    press(page, add)
    expect(page.locator("#making-outcome")).to_contain_text("Added to train: 1")
    expect(page.locator("#data-figures .split .train")).to_contain_text(f"{before + 1}")
    page.locator("#data-rows select").select_option("train")
    page.get_by_role("button", name="Last page").click()
    last = page.locator("#data-rows tbody tr").last
    expect(last).to_contain_text(MENDED)
    expect(last).to_contain_text("made")

    page.reload()
    expect(page.locator("#making-review")).to_contain_text("Made rows in train: 1")
    page.get_by_role("button", name="Take all made rows out of train").click()
    expect(page.locator("#data-figures .split .train")).to_contain_text(f"train {before}")
    page.locator("[data-repair=drop_rows]").get_by_role("button").click()
    expect(page.locator("#data-figures .split .train")).to_contain_text(f"{before + 1}")

    expect(page.get_by_label("Model that writes")).to_have_value(re.compile("SmolLM2"))
    page.locator("#making-count input").fill("1")
    told = page.get_by_label("What the model is told")
    expect(told).to_have_value(re.compile("^Each text belongs to the label above it"))
    told.fill("Each text is a ticket. Write one more for the {{ last label.")
    start = page.locator("#making-start")
    expect(start).to_be_enabled()
    press(page, start)
    expect(page.locator("#making-problem")).to_contain_text("Block 1 (instruction)")
    told.fill("Each text is a ticket. Write one more for the last label.")
    press(page, start)
    expect(page.locator("#making-jobs")).to_contain_text("Making rows")
    expect(page.locator("#making-problem")).not_to_contain_text("Block 1")
    press(page, page.locator("#making-jobs").get_by_role("button", name="Stop"))
    expect(page.locator("#making-jobs")).not_to_contain_text("Making rows")
    expect(page.locator("#making-review")).to_contain_text("Made rows in train: 1")
