"""What a person reads: the right figures, and nothing of hers taken for markup."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import plotly.graph_objects as go
import pytest

from instruct_ui.evaluation.compare import CHANGES, compare
from instruct_ui.evaluation.predictions import Answer, Judged, Predictions
from instruct_ui.evaluation.report import Report, make_report
from instruct_ui.reporting import export, figures, markup, rows, tables
from instruct_ui.reporting.runs import RUN_SIGNS, ShownRun, run_sign
from instruct_ui.texts import LANGUAGES, Language, catalogue

NASTY = "<img onerror=1>${x}`y`\"'</td><script>&amp;{{z}}%{y}"


class Page(HTMLParser):
    """All tags with attributes, and the texts a reader sees."""

    def __init__(self, markup_text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(markup_text)
        assert self.open == [], "tags left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def predictions(answers: list[str], gold: list[str]) -> Predictions:
    return Predictions(
        "text_classification",
        tuple(sorted(set(gold))),
        tuple(
            Judged(i, f"text {NASTY} {i}", g, Answer(label=a, confidence=0.44))
            for i, (g, a) in enumerate(zip(gold, answers, strict=True))
        ),
    )


def ner(answer: tuple[str, ...], joined: str = " ") -> Predictions:
    tokens = ("New", NASTY, "Mr")
    gold = ("B-LOC", "I-LOC", "O")
    row = Judged(7, joined.join(tokens), None, Answer(tags=answer), tokens=tokens, gold_tags=gold)
    return Predictions("token_classification", ("LOC",), (row,))


def report(
    judged: Predictions, model: str = "minilm", train: float = 0.0, kind: str = "few_shot"
) -> Report:
    return make_report(
        judged,
        model=model,
        approach={"kind": kind},
        seconds={"load": 0.5, "train": train, "predict": 0.5},
        tokens_per_second=10.0,
        data_sha256="ab",
        versions={},
        seed=0,
        facts={},
    )


GOLD = [NASTY, NASTY, "b", "b"]
BEFORE = predictions([NASTY, "b", "b", NASTY], GOLD)
AFTER = predictions([NASTY, NASTY, "b", NASTY], GOLD)
RUNS = [
    ShownRun(NASTY, report(BEFORE), 0),
    ShownRun("tuned", report(AFTER, NASTY, train=74.2, kind="fine_tune"), 1),
]


def views(language: Language) -> list[str]:
    comparison = compare(BEFORE, AFTER, seed=0)
    both = [(NASTY, BEFORE), ("tuned", AFTER)]
    tags = ner(("B-LOC", "I-LOC", "O"))
    return [
        tables.runs_table(RUNS, language),
        tables.labels_table(RUNS[1].report, RUNS[0].report, language),
        tables.labels_table(report(tags), None, language, level="tokens"),
        tables.confusion_table(RUNS[0].report, language),
        rows.verdict_box(comparison, NASTY, "tuned", language),
        rows.change_buttons(comparison, "fixed", language),
        rows.rows_table(both, comparison.rows_of("fixed"), language),
        rows.rows_table([(NASTY, tags)], (7,), language),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_users_never_become_markup(language: Language) -> None:
    for view in views(language):
        page = Page(view)
        assert {"img", "script"}.isdisjoint(tag for tag, _ in page.tags)
        assert not any(name.startswith("on") for _, found in page.tags for name in found)
    # Not lost either: read back, the name is what it was.
    assert NASTY in "".join(Page(views(language)[0]).texts)


def test_element_escapes_text_and_attributes_but_not_elements() -> None:
    inner = markup.element("b", "<i>")
    assert markup.element("p", inner, "&", class_='"x"', hidden=True, title=None) == (
        '<p class="&quot;x&quot;" hidden><b>&lt;i&gt;</b>&amp;</p>'
    )
    assert "&lt;b&gt;" in markup.element("p", inner + " joined by hand")


def test_runs_table_shows_the_reports_figures() -> None:
    page = Page(tables.runs_table(RUNS))
    texts = "|".join(page.texts)
    for run in RUNS:
        low, high = run.report.intervals["accuracy"]
        assert f"{run.report.metrics['accuracy']:.2f}" in texts
        assert f"{low:.2f}–{high:.2f}" in texts
    assert "74 s training" in texts and "0.5 s" in texts and "8.0" in texts
    assert len(page.named("svg")) == 2 and page.named("svg")[0]["role"] == "img"
    assert "no runs" in tables.runs_table([]).lower()


def test_only_a_fine_tuned_run_shows_a_time_of_training() -> None:
    view = tables.runs_table([ShownRun("few", report(BEFORE, train=0.8))])
    assert "1.3 s" in view and "training</td>" not in view


def test_interval_picture_lies_on_its_scale() -> None:
    page = Page(tables.interval_picture(0.5, 0.75, 1.0, (0.5, 1.0)))
    (line,), (dot,) = page.named("line"), page.named("circle")
    assert (line["x1"], line["x2"], dot["cx"]) == ("6.0", "114.0", "60.0")


def test_labels_table_has_its_id_and_the_difference() -> None:
    view = tables.labels_table(RUNS[1].report, RUNS[0].report)
    page = Page(view)
    assert page.named("table")[0]["id"] == "compare-labels"
    deltas = [a for a in page.named("td") if "delta" in str(a["class"])]
    expected = [
        new.f1 - old.f1
        for new, old in zip(RUNS[1].report.labels, RUNS[0].report.labels, strict=True)
    ]
    assert [float(str(a["data-value"])) for a in deltas] == pytest.approx(expected, abs=1e-5)
    assert deltas[0]["class"] == "number delta good" and f"+{expected[0]:.2f}" in page.texts
    assert "delta" not in tables.labels_table(RUNS[1].report)


def test_confusion_cells_are_buttons_that_say_where_they_stand() -> None:
    view = tables.confusion_table(RUNS[1].report)
    buttons = Page(view).named("button")
    cells = {(b["data-gold"], b["data-predicted"]): b for b in buttons}
    assert set(cells) == {(NASTY, NASTY), ("b", "b"), ("b", NASTY)}
    assert cells["b", NASTY]["class"] == "confusion-cell wrong"
    assert cells["b", NASTY]["style"] == "--share:0.500"
    assert str(cells[NASTY, NASTY]["aria-label"]).endswith(": 2")


def test_confusion_of_many_labels_shows_those_with_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CONFUSION_LABELS", 2)
    judged = predictions(["a", "b", "d", "d"], ["a", "b", "c", "d"])
    view = tables.confusion_table(report(judged))
    assert {b["data-gold"] for b in Page(view).named("button")} == {"c", "d"}
    assert "The 2 labels with the most errors, of 4." in view


def test_rows_say_right_and_wrong_in_words_and_signs() -> None:
    page = Page(rows.rows_table([("few", BEFORE), ("tuned", AFTER)], (1,)))
    kinds = [a["class"] for a in page.named("td") if "answer" in str(a.get("class"))]
    assert kinds == ["answer wrong", "answer right"]
    texts = "".join(page.texts)
    assert "✗ wrong: b 0.44" in texts and f"✓ right: {NASTY} 0.44" in texts


@pytest.mark.parametrize("joined", [" ", ""])
def test_entities_are_written_as_the_text_is(joined: str) -> None:
    page = Page(rows.rows_table([("r", ner(("O", "O", "O"), joined))], (7,)))
    assert f"New{joined}{NASTY} LOC" in "".join(page.texts)
    assert "none" in page.texts


def test_change_buttons_count_and_tell_the_shown_one() -> None:
    buttons = Page(rows.change_buttons(compare(BEFORE, AFTER, seed=0), "broken")).named("button")
    assert [b["data-rows"] for b in buttons] == list(CHANGES)
    assert [b["aria-pressed"] for b in buttons] == ["false", "true", "false", "false"]


def test_verdict_box_opens_with_the_headline() -> None:
    view = rows.verdict_box(compare(BEFORE, AFTER, seed=0), "few", "tuned")
    assert view.startswith('<p class="verdict cannot-tell"><strong>Cannot tell whether tuned')


def test_runs_differ_in_sign_and_colour_wherever_they_stand() -> None:
    assert len({s.symbol for s in RUN_SIGNS}) == len({s.light for s in RUN_SIGNS}) == 8
    marks = [run_sign(i) for i in range(64)]
    assert len({(m.sign, m.light) for m in marks}) == 64
    assert RUN_SIGNS[1].light in tables.runs_table(RUNS)
    trace = figures.scores_figure(RUNS, "accuracy")["data"][1]
    assert trace["marker"]["symbol"] == RUN_SIGNS[1].symbol
    assert trace["marker"]["color"] == RUN_SIGNS[1].light


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_are_plotlys_and_plain_json(language: Language, dark: bool) -> None:
    drawn = [
        figures.scores_figure(RUNS, "accuracy", language, dark),
        figures.labels_figure(RUNS, language, dark),
        figures.training_figure([(1, 2.0), (2, 1.0)], [(2, 1.5, 0.6)], language, dark),
        figures.training_figure([], [], language, dark),
    ]
    for figure in drawn:
        go.Figure(figure)  # raises on any key plotly does not know
        text = json.dumps(figure)
        assert not any(word in text for word in ("<img", "hovertemplate", "null"))
        assert figure["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"


def test_score_figure_draws_dot_and_interval() -> None:
    trace = figures.scores_figure(RUNS, "accuracy")["data"][0]
    low, high = RUNS[0].report.intervals["accuracy"]
    assert trace["x"] == [low, RUNS[0].report.metrics["accuracy"], high]


def test_label_figure_has_every_label_of_every_run() -> None:
    figure = figures.labels_figure(RUNS)
    assert figure["data"][0]["x"] == [s.f1 for s in RUNS[0].report.labels]
    assert len(figure["layout"]["yaxis"]["ticktext"]) == 2
    assert figure["data"][0]["y"][0] < 0 < figure["data"][1]["y"][0]


def test_export_as_csv_and_json() -> None:
    shown = [*RUNS, ShownRun("=1+1", report(ner(("O", "O", "O"))), 2)]
    lines = list(csv.DictReader(io.StringIO(export.runs_csv(shown))))
    assert lines[0]["run"] == NASTY and lines[2]["run"] == "'=1+1"
    assert float(lines[0]["accuracy"]) == RUNS[0].report.metrics["accuracy"]
    assert float(lines[0]["accuracy_high"]) == RUNS[0].report.intervals["accuracy"][1]
    assert lines[2]["accuracy"] == "" and lines[2]["entity_f1"] == "0.0"
    comparison = compare(BEFORE, AFTER, seed=0)
    plain = json.loads(export.runs_json(shown, [(NASTY, "tuned", comparison)]))
    assert Report.model_validate(plain["runs"][1]["report"]) == RUNS[1].report
    assert plain["comparisons"][0]["fixed"] == [1] and plain["comparisons"][0]["b"] == "tuned"


def test_every_text_of_these_rooms_has_both_languages() -> None:
    keys = [k for k in catalogue() if k.startswith(("report.", "verdict."))]
    assert len(keys) > 50
    assert all(catalogue()[k].get(language) for k in keys for language in LANGUAGES)
