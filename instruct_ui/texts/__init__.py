"""Every text a person sees, in two languages, one YAML file a room (`key: {en: ..., zh: ...}`).

Texts are `str.format` patterns over named parameters. Knows nothing of the page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_HERE = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where libyaml is there."""


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """All texts by key. `data.yaml` holds `data.*`; `errors_data.yaml`, `errors_engine.yaml`, ...
    together hold `errors.*`. Raises ValueError where two files define one key.
    """
    texts: dict[str, dict[Language, str]] = {}
    for path in sorted(_HERE.glob("*.yaml")):
        room = path.stem.split("_")[0]
        for name, entry in yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER).items():
            key = f"{room}.{name}"
            if key in texts:
                raise ValueError(f"{path.name} defines {key} a second time")
            texts[key] = entry
    return texts


def say(key: str, language: Language = "en", **params: object) -> str:
    """The text behind `key`, filled in. Raises KeyError for a missing key or parameter."""
    return catalogue()[key][language].format(**params)
