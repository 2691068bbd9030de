"""One template of promptsource into one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import nodes

from instruct_ui.data.language import language_of
from instruct_ui.errors import TemplateError
from instruct_ui.tasks import REGISTRY, TaskName
from instruct_ui.templates.importing.choices import Choices, choices_of
from instruct_ui.templates.importing.jinja_source import (
    assigned,
    check,
    columns,
    parse,
)
from instruct_ui.templates.importing.pieces import (
    Nest,
    Part,
    flat,
    halves,
    parts,
    text_of,
    trimmed,
)
from instruct_ui.templates.importing.report import ImportedTemplate, Names, Note, note, one_line
from instruct_ui.templates.importing.rewriting import (
    CHOICES,
    as_list,
    keyed,
    numbers_as_text,
    renamed,
    standing,
    with_choices,
)
from instruct_ui.templates.importing.roles import Assigned, Columns, assign, guess
from instruct_ui.templates.importing.target import Target, target_of
from instruct_ui.templates.importing.uses import refuse_other_than_text
from instruct_ui.templates.render import MOST_CHARACTERS
from instruct_ui.templates.template import parse as parse_template


@dataclass(frozen=True, slots=True)
class Entry:
    """A template as promptsource has it."""

    name: str
    jinja: str
    choices: str = ""
    reference: str = ""
    metrics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_original: bool | None = None
    """Whether it asks what the data set was made for; None: not told."""


def carried(entry: Entry, dataset: str, task: TaskName | None, names: Names) -> ImportedTemplate:
    """`task`: what it has to be for; None: guessed. Raises TemplateError where it cannot be."""
    source, notes = standing(entry.jinja)
    split = halves(parts(source))
    if split is None:
        raise TemplateError("importing_no_target")
    asked, answered = split
    choices = _choices(entry.choices)
    target = target_of(answered, columns(text_of(asked)), choices, _set(source))
    asked, conditions = _for_all_rows(asked, target.gold)
    written = target.choices.written or choices.written
    text, read = _in_our_words(text_of(trimmed(asked)), target, written)
    counted = numbers_as_text(text, read)
    if counted != text:
        notes.append(note("numbers"))
    tree = check(counted)
    refuse_other_than_text(tree, read)
    known = Columns(read, target.gold, target.chooses)
    task = task or guess(known, entry.metrics, entry.is_original is not False)
    roles = assign(task, known)
    _refuse_clash(tree, roles)
    blocks = [{"kind": "input", "text": renamed(counted, roles.names)}]
    before = _before(target, written, read)
    if before:
        blocks.append({"kind": "answer", "text": renamed(before, roles.names)})
    language, spoken = _language(entry, asked)
    template = parse_template(
        {
            "name": names.give(dataset, entry.name),
            "task": task,
            "language": language,
            "description": _description(entry, dataset),
            "blocks": blocks,
            "label_words": dict(target.words),
        },
        entry.name,
    )
    notes += [*conditions, *_of_columns(roles, target, task), *_of_answer(target, before)]
    return ImportedTemplate(template, (*notes, *spoken, *_of_metadata(entry, task)))


def _choices(source: str) -> Choices:
    """None where they cannot be read: that matters only where the prompt shows them."""
    try:
        return choices_of(standing(source)[0])
    except TemplateError:
        return Choices()


def _set(source: str) -> dict[str, nodes.Node]:
    """Names the template sets, and to what."""
    found = parse(source).find_all(nodes.Assign)
    return {a.target.name: a.node for a in found if isinstance(a.target, nodes.Name)}


def _for_all_rows(tree: Sequence[Part], gold: str) -> tuple[tuple[Part, ...], list[Note]]:
    """Without an `if` around the whole that looks at the gold: it only chose among the rows."""
    *others, last = tree
    if not isinstance(last, Nest) or len(last.branches) > 1:
        return tuple(tree), []
    ((head, children),) = last.branches
    inner, notes = _for_all_rows(children, gold)
    if gold in columns(head.text + last.end.text):
        return (*others, *inner), [note("condition_dropped", condition=head.text), *notes]
    kept = Nest(last.tag, ((head, inner),), last.end)
    return (*others, kept), [note("condition_kept", condition=head.text), *notes]


def _in_our_words(
    source: str, target: Target, written: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """With `labels` for the choices, and the columns it reads. Raises TemplateError where the gold
    is one of them."""
    if target.key:
        source = keyed(source, target.gold)
    read = columns(source)
    if CHOICES in read:
        # With other numbers the choices may be but some of the data's labels.
        numbered = list(target.words) == list(map(str, range(len(written)))) and target.words
        source = with_choices(source, written, "labels" if numbered else as_list(written))
        if len(source) > MOST_CHARACTERS:
            raise TemplateError("importing_too_long", field="jinja", limit=MOST_CHARACTERS)
        given = {"labels"} if numbered and "labels" not in read else set[str]()
        read = tuple(name for name in columns(source) if name not in given)
    shown = {target.gold, f"{target.gold}_{target.key}"} & set(read)
    if shown:
        raise TemplateError("importing_gold", name=", ".join(shown))
    return source, read


def _before(target: Target, written: Sequence[str], read: Sequence[str]) -> str:
    """What stands before the answer, for the answer block; "" where it reads other columns than the
    rest. Where nothing stands there the template has no such block and asks as its author wrote."""
    if not target.before or target.gold in columns(target.before):
        return ""
    text, also_read = _in_our_words(target.before, target, written)
    if not set(also_read) <= set(read):
        return ""
    refuse_other_than_text(check(text), read)
    return text


def _refuse_clash(tree: nodes.Template, roles: Assigned) -> None:
    clashing = assigned(tree) & ({*roles.names.values()} - roles.names.keys())
    if clashing:
        raise TemplateError("importing_reserved", name=", ".join(sorted(clashing)))


def _language(entry: Entry, asked: Sequence[Part]) -> tuple[str, list[Note]]:
    """As the file says, else by the letters of the text; the other languages count as English."""
    told = {code.casefold().partition("-")[0].partition("_")[0] for code in entry.languages}
    if told & {"en", "zh"}:
        return ("en" if "en" in told else "zh"), []
    text = " ".join(piece.text for piece in flat(asked) if piece.kind == "data")
    notes = [note("language", languages=entry.languages)] if told else []
    return ("zh" if language_of([text]) == "zh" else "en"), notes


def _description(entry: Entry, dataset: str) -> str:
    told = f"{entry.name} ({dataset})" if dataset else entry.name
    return one_line(f"{told}. {entry.reference}" if entry.reference else told)


def _of_columns(roles: Assigned, target: Target, task: TaskName) -> list[Note]:
    gold = REGISTRY[task].gold
    notes = []
    pairs = [f"{column} → {name}" for column, name in roles.names.items() if column != name]
    if pairs:
        notes.append(note("renamed", names=pairs))
    if roles.guessed:
        notes.append(note("guessed", columns=roles.guessed))
    if roles.others:
        notes.append(note("others", columns=roles.others))
    if target.gold.casefold() not in gold.names or target.key:
        column = f"{target.gold}.{target.key}" if target.key else target.gold
        notes.append(note("gold", column=column, role=gold.name))
    return notes


def _of_answer(target: Target, before: str) -> list[Note]:
    notes = []
    if target.computed:
        notes.append(note("computed"))
    if target.before and not before:
        notes.append(note("before", text=target.before))
    if target.after:
        notes.append(note("after", text=target.after))
    if target.words:
        told = [f"{label} = {word}" for label, word in target.words.items()]
        notes.append(note("words", words=told))
    elif target.chooses:
        notes.append(note("no_words" if target.choices.words else "choices_by_row"))
    return notes


def _of_metadata(entry: Entry, task: TaskName) -> list[Note]:
    notes = []
    if entry.metrics:
        here = REGISTRY[task].headline_metric
        notes.append(note("metrics", metrics=entry.metrics, here=here))
    if entry.is_original is False:
        notes.append(note("not_original"))
    return notes
