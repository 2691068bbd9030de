"""Every test has a home of its own; embedded models are shared and must be there under CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from instruct_ui.models import fetch
from instruct_ui.preview.client import Preview
from instruct_ui.settings import Settings, settings

_MODELS = Settings().models_dir


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    monkeypatch.setenv("INSTRUCT_UI_HOME", str(home))
    monkeypatch.setenv("INSTRUCT_UI_MODELS", str(_MODELS))
    settings.cache_clear()
    yield home
    settings.cache_clear()


@pytest.fixture
def models_dir() -> Path:
    missing = [
        n for n in ("minilm", "smollm2", "e5-multilingual") if not fetch.is_present(n, _MODELS)
    ]
    if missing:
        reason = f"models missing: {', '.join(missing)}; get them with `make models`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return _MODELS


@pytest.fixture(scope="session")
def preview() -> Iterator[Preview]:
    client = Preview()
    yield client
    client.close()
