"""The main job as a person does it, in both languages, in a real browser on real models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import App, stop_app
from playwright.sync_api import Page, expect

from instruct_ui import cli
from instruct_ui.data.samples import sample_named

pytestmark = [pytest.mark.models, pytest.mark.browser]
StartApp = Callable[..., App]
OpenPage = Callable[..., Page]


def rows_of(sample: str, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(sample_named(sample).path.read_bytes())
    return path


def step(page: Page, name: str) -> None:
    page.locator(f"#step-{name}").click()


def upload(page: Page, path: Path) -> None:
    page.locator("#data-upload input[type=file]").set_input_files(str(path))
    expect(page.locator("#data-area")).to_be_visible()


def finished(page: Page, runs: int) -> None:
    expect(page.locator("#evaluate-runs [data-run]")).to_have_count(runs, timeout=600_000)


def report_on_disk(home: Path, kind: str) -> tuple[Path, dict[str, object]]:
    """The newest run of a kind: its folder and its report."""
    for path in sorted(
        home.glob("projects/*/runs/*/report.json"), key=lambda p: -p.stat().st_mtime
    ):
        report = json.loads(path.read_text(encoding="utf-8"))
        if report["approach"]["kind"] == kind:
            return path.parent, report
    raise AssertionError(f"no {kind} run under {home}")


@pytest.mark.parametrize(
    ("language", "sample", "name", "text"),
    [
        ("en", "support_intents", "tickets.csv", "I never got my parcel, where is it?"),
        ("zh", "finance_opinion_zh", "舆情.csv", "今天账户又亏了不少，心情很差。"),
    ],
)
def test_from_an_own_file_to_the_verdict_and_an_answer(
    start_app: StartApp,
    open_page: OpenPage,
    tmp_path: Path,
    language: str,
    sample: str,
    name: str,
    text: str,
) -> None:
    app = start_app()
    page = open_page(app, f"/?lang={language}")
    upload(page, rows_of(sample, tmp_path, name))
    expect(page.locator("#data-head")).to_contain_text(name)

    step(page, "template")
    expect(page.locator("#template-preview .seg").first).to_be_visible()
    if language == "zh":
        expect(page.locator("#template-head")).to_contain_text("模板")

    step(page, "evaluate")
    page.locator("#evaluate-both").click()
    finished(page, 2)

    step(page, "finetune")
    page.get_by_label({"en": "Passes over the data", "zh": "训练轮数"}[language]).fill("4")
    page.locator("#finetune-start").click()
    expect(page.locator("#finetune-live")).to_contain_text(
        re.compile("tokens/s|词元/秒"), timeout=300_000
    )
    page.reload()
    expect(page.locator("#finetune-live")).to_be_visible()
    expect(page.locator("#finetune-area")).to_contain_text(
        re.compile("on [0-9,]+ test rows|条测试数"), timeout=600_000
    )

    step(page, "compare")
    verdict = page.locator("#compare-verdict")
    expect(verdict).to_contain_text(re.compile("better|worse|cannot tell|优于|不如|无法|不能"))
    expect(page.locator("#compare-labels [data-label]").first).to_be_visible()
    folder, report = report_on_disk(app.home, "fine_tune")
    accuracy = report["metrics"]["accuracy"]  # type: ignore[index]
    expect(page.locator("#compare-runs")).to_contain_text(f"{accuracy:.2f}")

    step(page, "use")
    page.locator("#use-text textarea").fill(text)
    page.locator("#use-ask").click()
    labels = [row["label"] for row in report["labels"]]  # type: ignore[index, union-attr]
    expect(page.locator("#use-answer")).to_contain_text(
        re.compile("|".join(map(re.escape, labels))), timeout=300_000
    )
    assert app.outside == []

    # The command line comes to the figures that the page shows.
    folder, report = report_on_disk(app.home, "few_shot")
    assert cli.main(["run", str(folder / "spec.yaml"), "--out", str(tmp_path / "again")]) == 0
    again = json.loads((tmp_path / "again" / "report.json").read_text(encoding="utf-8"))
    assert again["metrics"] == report["metrics"]


def test_ner_sample_few_shot_on_the_page(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    app = start_app()
    page = open_page(app, "/?lang=en")
    upload(page, rows_of("news_names_en", tmp_path, "names.conll"))
    step(page, "evaluate")
    page.get_by_label("Few-shot").check()
    page.locator("#evaluate-start").click()
    finished(page, 1)
    _, report = report_on_disk(app.home, "few_shot")
    score = report["metrics"]["entity_f1"]  # type: ignore[index]
    expect(page.locator("#evaluate-runs")).to_contain_text(f"{score:.2f}")


def test_bad_files_get_a_clear_error_and_the_page_goes_on(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    app = start_app()
    page = open_page(app, "/?lang=en")
    bad = tmp_path / "ragged.csv"
    bad.write_text("text,label\na,b\nc,d,e\n", encoding="utf-8")
    page.locator("#data-upload input[type=file]").set_input_files(str(bad))
    expect(page.locator("#start-problem")).to_contain_text("ragged.csv")
    expect(page.locator("#start-problem")).to_contain_text("3")
    page.get_by_role("button", name="Open").first.click()
    expect(page.locator("#data-area")).to_be_visible()


def test_two_demo_browsers_do_not_see_each_other(start_app: StartApp, open_page: OpenPage) -> None:
    app = start_app(demo="1")
    mine, theirs = open_page(app, "/?lang=en"), open_page(app, "/?lang=en")
    mine.get_by_role("button", name="Open").first.click()
    expect(mine.locator("#data-area")).to_be_visible()
    expect(mine).to_have_url(re.compile("project=[0-9a-f]{32}"))
    theirs.goto(mine.url)
    expect(theirs.locator("#start")).to_be_visible()
    expect(theirs.locator("#data-area")).to_be_hidden()
    expect(theirs.locator("#main")).not_to_contain_text("support_intents.csv")


def test_markup_in_texts_is_shown_and_never_run(
    start_app: StartApp, open_page: OpenPage, tmp_path: Path
) -> None:
    evil = [
        "<img src=x onerror=window.hit=1>",
        "${window.hit=1}",
        "`${window.hit=1}`",
        "\"'><b>x</b>",
    ]
    lines = "".join(
        f'"{evil[i % 4].replace(chr(34), chr(34) * 2)} no {i}",{"ab"[i % 2]}\n' for i in range(40)
    )
    path = tmp_path / "evil.csv"
    path.write_text(f"text,label\n{lines}", encoding="utf-8")
    app = start_app()
    page = open_page(app, "/?lang=en")
    upload(page, path)
    step(page, "template")
    for _ in range(4):
        expect(page.locator("#template-preview .seg").first).to_be_visible()
        page.locator(".rowpick .next").click()
    step(page, "evaluate")
    page.locator("#evaluate-both").click()
    finished(page, 2)
    step(page, "compare")
    expect(page.locator("#compare-labels [data-label]").first).to_be_visible()
    assert page.evaluate("() => window.hit") is None


def test_sigterm_ends_everything_within_ten_seconds(
    start_app: StartApp, open_page: OpenPage
) -> None:
    app = start_app()
    page = open_page(app, "/?lang=en")
    page.get_by_role("button", name="Open").first.click()
    step(page, "finetune")
    page.locator("#finetune-start").click()
    expect(page.locator("#finetune-live")).to_contain_text("tokens/s", timeout=300_000)
    assert stop_app(app) < 10
