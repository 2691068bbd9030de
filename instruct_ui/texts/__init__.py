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


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """All texts by key; a key is `<file>.<name>`. Two files cannot define one key."""
    return {
        f"{path.stem}.{name}": entry
        for path in sorted(_HERE.glob("*.yaml"))
        for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }


def say(key: str, language: Language = "en", **params: object) -> str:
    """The text behind `key`, filled in. Raises KeyError for a key or parameter that is not there."""
    return catalogue()[key][language].format(**params)
