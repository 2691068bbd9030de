"""Every template of the library on the sample set of its task and language, with the embedded
models that can be asked by it.

    python benchmarks/library.py [relation facts ...] [--few] [--model minilm] [--rows 8]

Prints a table for docs/benchmarks.md, and behind it the templates that no embedded model can be
asked by, each with the reason. Zero-shot; with --few the examples that the template shows.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from figures import head, line, score

from instruct_ui import experiment
from instruct_ui.data.samples import SAMPLES, Sample
from instruct_ui.evaluation.report import Report
from instruct_ui.models.catalogue import EMBEDDED
from instruct_ui.preview.client import Preview
from instruct_ui.settings import settings
from instruct_ui.spec import DataSpec, Spec, parse
from instruct_ui.tasks import REGISTRY, TASKS, Kind, Way
from instruct_ui.tasks.task import words
from instruct_ui.templates.library import all_templates
from instruct_ui.templates.template import Template

HEADS = (
    "template", "task", "language", "model", "shots", "rows", "seed", "score (95 %)", "unreadable",
    "constraints kept", "made for such rows",
)  # fmt: skip
SCORED, WRITTEN = 24, 8
"""Test rows of a model that scores labels, and of one that writes; encoders answer all."""
ENCODERS = {"en": "minilm", "zh": "e5-multilingual"}
WRITER = "smollm2"
READS_NO_TEMPLATE: dict[Way, str] = {
    "best_sentence": "takes the best sentence",
    "central_sentences": "takes central sentences",
    "tags": "tags words",
}
"""Ways in which an encoder looks at the row alone, so that all templates would score the same."""
LABEL_COLUMNS = {"topic-zh": "主题", "intent-zh": "主题"}
"""Where the sample set has several label columns, and not the first one fits."""
MADE_FOR_OTHERS = frozenset(
    words(
        "emotion sentiment intent-zh answers-the-question entailment same-article same-meaning-zh "
        "complaints-zh figure-with-unit yes-or-no headline conversation-notes cause-and-effect "
        "who-works-where personal-details friendly-rewrite json-object "
        "python-function words-to-sentence companion-zh tutor-zh"
    )
)
"""Templates whose sample set has gold of another kind than they ask for."""
_LANGUAGES = {"en": "English", "zh": "Chinese"}


@dataclass(frozen=True)
class Ask:
    """One run."""

    template: Template
    sample: Sample
    model: str
    way: Way

    @property
    def same_for(self) -> tuple[str, str, str] | None:
        """What templates share that all score the same; None where the template counts."""
        if self.way not in READS_NO_TEMPLATE:
            return None
        return self.template.task, self.template.language, self.model

    def spec(self, kind: Kind, most: int | None) -> Spec:
        """On at most `most` test rows."""
        examples = self.template.block("examples")
        few = kind == "few_shot" and examples is not None
        plain = {
            "task": self.template.task,
            "data": _data(self.template, self.sample),
            "template": self.template.name,
            "model": self.model,
            "approach": {"kind": kind} | ({"picker": examples.picker} if few else {}),
            "limit": {"test": self._rows(most)},
        }
        return parse(plain, self.template.name)

    def _rows(self, most: int | None) -> int | None:
        own = None
        if EMBEDDED[self.model].family == "causal":
            chosen = "choices" in dict(self.sample.columns)
            own = WRITTEN if self.way == "writing" and not chosen else SCORED
        return min((n for n in (own, most) if n is not None), default=None)


def asks(template: Template, kind: Kind) -> tuple[list[Ask], str]:
    """The runs of a template, and why none of them reads it; "" where one does."""
    ways = {
        model: way
        for model in (ENCODERS[template.language], WRITER)
        if (way := REGISTRY[template.task].way(EMBEDDED[model].family, kind)) is not None
    }
    because = _no_encoder(template, kind, ways), _no_writer(template, ways)
    if because[1]:
        ways.pop(WRITER, None)
    reason = "" if not all(because) else "; ".join(because)
    sample = _sample(template)
    if sample is None:
        language = _LANGUAGES[template.language]
        return [], reason or f"the project has no sample set of this task in {language}"
    return [Ask(template, sample, model, way) for model, way in ways.items()], reason


def _no_encoder(template: Template, kind: Kind, ways: dict[str, Way]) -> str:
    way = ways.get(ENCODERS[template.language])
    if way is not None:
        reads_none = READS_NO_TEMPLATE.get(way)
        return f"an encoder {reads_none} and reads no template" if reads_none else ""
    task = REGISTRY[template.task]
    if task.way("encoder", "few_shot") is not None:
        return "an encoder needs examples for this"
    if task.way("encoder", "zero_shot") is not None:
        return "an encoder needs no examples for this and reads no template"
    return "an encoder cannot write"


def _no_writer(template: Template, ways: dict[str, Way]) -> str:
    if WRITER not in ways:
        return "a model that writes does not rank known answers"
    if template.task == "translation":
        return "the embedded model that writes knows English alone, and one side is Chinese"
    if template.language not in EMBEDDED[WRITER].languages:
        return f"the embedded model that writes knows no {_LANGUAGES[template.language]}"
    return ""


def _sample(template: Template) -> Sample | None:
    """That it is the first template of, or that has the choices it shows, else the first one."""
    shows = {"choices"} & {name for block in template.blocks for name in block.text.split()}
    spoken = (template.task, template.language)
    fitting = [s for s in SAMPLES.values() if (s.task, s.language) == spoken]
    fitting.sort(key=lambda s: (s.template != template.name, not shows <= dict(s.columns).keys()))
    return fitting[0] if fitting else None


def _data(template: Template, sample: Sample) -> DataSpec:
    data = sample.data()
    label = LABEL_COLUMNS.get(template.name)
    return data.model_copy(update={"columns": {**data.columns, "label": label}}) if label else data


def measure(ask: Ask, kind: Kind, most: int | None, preview: Preview) -> Report:
    return experiment.run(
        ask.spec(kind, most),
        models_dir=settings().models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
    ).report


def _line(ask: Ask, report: Report) -> str:
    template, shots = ask.template, report.facts["shots"]
    kept = ", ".join(f"{c.kept} of {c.rows}" for c in report.constraints)
    name, fits = template.name, "no" if template.name in MADE_FOR_OTHERS else "yes"
    if ask.same_for is not None:
        name, kept, fits = f"(any: {READS_NO_TEMPLATE[ask.way]})", "", ""
    return line(
        (
            *(name, template.task, template.language, ask.model, shots, report.rows, report.seed),
            *(score(report, report.headline), report.unreadable_answers, kept, fits),
        )
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="templates or tasks; all without")
    parser.add_argument("--few", action="store_true", help="few-shot, as the template shows")
    parser.add_argument("--model", choices=tuple(EMBEDDED))
    parser.add_argument("--rows", type=int, help="at most so many test rows")
    options = parser.parse_args()
    if gone := MADE_FOR_OTHERS - all_templates().keys():
        parser.error(f"no longer in the library: {', '.join(sorted(gone))}")
    if unknown := sorted(set(options.names) - {*all_templates(), *TASKS}):
        parser.error(f"no template or task of this name: {', '.join(unknown)}")
    return options


def _templates(names: list[str]) -> list[Template]:
    """By task, then by name; without names all."""
    found = sorted(all_templates().values(), key=lambda t: (TASKS.index(t.task), t.name))
    return [t for t in found if not names or {t.name, t.task} & set(names)]


def main() -> None:
    options = _options()
    kind: Kind = "few_shot" if options.few else "zero_shot"
    preview, seen, without = Preview(), set(), []
    print(head(HEADS), flush=True)
    try:
        for template in _templates(options.names):
            found, reason = asks(template, kind)
            if reason:
                without.append((template.name, template.task, template.language, reason))
            for ask in found:
                if ask.same_for in seen or (options.model or ask.model) != ask.model:
                    continue
                if ask.same_for is not None:
                    seen.add(ask.same_for)
                print(f"{template.name} {ask.model}", file=sys.stderr, flush=True)
                print(_line(ask, measure(ask, kind, options.rows, preview)), flush=True)
    finally:
        preview.close()
    print(
        "\n`no` under `made for such rows`: the gold of the sample set is of another kind than the "
        "template\nasks for, so the line says no more than that the template can be run.\n"
    )
    print(head(("template", "task", "language", "why no embedded model is asked by it")))
    print(*map(line, without), sep="\n")


if __name__ == "__main__":
    main()
