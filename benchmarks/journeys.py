"""The way from an empty browser to a verdict, played as a new user would, on a fresh app each time.

    python benchmarks/journeys.py [--only sample] [--json] [--shots DIR]

`sample` is the sample project with the settings that the page suggests; `xlsx` and `conll` bring
files of one's own, written here out of the samples' rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from page import ARGUMENTS, OURS, app, reach
from playwright.sync_api import Browser, Page, expect, sync_playwright

from instruct_ui.data.samples import sample_named

GOAL = 180
"""Seconds from an empty browser to the verdict on the sample project."""
_LONGEST = 1_800_000
"""Milliseconds that a stage may take before the journey is given up."""


@dataclass
class Journey:
    """A page, and the seconds its stages took."""

    page: Page
    name: str
    shots: Path | None
    stages: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    def reached(self, stage: str) -> None:
        """What the stage waits for is on the screen; a screenshot does not count."""
        self.stages[stage] = round(time.perf_counter() - self.since, 1)
        if self.shots:
            self.page.screenshot(path=self.shots / f"{self.name}-{len(self.stages)}-{stage}.png")
        self.since = time.perf_counter()

    def step(self, name: str) -> None:
        self.page.locator(f"#step-{name}").click()

    def bring(self, path: Path) -> None:
        self.page.locator("#data-upload input[type=file]").set_input_files(str(path))


def _sample(journey: Journey, folder: Path) -> None:
    card = journey.page.locator("#start-cards button[data-value=support_intents]")
    card.click()


def _xlsx(journey: Journey, folder: Path) -> None:
    """The label first, as many tables have it, then what is not needed, then the text."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    with sample_named("support_intents").path.open(encoding="utf-8", newline="") as stream:
        sheet.append(["Topic", "Came by", "What the customer wrote"])
        for row in csv.DictReader(stream):
            sheet.append([row["intent"], row["channel"], row["message"]])
    path = folder / "tickets.xlsx"
    book.save(path)
    journey.bring(path)


def _conll(journey: Journey, folder: Path) -> None:
    path = folder / "names.conll"
    path.write_bytes(sample_named("news_names_en").path.read_bytes())
    journey.bring(path)


JOURNEYS: dict[str, Callable[[Journey, Path], None]] = {
    "sample": _sample,
    "xlsx": _xlsx,
    "conll": _conll,
}


def play(browser: Browser, name: str, shots: Path | None) -> dict[str, Any]:
    """One journey in a browser without memory, on an app without projects."""
    with (
        tempfile.TemporaryDirectory() as home,
        tempfile.TemporaryDirectory() as folder,
        app(OURS, home) as (url, _, begin),
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(_LONGEST)
        expect.set_options(timeout=_LONGEST)
        start = reach(page, f"{url}/?lang=en", begin, "#steps-list [data-project]")
        page.wait_for_selector("#start-cards button")
        journey = Journey(page, name, shots)
        _to_the_verdict(journey, JOURNEYS[name], Path(folder))
        verdict = page.locator("#compare-verdict").inner_text()
        reports = [
            json.loads(p.read_text()) for p in Path(home).glob("projects/*/runs/*/report.json")
        ]
        page.close()
    total = round(sum(journey.stages.values()), 1)
    return {
        "journey": name,
        "app_start_s": round(start, 1),
        "stages_s": journey.stages,
        "total_s": total,
        "goal_s": GOAL if name == "sample" else None,
        "rows": sorted({report["rows"] for report in reports}),
        "seed": sorted({report["seed"] for report in reports}),
        "verdict": " ".join(verdict.split()),
    }


def _to_the_verdict(journey: Journey, bring: Callable[[Journey, Path], None], folder: Path) -> None:
    page = journey.page
    bring(journey, folder)
    expect(page.locator("#data-area")).to_be_visible()
    expect(page.locator("#data-rows table").first).to_be_visible()
    journey.reached("data")
    journey.step("template")
    expect(page.locator("#template-preview .seg").first).to_be_visible()
    journey.reached("template")
    journey.step("evaluate")
    # Names have no zero-shot run, so there is no button for both.
    names = bring is _conll
    page.locator("#evaluate-start" if names else "#evaluate-both").click()
    expect(page.locator("#evaluate-runs [data-run]")).to_have_count(1 if names else 2)
    journey.reached("evaluate")
    journey.step("finetune")
    page.locator("#finetune-start").click()
    expect(page.locator("#finetune-area")).to_contain_text(re.compile("on [0-9,]+ test rows"))
    journey.reached("finetune")
    journey.step("compare")
    expect(page.locator("#compare-verdict")).to_contain_text(re.compile("better|worse|same|tell"))
    journey.reached("compare")


def table(found: list[dict[str, Any]], load: float) -> str:
    """Markdown: seconds a stage, then what each journey ended with."""
    stages = list(found[0]["stages_s"])
    head = ["journey", *stages, "total", "goal", "rows", "seed"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for one in found:
        seconds = [f"{one['stages_s'][stage]:.1f}" for stage in stages]
        ends = [", ".join(map(str, one[key])) for key in ("rows", "seed")]
        cells = [one["journey"], *seconds, f"{one['total_s']:.1f}", one["goal_s"] or "", *ends]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    lines += ["", *(f"- {one['journey']}: {one['verdict']}" for one in found)]
    lines += ["", f"Seconds, {os.cpu_count()} cores, load average before: {load:.1f}"]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=JOURNEYS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--shots", type=Path, metavar="DIR", help="keep a screenshot a stage")
    options = parser.parse_args()
    path = shutil.which("chromium") or sys.exit("Chromium is needed")
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        names = [options.only] if options.only else list(JOURNEYS)
        found = [play(browser, name, options.shots) for name in names]
        browser.close()
    if options.json:
        print(json.dumps({"load_average": load, "journeys": found}, indent=2, ensure_ascii=False))
    else:
        print(table(found, load))


if __name__ == "__main__":
    main()
