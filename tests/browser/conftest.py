"""A real app in a process of its own, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

expect.set_options(timeout=60_000)

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class App:
    url: str
    home: Path
    process: subprocess.Popen[bytes]
    outside: list[str] = field(default_factory=list)
    """Requests that went anywhere but to the app."""

    def watch(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)


def _chromium() -> str | None:
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = _chromium()
    if path is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield launched
        launched.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def start_app(own_home: Path, models_dir: Path, tmp_path: Path) -> Iterator[Callable[..., App]]:
    """Starts the app as the README says; a second call with the same home is a restart."""
    started: list[App] = []

    def start(**settings: str) -> App:
        port = _free_port()
        environment = {
            **os.environ,
            "INSTRUCT_UI_PORT": str(port),
            # Two apps with one folder clear each other's uploads.
            "GRADIO_TEMP_DIR": str(tmp_path / f"uploads-{port}"),
            **{f"INSTRUCT_UI_{name.upper()}": value for name, value in settings.items()},
        }
        log = (tmp_path / f"app-{port}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "instruct_ui.cli", "serve"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        app = App(f"http://127.0.0.1:{port}", own_home, process)
        started.append(app)
        until = time.monotonic() + 60
        while not _answers(app.url):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail((tmp_path / f"app-{port}.log").read_text())
            time.sleep(0.1)
        return app

    yield start
    for app in started:
        stop_app(app)


def stop_app(app: App) -> float:
    """Seconds from SIGTERM to the end."""
    begin = time.monotonic()
    if app.process.poll() is None:
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(timeout=20)
    return time.monotonic() - begin


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page in a browser context of its own (own cookies, own storage)."""
    contexts = []

    def open_(app: App, path: str = "/", width: int = 1280, **options: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", app.watch)
        page.goto(app.url + path)
        # Handlers are bound once the load event has come back with the session in it.
        page.wait_for_selector("#steps-list [data-project]", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
