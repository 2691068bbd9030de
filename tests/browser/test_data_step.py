"""The Data step in a browser: guesses corrected, leaks found, repairs taken back, large files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import App
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.models, pytest.mark.browser]
StartApp = Callable[..., App]
OpenPage = Callable[..., Page]

_ASKED = ("where is my parcel", "I want my money back", "how do I change my address")
_LABELS = ("delivery", "refund", "account")
_TRAIN = "note,said,shop\n" + "".join(
    f"{label},{text} number {i},{'north' if i % 2 else 'south'} {i // 4}\n"
    for i in range(24)
    for text, label in zip(_ASKED, _LABELS, strict=True)
)
_TEST = "note,said,shop\n" + "".join(
    f"{label},{text} {'number 3' if i < 2 else f'again {i}'},east\n"
    for i in range(6)
    for text, label in zip(_ASKED, _LABELS, strict=True)
)


def bring(page: Page, *files: tuple[Path, str | bytes]) -> None:
    for path, content in files:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    field = page.locator("#data-upload input[type=file]")
    field.set_input_files([str(path) for path, _ in files])
    expect(page.locator("#data-area")).to_be_visible()


def choose(page: Page, column: str, role: str) -> None:
    page.locator(f"#data-roles select[data-column='{column}']").select_option(role)


def test_a_wrong_guess_is_corrected_and_stays(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(start_app(), "/?lang=en")
    bring(page, (tmp_path / "a.csv", _TRAIN))
    select = page.locator("#data-roles select")
    expect(select).to_have_count(3)
    choose(page, "shop", "label")
    expect(page.locator("#data-figures")).to_contain_text("north 0")
    choose(page, "note", "label")
    expect(page.locator("#data-figures")).to_contain_text("refund")
    expect(page.locator("#data-roles select[data-column=shop]")).to_have_value("")
    choose(page, "said", "text")
    page.reload()
    expect(page.locator("#data-roles select[data-column=note]")).to_have_value("label")
    expect(page.locator("#data-rows")).to_contain_text("where is my parcel number 0")
    page.get_by_role("button", name="Last page").click()
    expect(page.locator("#data-rows")).to_contain_text("71 to 72 of 72")


def test_a_leak_is_found_mended_and_the_repair_taken_back(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(start_app(), "/?lang=en")
    bring(page, (tmp_path / "train.csv", _TRAIN), (tmp_path / "test.csv", _TEST))
    leak = page.locator("[data-finding=leaks_exact]")
    expect(leak).to_contain_text("3 rows stand in two splits")
    leak.get_by_text("Show rows").click()
    expect(leak).to_contain_text("train.csv, line 11")
    expect(page.locator("#step-data")).to_contain_text("to look at")
    leak.get_by_role("button", name=re.compile("Take them out")).click()
    made = page.locator("[data-repair=drop_leaks]")
    expect(made).to_be_visible()
    expect(leak).to_have_count(0)
    expect(page.locator("#data-figures")).to_contain_text("train 69")
    made.get_by_role("button").click()
    expect(leak).to_be_visible()
    expect(page.locator("#data-figures")).to_contain_text("train 72")
    page.locator("#data-versions summary").click()
    page.get_by_role("button", name=re.compile("Use this one: 2")).click()
    expect(page.locator("#data-figures")).to_contain_text("train 69")


def test_a_split_that_keeps_groups_together(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(start_app(), "/?lang=en")
    bring(page, (tmp_path / "a.csv", _TRAIN))
    choose(page, "note", "label")
    expect(page.locator("#data-figures")).to_contain_text("refund")
    page.get_by_text("Split in another way").click()
    page.get_by_label("Keep together").click()
    page.get_by_role("option", name="rows of one group").click()
    page.get_by_label("Column", exact=True).click()
    page.get_by_role("option", name="shop").click()
    page.locator("#data-resplit").click()
    expect(page.locator("#data-figures")).to_contain_text("rows of one shop together")
    expect(page.locator("#data-findings [data-finding^=leaks]")).to_have_count(0)


def test_a_large_upload_shows_its_progress_and_can_be_stopped(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    line = "{},the words of this row are many enough to make the file as large as it has to be " * 2
    rows = "".join(f"{line.format(i, i)},label{i % 7}\n" for i in range(1_150_000))
    page = open_page(start_app(), "/?lang=en")
    page.set_default_timeout(120_000)
    path = tmp_path / "large.csv"
    bring(page, (path, "id,text,id2,more,label\n".replace("id2,more", "and") + rows))
    assert path.stat().st_size > 200_000_000
    reading = page.locator("#data-reading")
    expect(reading.locator("progress")).to_be_visible(timeout=120_000)
    reading.get_by_role("button", name=re.compile("^Stop")).click()
    expect(reading).to_contain_text("stopped before its end", timeout=20_000)
    page.get_by_role("button", name="Read again").click()
    expect(reading.locator("progress")).to_be_visible()
    expect(page.locator("#data-findings")).to_be_visible(timeout=180_000)
    expect(page.locator("#data-head")).to_contain_text("1,150,000 rows read")
    page.get_by_role("button", name="Last page").click()
    expect(page.locator("#data-rows")).to_contain_text("of 1,150,000")


def test_chinese_labels_and_findings(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(start_app(), "/?lang=zh")
    rows = "".join(f"快递第{i}天还没到,{'物流' if i % 2 else ' 物流 '}\n" for i in range(20))
    rows += "".join(f"第{i}次退款没有回音,{'退款' if i % 3 else '退 款'}\n" for i in range(20))
    bring(page, (tmp_path / "数据.csv", f"文本,标签\n{rows}"))
    found = page.locator("[data-finding=label_variants]")
    expect(found).to_contain_text("7 行的标签只是大小写、空格或全半角不同")
    found.get_by_role("button").click()
    expect(page.locator("[data-repair=merge_labels]")).to_contain_text("标签已合并")
    expect(page.locator("#data-figures")).to_contain_text("退款")
