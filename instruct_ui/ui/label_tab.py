"""Labelling in the Data step: one HTML component that shows a text after the other and sends every
answer to the server. What the browser sends is checked here against its owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from instruct_ui.errors import InstructError
from instruct_ui.texts import Language
from instruct_ui.ui import label_view
from instruct_ui.ui.label_layout import Asked, LabelTab, build_card
from instruct_ui.ui.session import Session, owner_of
from instruct_ui.workbench import Workbench
from instruct_ui.workbench.label_views import Given

AHEAD = 6
"""Texts that stand ready in the browser, so that the next one is there at once."""
Act = Callable[[Workbench, str, str, int, Asked], Asked | None]
"""Does what was asked (workbench, owner, project, pass, asked) and says what to show besides."""


class _Served:
    """The functions the card calls; they get the workbench when the page is wired."""

    def __init__(self) -> None:
        self.workbench: Workbench | None = None

    def functions(self) -> list[Callable[[Asked], Asked]]:
        def look(asked: Asked) -> Asked:
            return self._done(asked, _look)

        def answer(asked: Asked) -> Asked:
            return self._done(asked, _answer)

        def undo(asked: Asked) -> Asked:
            return self._done(asked, _undo)

        def change(asked: Asked) -> Asked:
            return self._done(asked, _change)

        def use(asked: Asked) -> Asked:
            return self._done(asked, _use)

        return [look, answer, undo, change, use]

    def _done(self, asked: Asked, act: Act) -> Asked:
        """The state after it, and texts to come; a mistake is said with the state as it is. On a
        demo only who knows a browser's id reaches its things."""
        assert self.workbench is not None
        workbench = self.workbench
        owner = owner_of(asked.get("owner"), workbench.settings.demo)
        pid = str(asked.get("project") or "")
        language: Language = "zh" if asked.get("language") == "zh" else "en"
        number = 2 if asked.get("pass") == 2 else 1
        shown: Asked = {"error": ""}
        try:
            shown |= act(workbench, owner, pid, number, asked) or {}
        except InstructError as error:
            shown["error"] = error.message(language)
        try:
            without = [str(key) for key in asked.get("ready") or ()]
            if shown.get("text"):
                without.append(shown["text"]["key"])
            coming = workbench.next_texts(owner, pid, AHEAD - len(without), number, without)
            view = workbench.labelling(owner, pid, number)
        except InstructError as error:
            return {**shown, "error": shown["error"] or error.message(language), "state": None}
        state = label_view.state(view, workbench.learnt_rows(owner, pid), language)
        return {**shown, "state": state, "coming": [label_view.text(t) for t in coming]}


def _look(workbench: Workbench, owner: str, pid: str, number: int, asked: Asked) -> Asked | None:
    """One text again where its key is told."""
    key = asked.get("key")
    if not key:
        return None
    return {"text": label_view.text(workbench.label_text(owner, pid, str(key), number))}


def _answer(workbench: Workbench, owner: str, pid: str, number: int, asked: Asked) -> None:
    seconds = asked.get("seconds")
    workbench.give(
        owner,
        pid,
        str(asked.get("key")),
        _given(asked),
        pass_number=number,
        note=str(asked.get("note") or ""),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )


def _given(asked: Asked) -> Given | None:
    if asked.get("skip"):
        return None
    if asked.get("label") is not None:
        return Given(str(asked["label"]))
    spans = ((int(start), int(end), str(kind)) for start, end, kind in asked.get("spans") or ())
    return Given(spans=tuple(spans))


def _undo(workbench: Workbench, owner: str, pid: str, number: int, asked: Asked) -> Asked:
    text = workbench.undo(owner, pid, number)
    return {"text": None if text is None else label_view.text(text)}


def _change(workbench: Workbench, owner: str, pid: str, number: int, asked: Asked) -> None:
    """Names, kind, order, or the skipped ones: what `act` says, with `value` and `old`."""
    act, value = asked.get("act"), str(asked.get("value") or "")
    if act == "add":
        workbench.add_name(owner, pid, value)
    elif act == "rename":
        workbench.rename_label(owner, pid, str(asked.get("old")), value)
    elif act == "remove":
        workbench.remove_label(owner, pid, value)
    elif act == "kind":
        workbench.label_as(owner, pid, kind="tags" if value == "tags" else "label")
    elif act == "order":
        order: Literal["random", "unsure"] = "unsure" if value == "unsure" else "random"
        workbench.label_as(owner, pid, order=order)
    elif act == "skipped":
        workbench.take_skipped(owner, pid, number)


def _use(workbench: Workbench, owner: str, pid: str, number: int, asked: Asked) -> None:
    workbench.use_labels(owner, pid)


def build(language: Language) -> LabelTab:
    served = _Served()
    tab = build_card(served.functions())
    tab.card.served = served
    return tab


def refresh(workbench: Workbench, owner: str, pid: str, language: Language) -> list[Any]:
    """Values for `outputs`: little, as the card asks for the rest once it is open."""
    if not pid or not workbench.can_label(owner, pid):
        return [{"project": ""}]
    data = workbench.data(owner, pid)
    has_gold = data.overview is not None and bool(data.overview.labels)
    value = {
        "owner": owner,
        "project": pid,
        "language": language,
        "texts": label_view.texts(language),
        "gold": has_gold,
        "version": data.version,
        "learnt": workbench.learnt_rows(owner, pid),
    }
    return [value]


def wire(tab: LabelTab, workbench: Workbench, session: Session) -> None:
    tab.card.served.workbench = workbench
    # The new version shows in the whole step.
    tab.card.used(
        lambda changed: changed + 1, session.changed, session.changed, show_progress="hidden"
    )
