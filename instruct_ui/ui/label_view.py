"""The state of labelling as the page shows it: every sentence made here, every text left plain for
the browser to set as text."""

from __future__ import annotations

from typing import Any

from instruct_ui.texts import Language, catalogue, say
from instruct_ui.workbench.label_views import (
    ENOUGH,
    Compared,
    Given,
    LabelText,
    LabelView,
    shown,
)

_WIDE = 0.2
"""An interval this wide is called so."""
Plain = dict[str, Any]


def texts(language: Language) -> dict[str, str]:
    """The room's patterns as they are: the browser fills them in."""
    return {
        key.removeprefix("labelling."): entry[language]
        for key, entry in catalogue().items()
        if key.startswith("labelling.")
    }


def state(view: LabelView, learnt: int, language: Language) -> Plain:
    """`learnt`: rows the newest proposals come from."""

    def t(key: str, **params: object) -> str:
        return say(f"labelling.{key}", language, **params)

    counts = t("counts", done=view.done, skipped=view.skipped, left=view.left)
    use = t("use_note_gold" if view.from_file else "use_note", count=view.labelled)
    if view.fault:
        use = say(f"errors.{view.fault}", language, count=view.labelled, least=ENOUGH)
    return {
        "kind": view.kind,
        "kinds": view.kinds,
        "names": [[name, view.counts[name]] for name in view.names],
        "order": view.order,
        "pass": view.pass_number,
        "done": view.done,
        "skipped": view.skipped,
        "left": view.left,
        "texts": view.texts,
        "learnt": learnt,
        "progress": counts,
        "pace": "" if view.seconds is None else t("pace", seconds=view.seconds),
        "model": _model(view, learnt, language),
        "can_repeat": view.labelled >= ENOUGH or view.passes is not None,
        "passes": _compared(view.passes, f"passes_{view.kind}", language),
        "with_file": _compared(view.with_file, f"file_{view.kind}", language),
        "can_use": not view.fault,
        "use_note": use,
        "second_note": t("second_note")
        if view.labelled >= ENOUGH
        else t("second_few", least=ENOUGH),
    }


def _model(view: LabelView, learnt: int, language: Language) -> list[str]:
    """What the model made of the labels, and how far that can be trusted."""

    def t(key: str, **params: object) -> str:
        return say(f"labelling.{key}", language, **params)

    check = view.check
    lines = []
    if check is not None:
        said = t(
            f"check_{check.metric}",
            score=check.score,
            low=check.low,
            high=check.high,
            rows=check.rows,
            model=view.model,
        )
        lines.append(said)
        if check.most is not None:
            lines.append(t("check_most", most=check.most))
        if check.high - check.low > _WIDE:
            lines.append(t("check_wide"))
        if view.order == "unsure":
            lines.append(t("check_unsure"))
    if view.proposing == "working":
        lines.append(t("proposing_working"))
    elif not lines or view.proposing == "failed":
        key = f"few_{view.kind}" if view.proposing == "few" else view.proposing
        lines.append(say(f"labelling.proposing_{key}", language, rows=learnt))
    return lines


def _compared(found: Compared | None, key: str, language: Language) -> Plain | None:
    if found is None:
        return None
    kappa = found.agreement.kappa
    told = f"{kappa:.2f}" if kappa is not None else say("labelling.kappa_none", language)
    said = say(
        f"labelling.{key}",
        language,
        share=found.agreement.share,
        count=found.agreement.count,
        rows=found.rows,
        kappa=told,
    )
    return {
        "said": said,
        "differ": say("labelling.differ", language, count=found.differ) if found.differ else "",
        "rows": [
            {"key": row.key, "text": row.text, "first": row.first, "second": row.second}
            for row in found.differing
        ],
    }


def text(found: LabelText) -> Plain:
    proposal = found.proposal
    return {
        "key": found.key,
        "row": found.row + 1,
        "text": found.text,
        "words": found.words,
        "before": _given(found.before, found),
        "note": found.note,
        "file": _given(found.file_says, found),
        "model": _given(proposal.said, found) if proposal else None,
        "confidence": f"{proposal.confidence:.2f}" if proposal else "",
    }


def _given(given: Given | None, found: LabelText) -> Plain | None:
    if given is None:
        return None
    return {"label": given.label, "spans": given.spans, "said": shown(given, found.words)}
