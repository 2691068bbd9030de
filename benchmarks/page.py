"""Start, memory and keystroke-to-preview of the page, beside a bare Gradio page in the same run.

python benchmarks/page.py [--keys 60] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from instruct_ui.settings import settings

_BARE_CODE = """
import os
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr
with gr.Blocks() as demo:
    box = gr.Textbox(label="Text")
    out = gr.HTML(elem_id="out")
    options = {"queue": False, "show_progress": "hidden", "trigger_mode": "always_last"}
    box.input(lambda t: t[::-1], box, out, **options)
demo.launch(server_port=int(os.environ["INSTRUCT_UI_PORT"]), run_history=False, quiet=True)
"""
_BARE, _BARE_FIRST = [sys.executable, "-c", _BARE_CODE], "textarea"
OURS, _OURS_FIRST = [sys.executable, "-m", "instruct_ui.cli", "serve"], "#data-upload"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_WATCH = """
(target) => {
  window.__changed = 0;
  new MutationObserver(() => { window.__changed = performance.now(); })
    .observe(document.querySelector(target), {childList: true, subtree: true, characterData: true});
}
"""


@contextmanager
def app(command: list[str], home: str) -> Iterator[tuple[str, subprocess.Popen[bytes], float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "INSTRUCT_UI_PORT": str(port),
        "INSTRUCT_UI_HOME": home,
        "INSTRUCT_UI_MODELS": str(settings().models_dir),
    }
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}", process, begin
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def reach(page: Page, url: str, begin: float, first: str) -> float:
    """Seconds from the start of the process to the first usable page."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10):
                break
        except OSError as error:
            if time.perf_counter() - begin > 60:
                raise TimeoutError(url) from error
            time.sleep(0.02)
    page.goto(url, timeout=60_000)
    page.wait_for_selector(first, timeout=60_000)
    return time.perf_counter() - begin


def keystrokes(page: Page, field: str, target: str, keys: int) -> list[float]:
    """Milliseconds from a key to the changed DOM, for each of `keys` keys."""
    page.evaluate(_WATCH, target)
    page.focus(field)
    times = []
    for n in range(keys):
        before = page.evaluate("() => performance.now()")
        page.keyboard.press("abcdefgh"[n % 8])
        page.wait_for_function("(t) => window.__changed > t", arg=before, timeout=10_000, polling=1)
        times.append(page.evaluate("() => window.__changed") - before)
    return times


def spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "keys": len(ordered),
    }


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


def memory(process: subprocess.Popen[bytes]) -> float:
    return float(psutil.Process(process.pid).memory_info().rss) / 1e6


def start(browser: Browser, command: list[str], first: str) -> float:
    """Seconds from the start of the process, with an empty home, to the first usable page."""
    page = browser.new_page()
    with tempfile.TemporaryDirectory() as home, app(command, home) as (url, _, begin):
        seconds = reach(page, url, begin, first)
    page.close()
    return seconds


def bare(page: Page, keys: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home, app(_BARE, home) as (url, process, begin):
        reach(page, url, begin, _BARE_FIRST)
        times = keystrokes(page, _BARE_FIRST, "#out", keys)
        return {"memory_mb": round(memory(process)), **spread(times)}


def ours(page: Page, keys: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home, app(OURS, home) as (url, process, begin):
        reach(page, url, begin, _OURS_FIRST)
        found: dict[str, Any] = {"memory_mb": round(memory(process))}
        page.get_by_role("button", name="Open").first.click()
        page.wait_for_selector("text=refund")
        page.locator("#step-template").click()
        page.wait_for_selector("#template-preview >> text=tokens")
        field = "#template-editor .k-input textarea"
        found |= spread(keystrokes(page, field, "#template-preview", keys))
        for model in ("minilm", "smollm2", "e5-multilingual"):
            page.locator("#template-preview").get_by_label("Model").select_option(model)
            page.focus(field)
            page.keyboard.press("x")
            page.wait_for_timeout(1500)
            found[f"memory_mb_{model}"] = round(memory(process))
        page.locator("#step-finetune").click()
        page.locator("#finetune-start").click()
        page.wait_for_selector("text=tokens/s", timeout=120_000)
        page.locator("#step-template").click()
        training = spread(keystrokes(page, field, "#template-preview", keys))
        found |= {f"training_{k}": v for k, v in training.items()}
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--starts", type=int, default=5, help="pairs of starts, medians are told")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    path = shutil.which("chromium") or sys.exit("Chromium is needed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        pairs = [
            (start(browser, _BARE, _BARE_FIRST), start(browser, OURS, _OURS_FIRST))
            for _ in range(1 + options.starts)
        ][1:]  # the first pair warms files and browser
        result = {
            "bare": {"start_s": _median(a for a, _ in pairs)}
            | bare(browser.new_page(), options.keys),
            "instruct_ui": {
                "start_s": _median(b for _, b in pairs),
                "start_ratio": _median(b / a for a, b in pairs),
            }
            | ours(browser.new_page(), options.keys),
        }
        browser.close()
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for name, figures in result.items():
        print(name, *(f"{k}={v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
