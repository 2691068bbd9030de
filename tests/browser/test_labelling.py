"""Labelling by keyboard alone: twenty texts to a first evaluation and a run; an entity marked."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import App
from playwright.sync_api import Locator, Page, expect

from instruct_ui.data.samples import sample_named

pytestmark = [pytest.mark.models, pytest.mark.browser]
StartApp = Callable[..., App]
OpenPage = Callable[..., Page]
LABELS = ("cancel", "delivery", "refund")
# From the key until the next text stands there.
_UNTIL_NEXT = """(key) => new Promise((resolve) => {
  const text = document.querySelector('.text-to-label'), before = text.textContent;
  const start = performance.now();
  const look = () => (text.textContent === before
    ? requestAnimationFrame(look) : resolve(performance.now() - start));
  text.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  look();
})"""
_FOCUS = "() => document.activeElement.classList.contains('text-to-label')"


def messages() -> dict[str, str]:
    """Texts of three labels of the sample, each with its label."""
    sample = sample_named("support_intents").path.read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(sample.splitlines()) if row["intent"] in LABELS]
    return {row["message"]: row["intent"] for row in rows[:60]}


def upload(page: Page, path: Path, texts: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["message"], *([text] for text in texts)])
    page.locator("#data-upload input[type=file]").set_input_files(str(path))


def name_labels(page: Page, field: str, names: tuple[str, ...]) -> None:
    """Each by Enter in the same field; then on to the button that starts, which is next but one."""
    page.get_by_label(field).focus()
    for count, name in enumerate(names, start=1):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".name-list input")).to_have_count(count)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start labelling")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function(_FOCUS)


def done(page: Page, count: int) -> Locator:
    side = page.locator(".label-side")
    expect(side).to_contain_text(f"{count} labelled")
    return side


def test_twenty_texts_by_keyboard_to_an_evaluation_and_a_run(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    gold = messages()
    app = start_app()
    page = open_page(app, "/?lang=en")
    upload(page, tmp_path / "messages.csv", list(gold))
    name_labels(page, "New label", LABELS)
    text = page.locator(".text-to-label")

    def key() -> str:
        return str(LABELS.index(gold[text.inner_text()]) + 1)

    waits = []
    for _ in range(3):
        waits.append(page.evaluate(_UNTIL_NEXT, key()))
    side = done(page, 3)
    # One back, as it was; the note takes letters and digits as letters and digits.
    page.keyboard.press("u")
    expect(page.locator(".said-by")).to_contain_text("You said")
    done(page, 2)
    page.keyboard.press("n")
    page.keyboard.type("us 123")
    expect(page.get_by_label("Note")).to_have_value("us 123")
    page.keyboard.press("Enter")
    page.keyboard.press(key())
    done(page, 3)
    page.keyboard.press("s")
    expect(side).to_contain_text("1 skipped")
    for count in range(4, 21):
        waits.append(page.evaluate(_UNTIL_NEXT, key()))
        done(page, count)
    assert sorted(waits)[len(waits) // 2] < 100
    page.wait_for_function(_FOCUS)

    expect(side).to_contain_text(re.compile(r"Accuracy [01]\.\d\d \(95 % .* on \d+ labelled rows"))
    page.keyboard.press("p")
    expect(page.locator(".said-by")).to_contain_text(re.compile(r"would say \w+ \([01]\.\d\d\)"))

    # Nothing is lost on a reload.
    page.reload()
    done(page, 20)
    expect(side).to_contain_text("1 skipped")

    page.get_by_role("button", name="Use these labels").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#data-head")).to_contain_text("messages-labelled.jsonl")
    expect(page.locator("#data-problem")).to_be_empty()
    page.locator("#step-evaluate").click()
    page.get_by_label("Zero-shot").check()
    page.locator("#evaluate-start").click()
    expect(page.locator("#evaluate-runs [data-run]")).to_have_count(1, timeout=300_000)
    assert app.outside == []


def test_a_second_pass_says_how_far_it_agrees_with_the_first(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    gold = messages()
    page = open_page(start_app(), "/?lang=en")
    upload(page, tmp_path / "messages.csv", list(gold))
    name_labels(page, "New label", LABELS)
    text = page.locator(".text-to-label")
    for count in range(1, 11):
        page.keyboard.press(str(LABELS.index(gold[text.inner_text()]) + 1))
        done(page, count)
    again = page.get_by_role("button", name="Label a second time")
    expect(again).to_be_enabled()
    again.press("Enter")
    expect(page.locator(".stage-head")).to_contain_text("second pass")
    page.wait_for_function(_FOCUS)
    for count in range(1, 4):
        right = LABELS.index(gold[text.inner_text()])
        page.keyboard.press(str((right + (count == 3)) % 3 + 1))
        done(page, count)
    side = page.locator(".label-side")
    expect(side).to_contain_text("agree on 67% of 3 rows")
    expect(side).to_contain_text("Rows that differ: 1")


def test_an_entity_is_marked_by_keyboard_and_by_mouse(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(start_app(), "/?lang=en")
    people = ("Anna Meier", "Tom Brown", "Lena Fox", "Max Hill")
    upload(page, tmp_path / "news.csv", [f"Yesterday {name} flew to Rome." for name in people])
    page.get_by_label("names and terms inside the texts").check()
    name_labels(page, "New entity type", ("PER", "LOC"))
    words = page.locator(".text-to-label .word")
    expect(words).to_have_count(7)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("1")
    marked = page.locator(".text-to-label .word.entity")
    expect(marked).to_have_count(2)
    expect(marked.last).to_contain_text("PER")
    words.nth(5).click()
    page.get_by_role("button", name="LOC").click()
    expect(marked).to_have_count(3)
    page.keyboard.press("u")
    expect(marked).to_have_count(2)
    page.keyboard.press("Delete")
    expect(marked).to_have_count(2)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    done(page, 1)
    expect(marked).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(".said-by")).to_contain_text("[PER], Rome [LOC]")
    expect(marked).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_passes_axe_and_markup_in_texts_is_only_shown(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path, scheme: str
) -> None:
    page = open_page(start_app(), f"/?lang=en&__theme={scheme}")
    evil = ["<img src=x onerror=window.hit=1>", "${window.hit=1}", "`${window.hit=1}`", "{{ 7*7 }}"]
    upload(page, tmp_path / "evil.csv", [f"{text} no {i}" for i, text in enumerate(evil * 3)])
    page.locator(".label-names .fresh").wait_for()
    found = [violations(page)]
    name_labels(page, "New label", ("<b>a</b>", "${window.hit=1}"))
    for count in range(1, 5):
        page.keyboard.press(str(count % 2 + 1))
        done(page, count)
    page.keyboard.press("p")
    found.append(violations(page))
    page.get_by_role("button", name="Change labels").click()
    page.get_by_label("names and terms inside the texts").check()
    name_labels(page, "New entity type", ("<i>",))
    page.keyboard.press("1")
    found.append(violations(page))
    assert page.evaluate("() => window.hit") is None
    assert found == [[], [], []]


def violations(page: Page) -> list[str]:
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]}}
    answer = Axe().run(page, context="#label-card", options=rules).response
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in answer["violations"]]


def test_labels_of_a_file_are_corrected_behind_a_fold(
    start_app: StartApp, open_page: OpenPage
) -> None:
    page = open_page(start_app(), "/?lang=zh")
    page.get_by_role("button", name="打开").first.click()
    expect(page.locator("#data-area")).to_be_visible()
    fold = page.locator("#label-card summary").first
    expect(fold).to_contain_text("在这里标注")
    expect(page.locator(".text-to-label")).to_be_hidden()
    fold.click()
    expect(page.locator(".text-to-label")).to_be_visible()
    expect(page.locator(".label-buttons button")).to_have_count(8)
    page.locator(".text-to-label").focus()
    page.keyboard.press("p")
    expect(page.locator(".said-by")).to_contain_text("文件中是")
    page.keyboard.press("3")
    expect(page.locator(".label-side")).to_contain_text("已标注 1 条")
    expect(page.locator(".label-side")).to_contain_text("你与文件在 1 条上的一致率")
