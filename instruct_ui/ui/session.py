"""What every tab is wired to: who is here, on which project, in which language.

Owner, project, language and step are kept on the server for one page load; what must outlast it
lies in the browser's storage (owner, language) or in the address (project, step).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import gradio as gr

from instruct_ui.errors import InstructError
from instruct_ui.reporting.markup import Html, element
from instruct_ui.storage.records import LOCAL_OWNER, new_id
from instruct_ui.texts import Language, say

Step = Literal["data", "template", "evaluate", "finetune", "compare", "use"]
STEPS: tuple[Step, ...] = get_args(Step)

Texts = tuple[tuple[Any, Mapping[str, str]], ...]
"""(component, {property: text key}): what a switch of the language sets anew."""

_OWNER = re.compile(r"[0-9a-f]{32}")
# Only there so that the browser's storage stays readable after a restart; it protects nothing.
_STORAGE = {"secret": "instruct-ui"}


@dataclass(frozen=True)
class Session:
    """Inputs for handlers: `[session.owner, session.project, session.language]`."""

    owner: gr.State
    """Who the things belong to: `local`, in demo mode an id of this browser."""
    project: gr.State
    """Project id, "" while none is open."""
    language: gr.State
    """`en` or `zh`."""
    step: gr.State
    """The step in view."""
    steps: Any
    """The list of steps. It asks the server once a second whether a job moved, and only then sends
    `moved` and `moved_<step in view>`. An event costs the browser some 50 ms; a timer that every
    step listens to kept a core busy on a page at rest."""
    changed: gr.State
    """Counts up when project, data, template or runs changed: return it plus one, and the step in
    view is refreshed. A job that ends counts it up by itself. A handler with `queue=False` cannot
    do so: outside the queue a change of a State is told to nobody. The same goes for `project`."""
    versions: gr.State
    """Ids of template versions that are to be run side by side next; () : what stands in the
    editor."""
    kept_owner: gr.BrowserState
    kept_language: gr.BrowserState

    @property
    def who(self) -> list[Any]:
        return [self.owner, self.project, self.language]


class Tab(Protocol):
    """What each tab's `build(language)` gives."""

    @property
    def texts(self) -> Texts: ...
    @property
    def outputs(self) -> list[Any]:
        """What `refresh(workbench, owner, project, language)` gives values for, in order."""
        ...


def build_session(steps: Any) -> Session:
    return Session(
        owner=gr.State(LOCAL_OWNER),
        project=gr.State(""),
        language=gr.State("en"),
        step=gr.State("data"),
        steps=steps,
        changed=gr.State(0),
        versions=gr.State(()),
        kept_owner=gr.BrowserState("", storage_key="instruct-ui-owner", **_STORAGE),
        kept_language=gr.BrowserState("", storage_key="instruct-ui-language", **_STORAGE),
    )


def owner_of(kept: object, demo: bool) -> str:
    """The owner behind what the browser kept; a browser of a demo gets a new id, never `local`."""
    if not demo:
        return LOCAL_OWNER
    return kept if isinstance(kept, str) and _OWNER.fullmatch(kept) else new_id()


def language_of(asked: object, kept: object, accepted: str) -> Language:
    """`?lang=`, else what was chosen before, else the browser's first language."""
    for choice in (asked, kept):
        if choice == "en" or choice == "zh":
            return choice
    return "zh" if accepted.strip().lower().startswith("zh") else "en"


def relabelled(texts: Texts, language: Language) -> list[Any]:
    """One update a component of `texts`, in order."""
    return [
        gr.update(**{name: say(key, language) for name, key in properties.items()})
        for _, properties in texts
    ]


def components(texts: Texts) -> list[Any]:
    return [component for component, _ in texts]


def problem_box(error: InstructError | None, language: Language) -> Html:
    """A calm box that says what happened; nothing where nothing did."""
    if error is None:
        return Html("")
    return note_box(error.message(language), "bad")


def note_box(text: str | Html, kind: Literal["bad", "warning", "good", "plain"] = "plain") -> Html:
    sign = {"bad": "!", "warning": "▲", "good": "✓", "plain": "i"}[kind]
    return element(
        "div",
        element("span", sign, class_="sign", aria_hidden="true"),
        element("span", text),
        class_=f"box box-{kind}",
        role="alert" if kind == "bad" else "status",
    )


def head(title: str, subtitle: str, state: str = "") -> Html:
    """Head of a step: title, name beside it, one line of state below."""
    return element(
        "header",
        element("h1", title, " ", element("span", subtitle, class_="beside")),
        element("p", state, class_="state"),
        class_="step-head",
    )


def card(title: str, *content: Html, beside: str = "") -> Html:
    """A titled part of a step; `beside` says in grey what the title is about."""
    told = [" ", element("span", beside)] if beside else []
    return element("section", element("h2", title, *told), *content, class_="card")


def go_to(step: Step) -> str:
    """JavaScript for a button's `js=` that leads on to another step."""
    return f"() => {{ document.getElementById('step-{step}').click(); }}"


def skips(count: Sequence[Any]) -> list[Any]:
    """Leaves every one of these outputs as it is."""
    return [gr.skip() for _ in count]
