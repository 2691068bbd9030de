"""Every step for everyone: axe-core, visible labels, the keyboard, narrow screens; in both
languages, light and dark. Nothing is exempted, of Gradio's parts neither."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import App, _answers, _free_port, stop_app
from playwright.sync_api import Page, expect

from instruct_ui.models import fetch
from instruct_ui.settings import Settings
from instruct_ui.spec import FewShot, ZeroShot
from instruct_ui.storage.records import JobState
from instruct_ui.workbench import Workbench

pytestmark = [pytest.mark.models, pytest.mark.browser]
OpenPage = Callable[..., Page]

ME = "local"
STEPS = {
    "data": "#data-rows table",
    "template": "#template-preview .seg",
    "evaluate": "#evaluate-runs [data-run]",
    "finetune": "#finetune-start",
    "compare": "#compare-labels [data-label]",
    "use": "#use-ask",
}
"""Step -> what is there once the server has filled it in."""
WIDE, NARROW = 1280, 390
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]},
    "resultTypes": ["violations"],
    "elementRef": False,
}
# What is folded up is part of the page too. Nothing moves while colours are measured.
_UNFOLD = """() => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  for (const fold of document.querySelectorAll('button.label-wrap:not(.open)')) fold.click();
  const still = document.createElement('style');
  still.textContent = '* { transition: none !important; animation: none !important; }';
  document.head.append(still);
}"""
# A field's name must stand beside it for the eye, not only for a screen reader.
_UNLABELLED = """() => {
  const seen = (node) => node.checkVisibility({visibilityProperty: true});
  const fields = [...document.querySelectorAll('input, select, textarea')];
  return fields.filter((field) => field.type !== 'file' && seen(field)).flatMap((field) => {
    const labels = [...(field.labels ?? [])].map((label) => label.innerText).join(' ').trim();
    const name = field.getAttribute('aria-label') || labels;
    const home = field.closest('section, fieldset, label, details, .block') ?? field.parentElement;
    const parts = name.split(': ').map((part) => part.trim()).filter(Boolean);
    const shown = parts.length && parts.every((part) => home.innerText.includes(part));
    return shown ? [] : [`${field.tagName} ${field.closest('[id]')?.id ?? ''} "${name}"`];
  });
}"""
_RING = """() => {
  const {outlineStyle, boxShadow} = getComputedStyle(document.activeElement);
  return outlineStyle !== 'none' || boxShadow !== 'none';
}"""
# What the page hides beyond its edge cannot be reached either, so the body is asked as well.
_SIDEWAYS = """() => Math.max(document.scrollingElement.scrollWidth, document.body.scrollWidth)
  - window.innerWidth"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a project on which two runs are finished."""
    home = tmp_path_factory.mktemp("home")
    models = Settings().models_dir
    if not fetch.is_present("minilm", models):
        pytest.skip("minilm is missing; get it with `make models`")
    workbench = Workbench.open(Settings(home=home, models=models))
    try:
        pid = workbench.open_sample(ME, "support_intents")
        for approach in (ZeroShot(), FewShot(shots_per_label=4)):
            job = workbench.start(ME, pid, model="minilm", approach=approach, test_limit=60)
            assert workbench.wait(ME, job, 300).state is JobState.DONE
    finally:
        workbench.close()
    return home, pid


@pytest.fixture(scope="module")
def app(project: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for all tests of this file: they only look."""
    port = _free_port()
    environment = {
        **os.environ,
        "INSTRUCT_UI_PORT": str(port),
        "INSTRUCT_UI_HOME": str(project[0]),
        "INSTRUCT_UI_MODELS": str(Settings().models_dir),
    }
    log = tmp_path_factory.mktemp("log") / "app.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "instruct_ui.cli", "serve"],
            env=environment,
            stdout=stream,
            stderr=stream,
        )
    found = App(f"http://127.0.0.1:{port}", project[0], process)
    until = time.monotonic() + 90
    while not _answers(found.url):
        if process.poll() is not None or time.monotonic() > until:
            stop_app(found)
            pytest.fail(log.read_text())
        time.sleep(0.1)
    yield found
    stop_app(found)


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line a rule and node."""
    found: Any = Axe().run(page, options=_RULES).response
    return [
        f"{broken['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


def faults(page: Page, place: str) -> list[str]:
    """Everything wrong with what is shown now, wide and narrow."""
    page.evaluate(_UNFOLD)
    found = [f"{place}, without a visible label: {name}" for name in page.evaluate(_UNLABELLED)]
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{place}, {width}: {line}" for line in violations(page)]
        if (beyond := page.evaluate(_SIDEWAYS)) > 0:
            found.append(f"{place}, {width}: scrolls {beyond} pixels sideways")
    page.set_viewport_size({"width": WIDE, "height": 900})
    return found


# Colours do not depend on the language, nor what things are called on the colours.
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_every_step_serves_everyone(
    app: App, project: tuple[Path, str], open_page: OpenPage, language: str, theme: str
) -> None:
    look = f"lang={language}&__theme={theme}"
    page = open_page(app, f"/?{look}")
    expect(page.locator("#start-cards .card").first).to_be_visible()
    found = faults(page, "start")
    page = open_page(app, f"/?{look}&project={project[1]}")
    for step, there in STEPS.items():
        page.locator(f"#step-{step}").click()
        expect(page.locator(there).first).to_be_visible()
        found += faults(page, step)
    assert page.evaluate("() => document.body.classList.contains('dark')") == (theme == "dark")
    assert found == [], "\n".join(["", *found])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_in_which_language_it_speaks(
    app: App, open_page: OpenPage, language: str
) -> None:
    page = open_page(app, f"/?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"), timeout=5000)


def test_the_steps_are_reached_by_tab_and_opened_by_enter(
    app: App, project: tuple[Path, str], open_page: OpenPage
) -> None:
    page = open_page(app, f"/?lang=en&project={project[1]}&step=use")
    expect(page.locator("#use-ask")).to_be_visible()
    page.evaluate("() => document.activeElement.blur()")
    for step, there in STEPS.items():
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("() => document.activeElement.id") == f"step-{step}":
                break
        else:
            pytest.fail(f"Tab does not reach the step {step}")
        assert page.evaluate(_RING), "one sees where one is"
        page.keyboard.press("Enter")
        expect(page.locator(f"#step-{step}")).to_have_attribute("aria-current", "step")
        expect(page.locator(there).first).to_be_visible()
        expect(page.locator(f"#step-{step}")).to_be_focused()
