"""What the template editor asks the server for. Each call takes what the browser sent and gives
plain values back; a mistake is raised and said by the one who called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from instruct_ui.texts import Language, say
from instruct_ui.ui.diff_html import view_diff
from instruct_ui.ui.preview_html import view_preview, where
from instruct_ui.workbench import Workbench

Asked = dict[str, Any]
"""From the browser: owner, project, language, template, and what the call needs besides."""
Call = Callable[[Workbench, str, str, Language, Asked], Asked]


def preview(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    shown = workbench.preview(
        owner,
        pid,
        asked["template"],
        int(asked.get("row") or 0),
        str(asked.get("model") or ""),
        str(asked.get("chat") or "auto"),
        int(asked.get("column") or 0),
    )
    html = str(view_preview(shown, language))
    return {"html": html, "where": where(shown, language), "row": shown.row, "rows": shown.rows}


def save(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    workbench.save_template(owner, pid, asked["template"])
    return {
        "version": version_now(workbench, owner, pid, language),
        "since": since(workbench, owner, pid, language),
    }


def keep(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    number = workbench.keep_version(owner, pid, str(asked.get("note") or ""))
    return {"number": number, **_kept(workbench, owner, pid, language)}


def restore(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    template = workbench.restore_version(owner, pid, str(asked.get("version")))
    return {"template": template.model_dump(mode="json")}


def use(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    template = workbench.use_library(owner, pid, str(asked.get("name")))
    return {"template": template.model_dump(mode="json")}


def changes(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    """What differs between a kept version and what stands in the editor."""
    _, found = workbench.changes_since(
        owner, pid, asked["template"], str(asked.get("version") or "")
    )
    return {"html": str(view_diff(found, language)) if found else ""}


def ab(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    """Keeps the draft as variant B of the newest version; gives the ids of both."""
    base, found = workbench.changes_since(owner, pid, asked["template"])
    assert base is not None and found is not None  # the button waits for a version
    said = say(
        "template.variant_of", language, number=base.number, changes=found.sentence(language)
    )
    workbench.keep_version(owner, pid, said)
    newest = workbench.versions(owner, pid)[0]
    return {"pair": [base.id, newest.id], **_kept(workbench, owner, pid, language)}


def export(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    template = workbench.template(owner, pid)
    return {"text": workbench.template_yaml(owner, pid), "name": f"{template.name}.yaml"}


def bring(workbench: Workbench, owner: str, pid: str, language: Language, asked: Asked) -> Asked:
    found = workbench.brought(owner, pid, str(asked.get("name")), str(asked.get("text")))
    return {
        "templates": [
            {
                "name": one.template.name,
                "template": one.template.model_dump(mode="json"),
                "notes": [note.message(language) for note in one.notes],
            }
            for one in found.templates
        ],
        "refused": [
            {"name": one.name, "reason": one.reason.message(language)} for one in found.refused
        ],
    }


def since(workbench: Workbench, owner: str, pid: str, language: Language) -> Asked | None:
    """What the draft changes in the newest version; None while none is kept."""
    base, found = workbench.changes_since(owner, pid)
    if base is None or found is None:
        return None
    changed = found.changed_blocks > 0 or bool(found.settings)
    said = say("template.since", language, number=base.number, changes=found.sentence(language))
    return {"said": said, "changed": changed}


def version_now(workbench: Workbench, owner: str, pid: str, language: Language) -> str:
    number, changed = workbench.version_now(owner, pid)
    if not number:
        return say("template.draft", language)
    return say("template.changed" if changed else "template.version", language, number=number)


def versions(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Asked]:
    return [
        {
            "id": v.id,
            "name": say("template.version", language, number=v.number),
            "note": " · ".join(p for p in (f"{v.created:%Y-%m-%d %H:%M}", v.note) if p),
        }
        for v in workbench.versions(owner, pid)
    ]


def _kept(workbench: Workbench, owner: str, pid: str, language: Language) -> Asked:
    return {
        "versions": versions(workbench, owner, pid, language),
        "since": since(workbench, owner, pid, language),
    }
