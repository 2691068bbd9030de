"""A finding in words, in either language."""

from __future__ import annotations

from instruct_ui.data.checks.finding import Finding
from instruct_ui.texts import Language, catalogue, say


def title(finding: Finding, language: Language) -> str:
    return _said(finding, "title", language) or _said(finding, "", language)


def why(finding: Finding, language: Language) -> str:
    """Why it matters; empty where the title says all."""
    return _said(finding, "why", language)


def repair(finding: Finding, language: Language) -> str:
    """What the button says; empty where there is no safe repair."""
    return _said(finding, "repair", language) if finding.repair is not None else ""


def _said(finding: Finding, part: str, language: Language) -> str:
    key = f"datachecks.{finding.key}{f'_{part}' if part else ''}"
    if key not in catalogue():
        return ""
    return say(key, language, **{"count": finding.count, **finding.values})
