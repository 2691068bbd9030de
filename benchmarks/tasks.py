"""Zero-shot, few-shot and fine-tuned on public data sets, through the same flow as the page, each
beside what could be answered without a model (`baselines`).

    python benchmarks/tasks.py [xquad_en dialogsum ...] [--approach few_shot] [--model minilm]
                               [--rows 50] [--json] [--data DIR]

Prints a table for docs/benchmarks.md. Data sets are read from --data (default: ../shared/data
beside the project) and never copied; which ones there are stands in `cases`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baselines import Held, held_against
from cases import CASES, NOTES, SECOND, Case
from figures import head, line, score

from instruct_ui import experiment
from instruct_ui.evaluation.report import Report
from instruct_ui.evaluation.verdict import p_value, signed
from instruct_ui.experiment.prepare import Prepared, prepare
from instruct_ui.models.catalogue import EMBEDDED
from instruct_ui.preview.client import Preview
from instruct_ui.settings import settings
from instruct_ui.spec import FewShot, FineTune, Spec
from instruct_ui.tasks import KINDS, REGISTRY

HEADS = (
    "data", "model", "approach", "rows", "seed", "score (95 %)", "second metric",
    "baseline on the same rows", "difference (95 %)", "p", "verdict", "by hand", "load s",
    "train s", "predict s",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    case: Case
    report: Report
    held: list[Held]
    """Against each baseline of the task."""


def measure(case: Case, base: Path, rows: int | None, preview: Preview) -> Measured:
    """With the data sets below `base`, on at most `rows` test rows."""
    spec = case.spec(base, rows)
    outcome = experiment.run(
        spec,
        models_dir=settings().models_dir,
        preview=preview,
        listen=lambda event: None,
        stop=lambda: False,
    )
    held = held_against(outcome.predictions, _same_rows(spec, preview))
    return Measured(case, outcome.report, held)


def _same_rows(spec: Spec, preview: Preview) -> Prepared:
    """The data of a run again. What it trained on is left out, as no baseline looks at prompts."""
    if isinstance(spec.approach, FineTune):
        spec = spec.model_copy(update={"approach": FewShot(shots=1)})
    return prepare(spec, models_dir=settings().models_dir, preview=preview, out=Path())


def _approach(case: Case, report: Report) -> str:
    """How the answers came about: what the engine chose, or how much it was trained."""
    kind, facts = case.approach["kind"], report.facts
    if kind == "fine_tune":
        how = case.approach.get("strategy", "full")
        return f"{kind}: {how}, {facts['train_rows']:,} rows, {case.approach['epochs']} epochs"
    way = REGISTRY[case.task].way(EMBEDDED[case.model].family, kind)
    if way == "known_answers":
        how = f"nearest of {facts['known_answers']} known answers"
    else:
        how = str(facts.get("method", "writing" if way == "writing" else "label words"))
    return f"{kind}: {how}, {facts['shots']} shots" if kind == "few_shot" else f"{kind}: {how}"


def _second(case: Case, report: Report) -> str:
    metric = SECOND[case.task]
    unreadable = report.unreadable_answers
    said = f"{metric} {report.metrics[metric]:.3f}"
    return f"{said}; {unreadable} unreadable" if unreadable else said


def _rows(report: Report) -> str:
    """Figures on rows that were learnt too are a little too good; the page marks them as well."""
    leaked = report.leaked_rows
    return f"{report.rows}, {leaked} leaked" if leaked else str(report.rows)


def _lines(found: Measured) -> list[str]:
    """A line a baseline; what is the same stands in the first one alone."""
    case, report = found.case, found.report
    by_hand = "" if case.found is None else f"{case.found:.2f}"
    run = (
        *(case.name, case.model, _approach(case, report), _rows(report), report.seed),
        *(score(report, report.headline), _second(case, report)),
    )
    seconds = (by_hand, *(f"{report.seconds[name]:.0f}" for name in ("load", "train", "predict")))
    first, *others = map(_beside, found.held)
    blank = ("",) * len(run), ("",) * len(seconds)
    return [
        line((*run, *first, *seconds)),
        *(line((*blank[0], *other, *blank[1])) for other in others),
    ]


def _beside(held: Held) -> tuple[str, ...]:
    c = held.comparison
    return (
        f"{held.baseline} {c.score_a:.3f}",
        f"{signed(c.difference)} ({signed(c.low)} to {signed(c.high)})",
        p_value(c.p).removeprefix("= "),
        c.verdict.replace("_", " "),
    )


def _plain(found: Measured) -> dict[str, Any]:
    case, report = found.case, found.report
    return {
        "data": case.name,
        "approach": _approach(case, report),
        "by_hand": case.found,
        "report": report.model_dump(mode="json", exclude={"confusion", "labels", "token_labels"}),
        "baselines": [
            {
                "name": held.baseline,
                "score": held.comparison.score_a,
                "difference": held.comparison.difference,
                "interval": (held.comparison.low, held.comparison.high),
                "test": held.comparison.test,
                "p": held.comparison.p,
                "verdict": held.comparison.verdict,
            }
            for held in found.held
        ],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("names", nargs="*", metavar="NAME", help="data sets; all without any")
    parser.add_argument("--approach", choices=KINDS)
    parser.add_argument("--model", choices=tuple(EMBEDDED))
    parser.add_argument("--rows", type=int, help="at most so many test rows")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=beside)
    options = parser.parse_args()
    known = list(dict.fromkeys(case.name for case in CASES))
    if unknown := sorted(set(options.names) - set(known)):
        parser.error(f"no data set {', '.join(unknown)}; there are {', '.join(known)}")
    if not options.data.is_dir():
        parser.error(f"{options.data} is not there; name the folder of the data sets with --data")
    return options


def main() -> None:
    options = _options()
    cases = [
        case
        for case in CASES
        if case.name in (options.names or case.name)
        and (options.approach or case.approach["kind"]) == case.approach["kind"]
        and (options.model or case.model) == case.model
    ]
    if not options.json:
        print(head(HEADS), flush=True)
    preview, results = Preview(), []
    try:
        for case in cases:
            print(f"{case.name} {case.model} {case.approach['kind']}", file=sys.stderr, flush=True)
            results.append(measure(case, options.data, options.rows, preview))
            if not options.json:
                print(*_lines(results[-1]), sep="\n", flush=True)
    finally:
        preview.close()
    if options.json:
        print(json.dumps([_plain(found) for found in results], ensure_ascii=False, indent=2))
        return
    told = [name for name in dict.fromkeys(case.name for case in cases) if name in NOTES]
    print("", *(f"- {name}: {NOTES[name]}." for name in told), sep="\n")


if __name__ == "__main__":
    main()
