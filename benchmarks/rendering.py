"""Rows a second through the preview process, beside plain jinja2 in one process in the same run.

    python benchmarks/rendering.py [--rows 10000] [--rounds 5] [--seed 0] [--json]

The rows are made from the seed: texts of about 190 characters, one other column, 8 labels. The
reference has the whole prompt as one jinja2 template and renders it row by row, without sandbox,
limits or segments; both make the same text, which is checked. Rounds are taken in turn, medians
are told. Then single previews, as while typing, alone and while others send endless templates.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jinja2 import Environment

from instruct_ui.data.dataset import Example
from instruct_ui.errors import TemplateError
from instruct_ui.preview.client import Preview
from instruct_ui.templates.template import Template, parse

GOAL = 10_000
"""Rows a second of the template without examples."""
LABELS = ("delivery", "refund", "account", "order", "payment", "invoice", "contact", "feedback")
_SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
_SHOTS = 8
_PREVIEWS = 200
_ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
_BLOCKS = {
    "instruction": "Say what the customer wants.",
    "constraint": "Answer with one of these words: {{ labels | join(', ') }}.",
    "examples": "Message: {{ text }}\nBy: {{ channel }}\nAnswer: {{ label }}",
    "input": "Message: {{ text }}\nBy: {{ channel }}",
    "answer": "Answer:",
}
_SHOWN = (
    "{% for s in shots %}Message: {{ s.text }}\nBy: {{ s.channel }}\nAnswer: {{ s.label }}\n\n"
    "{% endfor %}"
)
Figures = dict[str, float]


def rows(count: int, seed: int) -> list[Example]:
    chance = random.Random(seed)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) for _ in range(4000)]
    return [
        Example(
            row=number,
            text=" ".join(chance.choices(words, k=39)),
            label=LABELS[number % len(LABELS)],
            fields={"channel": chance.choice(("mail", "chat", "phone"))},
        )
        for number in range(count)
    ]


def template(shots: bool, **changed: str) -> Template:
    texts = {kind: text for kind, text in _BLOCKS.items() if shots or kind != "examples"} | changed
    blocks = [{"kind": kind, "text": text} for kind, text in texts.items()]
    return parse({"name": "t", "task": "text_classification", "blocks": blocks}, "t")


def by_jinja(examples: list[Example], shots: list[Example]) -> list[str]:
    start = "{instruction}\n\n{constraint}\n\n".format_map(_BLOCKS)
    end = "{input}\n{answer}".format_map(_BLOCKS)
    whole = Environment().from_string(start + (_SHOWN if shots else "") + end)
    shown = [{"text": s.text, "label": s.label, **s.fields} for s in shots]
    return [
        whole.render(text=e.text, labels=LABELS, row=e.fields, shots=shown, **e.fields)
        for e in examples
    ]


def rates(preview: Preview, examples: list[Example], rounds: int, shots: list[Example]) -> Figures:
    """Rows a second of both ways."""
    made = template(bool(shots))
    taken: dict[str, list[float]] = {"preview": [], "jinja2": []}
    for _ in range(rounds):
        begin = time.perf_counter()
        prompts = preview.prompts(made, examples, LABELS, shots)
        middle = time.perf_counter()
        texts = by_jinja(examples, shots)
        taken["preview"].append(middle - begin)
        taken["jinja2"].append(time.perf_counter() - middle)
        assert [prompt.text for prompt in prompts] == texts
    return {name: len(examples) / statistics.median(times) for name, times in taken.items()}


def typing(preview: Preview, example: Example) -> Figures:
    """Milliseconds of a preview, each of another text."""
    times: list[float] = []
    for n in range(_PREVIEWS):
        made = template(False, input=f"{_BLOCKS['input']} {n}")
        begin = time.perf_counter()
        preview.preview(made, example, LABELS, [], None, owner="typing")
        times.append(1000 * (time.perf_counter() - begin))
    cuts = statistics.quantiles(times, n=20)
    return {"p50": statistics.median(times), "p95": cuts[-1]}


@contextmanager
def endless(preview: Preview, example: Example, people: int) -> Iterator[None]:
    """`people` owners send endless templates, one after another."""
    stop, begun = threading.Event(), threading.Barrier(people + 1)
    made = template(False, input=_ENDLESS)

    def send(owner: str) -> None:
        begun.wait()
        while not stop.is_set():
            with suppress(TemplateError):
                preview.preview(made, example, LABELS, [], None, owner=owner)

    threads = [threading.Thread(target=send, args=(f"owner {n}",)) for n in range(people)]
    for thread in threads:
        thread.start()
    begun.wait()
    yield
    stop.set()
    for thread in threads:
        thread.join()


def measured(count: int, rounds: int, seed: int) -> dict[str, Figures]:
    examples = rows(count, seed)
    shots = examples[:_SHOTS]
    preview = Preview()
    found: dict[str, Figures] = {}
    try:
        preview.prompts(template(False), examples[:1], LABELS)  # the processes are there
        found["without examples"] = rates(preview, examples, rounds, [])
        found[f"{_SHOTS} examples"] = rates(preview, examples, rounds, shots)
        found["alone"] = typing(preview, examples[0])
        for people in (1, 3, 6):
            with endless(preview, examples[0], people):
                found[f"while {people} send endless templates"] = typing(preview, examples[0])
    finally:
        preview.close()
    return found


def _lines(found: dict[str, Figures], count: int) -> Iterator[str]:
    yield f"| template, {count:,} rows | preview, rows/s | plain jinja2, rows/s | ratio | goal |"
    yield "|---|---|---|---|---|"
    for name, figures in found.items():
        if "preview" not in figures:
            continue
        ours, plain = figures["preview"], figures["jinja2"]
        met = "met" if ours >= GOAL else "missed"
        goal = f"{GOAL:,}: {met}" if name == "without examples" else ""
        yield f"| {name} | {ours:,.0f} | {plain:,.0f} | {ours / plain:.2f} | {goal} |"
    yield ""
    yield f"| one preview, {_PREVIEWS} each | p50, ms | p95, ms |"
    yield "|---|---|---|"
    for name, figures in found.items():
        if "p50" in figures:
            yield f"| {name} | {figures['p50']:.1f} | {figures['p95']:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(options.rows, options.rounds, options.seed)
    if options.json:
        print(json.dumps({"rows": options.rows, "seed": options.seed, "results": found}, indent=2))
    else:
        print(*_lines(found, options.rows), sep="\n")


if __name__ == "__main__":
    main()
