"""Made rows as a person looks at them: those that can be taken, each with what can be changed;
those that failed, with the reason; and those in use."""

from __future__ import annotations

from collections import Counter

from instruct_ui.reporting.markup import Html, element
from instruct_ui.texts import Language, catalogue, say
from instruct_ui.ui.job_view import stacked
from instruct_ui.ui.session import note_box
from instruct_ui.workbench.making_views import MakingView, Offer

_LISTED = 40
"""Labels that stand in a list to choose from; more are typed, with proposals."""


def view_review(view: MakingView, language: Language) -> Html:
    """The texts that can be taken, each with what can be changed; then those that failed, and the
    made rows in use."""
    return stacked(_offered(view, language), _failed(view, language), _in_use(view, language))


def _offered(view: MakingView, language: Language) -> Html:
    job = view.job
    added = any(offer.fault is not None and offer.fault.key == "added" for offer in view.offers)
    if job is None or not view.offers or (added and not view.open):
        return Html("")
    parts = []
    total = len(job.payload["asked"])
    if len(view.offers) < total:
        told = say("making.stopped", language, count=len(view.offers), total=total)
        parts.append(note_box(told))
    if not view.open:
        parts.append(note_box(say("making.nothing_open", language)))
    else:
        rows = [_offer(offer, view, language) for offer in view.open]
        parts += [
            element("p", say("making.review_note", language), class_="note"),
            element("ul", *rows, class_="made-rows", data_made_job=job.id),
            _buttons(language),
            _known_labels(view),
        ]
    title = element(
        "h2",
        say("making.review", language),
        " ",
        element("span", say("making.review_beside", language, model=job.payload["title"])),
    )
    return element("section", title, *parts, class_="card")


def _offer(offer: Offer, view: MakingView, language: Language) -> Html:
    shown = offer.number + 1
    take = say("making.take", language, number=shown)
    prompt = element("summary", say("making.prompt", language))
    return element(
        "li",
        element("input", type="checkbox", aria_label=take, title=take),
        element(
            "div",
            element(
                "textarea",
                offer.text,
                rows=1,
                aria_label=say("making.text", language, number=shown),
            ),
            _given(offer, view, language),
            element("details", prompt, element("p", offer.prompt, class_="mono lines")),
            class_="made-row",
        ),
        data_number=offer.number,
        data_asked=offer.given,
    )


def _given(offer: Offer, view: MakingView, language: Language) -> Html:
    """The field in which what the text was given can be changed."""
    if view.changing == "fixed":
        return element("p", offer.given, class_="note")
    name = say(f"making.given_{view.changing}", language, number=offer.number + 1)
    if view.changing == "label" and len(view.labels) <= _LISTED:
        names = sorted(label for label, _ in view.labels)
        options = [
            element("option", label, value=label, selected=label == offer.given) for label in names
        ]
        return element("select", *options, data_given=True, aria_label=name)
    listed = "made-labels" if view.changing == "label" else None
    return element(
        "input", type="text", value=offer.given, data_given=True, aria_label=name, list=listed
    )


def _known_labels(view: MakingView) -> Html:
    if view.changing != "label" or len(view.labels) <= _LISTED:
        return Html("")
    options = [element("option", value=label) for label, _ in view.labels]
    return element("datalist", *options, id="made-labels")


def _buttons(language: Language) -> Html:
    def t(key: str) -> str:
        return say(f"making.{key}", language)

    many = catalogue()["making.add_many"][language]
    return element(
        "div",
        element("button", t("all"), type="button", class_="small", data_act="all"),
        element("button", t("none"), type="button", class_="small", data_act="none"),
        element(
            "button",
            t("add_none"),
            type="button",
            class_="go",
            disabled=True,
            data_act="add",
            data_none=t("add_none"),
            data_one=t("add_one"),
            data_many=many,
        ),
        class_="made-buttons",
    )


def _failed(view: MakingView, language: Language) -> Html:
    """Folded away: how many failed for which reason, then each."""
    failed = [
        (offer, offer.fault)
        for offer in view.offers
        if offer.fault is not None and offer.fault.key != "added"
    ]
    if not failed:
        return Html("")
    groups = Counter(fault.key for _, fault in failed)
    told = " · ".join(
        say("making.group", language, name=say(f"making.group_{key}", language), count=count)
        for key, count in groups.most_common()
    )
    summary = element(
        "summary",
        say("making.failed_checks", language, count=len(failed)),
        " ",
        element("span", told, class_="muted"),
    )
    lines = [
        element(
            "li",
            element(
                "div",
                offer.text or "–",
                element("p", f"{offer.given} · {fault.message(language)}", class_="note"),
                class_="made-row",
            ),
        )
        for offer, fault in failed
    ]
    rows = element("ul", *lines, class_="made-rows")
    # Where nothing can be taken, the reasons are what a person must see.
    folded = element("details", summary, rows, open=not view.open and not view.made_rows)
    return element("section", folded, class_="card made-failed")


def _in_use(view: MakingView, language: Language) -> Html:
    if not view.made_rows:
        return Html("")
    lines = [
        element("li", row.text, " ", element("span", f"{row.given} · {row.model}", class_="muted"))
        for row in view.made
    ]
    first = Html("")
    if view.made_rows > len(view.made):
        told = say("making.in_use_first", language, count=len(view.made))
        first = element("p", told, class_="note")
    name = say("making.drop_named", language)
    drop = element(
        "button",
        say("making.drop", language),
        type="button",
        class_="small",
        data_act="drop",
        aria_label=name,
        title=name,
    )
    summary = element("summary", say("making.in_use", language, count=view.made_rows))
    listed = element("details", summary, first, element("ul", *lines, class_="plain-list"))
    return element(
        "section", element("div", listed, drop, class_="line"), class_="card made-in-use"
    )
