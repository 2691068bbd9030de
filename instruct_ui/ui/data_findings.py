"""What the checks found, with a button where a repair is safe; the repairs that were made; and the
versions all of this has made of the data."""

from __future__ import annotations

from collections.abc import Sequence

from instruct_ui.data.checks import Finding, words
from instruct_ui.reporting.markup import Html, element
from instruct_ui.storage.records import DataVersion, JobSnapshot, JobState
from instruct_ui.texts import Language, say
from instruct_ui.ui.job_view import cause, view_working
from instruct_ui.ui.session import card, note_box
from instruct_ui.workbench import DataView

FINDINGS_JS = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-act]');
  if (!button || button.disabled) return;
  button.disabled = true;
  const value = button.dataset.value;
  if (button.dataset.act === 'repair') trigger('repair', {value});
  if (button.dataset.act === 'take_back') trigger('take_back', {value});
  if (button.dataset.act === 'use_version') trigger('use_version', {value});
  if (button.dataset.act === 'look_deeper') trigger('look_deeper', {value});
});
// What was unfolded stays so when the list is drawn anew.
const unfolded = new Set();
element.addEventListener('toggle', (event) => {
  const key = event.target.dataset.key;
  if (key) unfolded[event.target.open ? 'add' : 'delete'](key);
}, true);
new MutationObserver(() => element.querySelectorAll('details[data-key]').forEach((fold) => {
  if (unfolded.has(fold.dataset.key)) fold.open = true;
})).observe(element, {childList: true, subtree: true});"""
"""For `js_on_load`; Python hears `repair`, `take_back`, `use_version` and `look_deeper`."""

_SIGNS = {"wrong": "!", "doubtful": "▲", "note": "i"}
_VERSIONS = 8


def view_findings(data: DataView, deeper: JobSnapshot | None, language: Language) -> Html:
    """`deeper`: the job of the slow checks, while it runs or where it came to nothing."""
    if data.report is None:
        return Html("")
    findings = data.findings
    lines = [_line(finding, language) for finding in findings]
    if not lines:
        lines = [element("li", element("span", "✓", class_="count good"), _nothing(language))]
    parts = [element("ul", *lines, class_="findings")]
    repairs = data.spec.repairs
    if repairs:
        parts.append(element("h3", say("datatab.repairs", language)))
        made = [_made(i, repair.kind, language) for i, repair in enumerate(repairs)]
        parts.append(element("ul", *made, class_="findings"))
    parts.append(_deeper(data, deeper, language))
    looked = sum(finding.weight != "note" for finding in findings)
    beside = say("datatab.to_look_at", language, count=looked) if looked else ""
    return card(say("datatab.found", language), *parts, beside=beside)


def _deeper(data: DataView, job: JobSnapshot | None, language: Language) -> Html:
    """The way to the slow checks, how far they are, or that they were made."""
    if job is not None and not job.state.ended:
        return view_working(job, say("datatab.deeper_title", language), language)
    assert data.report is not None
    if data.report.deeper is not None:
        key = "deeper_found" if data.report.deeper else "deeper_nothing"
        return element("p", say(f"datatab.{key}", language), class_="note")
    failed = note_box(cause(job, language), "bad") if job and job.state is JobState.FAILED else ""
    button = _button(
        say("datatab.look_deeper", language),
        say("datatab.deeper_title", language),
        "look_deeper",
        "",
    )
    told = element("span", say("datatab.deeper_note", language), class_="muted")
    return element("div", failed, element("div", told, button, class_="line deeper"))


def _nothing(language: Language) -> Html:
    return element("span", say("datachecks.nothing_found", language), class_="said")


def _line(finding: Finding, language: Language) -> Html:
    title, why = words.title(finding, language), words.why(finding, language)
    told = [element("strong", title)]
    if why:
        told += [Html(" "), element("span", why, class_="muted")]
    if finding.rows:
        told.append(_rows(finding, language))
    weight = finding.weight
    sign = element("span", _SIGNS[weight], class_=f"count {weight}", aria_hidden="true")
    parts = [sign, element("span", *told, class_="said")]
    if repair := words.repair(finding, language):
        name = f"{repair}: {title}"
        parts.append(_button(repair, name, "repair", finding.key))
    return element("li", *parts, data_finding=finding.key, data_count=finding.count)


def _rows(finding: Finding, language: Language) -> Html:
    lines = []
    for row in finding.rows:
        place = say("datatab.place", language, file=row.file, line=row.line) if row.file else ""
        beside = " → ".join(part for part in (row.label, row.other) if part)
        lines.append(
            element(
                "li",
                element("span", place, class_="muted") if place else "",
                f" {row.text} " if row.text else " ",
                element("em", beside) if beside else "",
            )
        )
    summary = element("summary", say("datatab.show_rows", language, count=len(finding.rows)))
    rows = element("ul", *lines, class_="plain-list")
    return element("details", summary, rows, data_key=finding.key)


def _made(position: int, kind: str, language: Language) -> Html:
    name = say(f"datatab.repair_{kind}", language)
    undo = say("datatab.take_back", language)
    return element(
        "li",
        element("span", "✓", class_="count good", aria_hidden="true"),
        element("span", element("strong", name), class_="said"),
        _button(undo, f"{undo}: {name}", "take_back", str(position)),
        data_repair=kind,
    )


def view_versions(data: DataView, versions: Sequence[DataVersion], language: Language) -> Html:
    """The newest versions, each with what made it; any of them can be taken again."""
    if len(versions) < 2:
        return Html("")
    lines = [_version(v, v.number == data.version, language) for v in versions[:_VERSIONS]]
    summary = element("summary", say("datatab.versions", language, number=data.version))
    return element(
        "section",
        element("details", summary, element("ul", *lines, class_="findings"), data_key="versions"),
        class_="card",
    )


def _version(version: DataVersion, in_use: bool, language: Language) -> Html:
    note = dict(version.note)
    key = note.pop("key", "brought")
    if key == "repair":
        title = say(f"datachecks.{note['finding']}_repair", language)
        told = say("datatab.note_repair", language, title=title, count=note["count"])
    elif key == "taken_back":
        title = say(f"datatab.repair_{note['kind']}", language)
        told = say("datatab.note_taken_back", language, title=title)
    else:
        told = say(f"datatab.note_{key}", language)
    use = say("datatab.use_version", language)
    return element(
        "li",
        element("span", version.number, class_="count"),
        element("span", told, class_="said"),
        element("span", say("datatab.in_use", language), class_="muted")
        if in_use
        else _button(use, f"{use}: {version.number}", "use_version", str(version.number)),
    )


def _button(text: str, name: str, act: str, value: str) -> Html:
    return element(
        "button",
        text,
        type="button",
        class_="small",
        data_act=act,
        data_value=value,
        aria_label=name,
        title=name,
    )
