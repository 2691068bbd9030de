"""The Template step: one HTML component that edits in the browser and asks the server to preview,
save, keep and restore. What the browser sends is checked here against its owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.spec import Picker
from instruct_ui.tasks import REGISTRY
from instruct_ui.texts import Language, catalogue, say
from instruct_ui.ui import template_calls
from instruct_ui.ui.run_step import no_templates
from instruct_ui.ui.session import Session, Texts, go_to, head, note_box, owner_of
from instruct_ui.workbench import ModelView, ProjectView, Workbench

_HERE = Path(__file__).parent
_JS = "\n".join(
    (_HERE / f"template_{name}.js").read_text(encoding="utf-8")
    for name in ("blocks", "check", "fields", "side", "undo", "editor")
)
_SKELETON = (_HERE / "template_editor.html").read_text(encoding="utf-8")


Asked = template_calls.Asked


@dataclass(frozen=True)
class TemplateTab:
    head: Any
    next: Any
    note: Any
    editor: Any
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        return [self.head, self.next, self.note, self.editor]


class _Served:
    """The functions the editor calls; they get the workbench when the page is wired."""

    def __init__(self) -> None:
        self.workbench: Workbench | None = None

    def functions(self) -> list[Callable[[Asked], Asked]]:
        def preview(asked: Asked) -> Asked:
            return self._done(asked, template_calls.preview)

        def save(asked: Asked) -> Asked:
            return self._done(asked, template_calls.save)

        def keep(asked: Asked) -> Asked:
            return self._done(asked, template_calls.keep)

        def restore(asked: Asked) -> Asked:
            return self._done(asked, template_calls.restore)

        def use(asked: Asked) -> Asked:
            return self._done(asked, template_calls.use)

        def changes(asked: Asked) -> Asked:
            return self._done(asked, template_calls.changes)

        def ab(asked: Asked) -> Asked:
            return self._done(asked, template_calls.ab)

        def export(asked: Asked) -> Asked:
            return self._done(asked, template_calls.export)

        def bring(asked: Asked) -> Asked:
            return self._done(asked, template_calls.bring)

        return [preview, save, keep, restore, use, changes, ab, export, bring]

    def _done(self, asked: Asked, call: template_calls.Call) -> Asked:
        """What the call gives, or what was wrong. On a demo only who knows a browser's id reaches
        its things."""
        assert self.workbench is not None
        owner = owner_of(asked.get("owner"), self.workbench.settings.demo)
        language: Language = "zh" if asked.get("language") == "zh" else "en"
        pid = str(asked.get("project") or "")
        try:
            return {"error": "", **call(self.workbench, owner, pid, language, asked)}
        except InstructError as error:
            return {"error": error.message(language)}


def build(language: Language) -> TemplateTab:
    served = _Served()
    with gr.Row(elem_classes=["head-row"]):
        heading = gr.HTML(head(say("template.title", language), ""), elem_id="template-head")
        following = gr.Button(
            say("template.next", language), variant="primary", elem_id="template-next"
        )
    note = gr.HTML("")
    editor = gr.HTML(
        {},
        html_template=_SKELETON,
        js_on_load=_JS,
        server_functions=served.functions(),
        elem_id="template-editor",
    )
    editor.served = served
    texts: Texts = ((following, {"value": "template.next"}),)
    return TemplateTab(heading, following, note, editor, texts)


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`."""
    stop = _obstacle(workbench, owner, pid, language)
    if stop:
        title = head(say("template.title", language), "")
        return [title, gr.update(interactive=False), note_box(stop), {"project": ""}]
    project = workbench.project(owner, pid)
    data = workbench.data(owner, pid)
    shape = REGISTRY[data.task].gold.shape
    value = {
        "owner": owner,
        "project": pid,
        "language": language,
        "texts": _texts(language),
        "template": workbench.template(owner, pid).model_dump(mode="json"),
        "columns": [
            {"name": name, "labels": labels}
            for name, labels in workbench.label_columns(owner, pid).items()
        ]
        if data.error is None
        else [],
        "fields": list(workbench.fields(owner, pid)) if data.error is None else [],
        "models": [_model(m, language) for m in workbench.models()],
        "model": _first_model(project),
        "library": _library(workbench, project),
        "versions": template_calls.versions(workbench, owner, pid, language),
        "version": template_calls.version_now(workbench, owner, pid, language),
        "since": template_calls.since(workbench, owner, pid, language),
        "pickers": list(get_args(Picker)),
        "none_used": shape in ("labels", "tags", "triples", "answers"),
        "describes": shape in ("label", "labels", "tags"),
    }
    return [_head(workbench, owner, pid, language), gr.update(interactive=True), "", value]


def _obstacle(workbench: Workbench, owner: str, pid: str, language: Language) -> str:
    """Why there is nothing to edit; "" where there is."""
    if not pid:
        return say("shell.open_first", language)
    data = workbench.data(owner, pid)
    if not data.is_read:
        return say("errors.data_being_read", language)
    return "" if data.is_playable else no_templates(data.task, language)


def _head(workbench: Workbench, owner: str, pid: str, language: Language) -> Any:
    template = workbench.template(owner, pid)
    version = template_calls.version_now(workbench, owner, pid, language)
    title = say("template.title", language)
    return head(title, f"{template.name}, {version}", say("template.state", language))


def _texts(language: Language) -> dict[str, str]:
    """The room's patterns as they are: the browser fills them in."""
    return {
        key.removeprefix("template."): entry[language]
        for key, entry in catalogue().items()
        if key.startswith("template.")
    }


def _model(model: ModelView, language: Language) -> dict[str, str]:
    missing = "" if model.present else say("template.not_present", language)
    return {
        "name": model.card.name,
        "title": f"{model.card.title}{missing}",
        "family": model.card.family,
    }


def _first_model(project: ProjectView) -> str:
    if project.language == "zh":
        return "e5-multilingual"
    return "minilm" if project.task == "token_classification" else "smollm2"


def _library(workbench: Workbench, project: ProjectView) -> list[dict[str, str]]:
    """Templates for the task, those in the data's language first."""
    found = sorted(
        workbench.library(project.task), key=lambda t: (t.language != project.language, t.name)
    )
    return [
        {"name": t.name, "title": t.name, "description": f"{t.description} {t.when}".strip()}
        for t in found
    ]


def wire(tab: TemplateTab, workbench: Workbench, session: Session) -> None:
    tab.editor.served.workbench = workbench

    def kept(owner: str, pid: str, language: Language) -> Any:
        return _head(workbench, owner, pid, language) if pid else gr.skip()

    tab.editor.kept(kept, session.who, tab.head, show_progress="hidden")

    def chosen(event: gr.EventData) -> tuple[str, ...]:
        return tuple(str(version) for version in event.versions)

    # The Evaluate step takes them from there when it comes into view.
    marked = tab.editor.pair(chosen, None, session.versions, show_progress="hidden")
    marked.then(None, None, None, js=go_to("evaluate"))
    tab.next.click(None, None, None, js=go_to("evaluate"))
