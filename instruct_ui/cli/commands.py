"""The commands around a run: serve, run, models, check, demo. Each imports what it needs when it is
called, so that `--help` is there at once."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from instruct_ui.cli.printing import tell, tell_json
from instruct_ui.errors import ModelError
from instruct_ui.settings import settings
from instruct_ui.texts import say


def serve(options: argparse.Namespace) -> None:
    from instruct_ui.ui.shell import serve

    serve(settings())


def run(options: argparse.Namespace) -> None:
    from instruct_ui import experiment
    from instruct_ui.engine.base import Event
    from instruct_ui.preview.client import Preview
    from instruct_ui.spec import load

    def told(event: Event) -> None:
        if event.kind in ("stage", "check"):
            tell(" ".join(f"{k}={v}" for k, v in event.values.items()), to=sys.stderr)

    preview = Preview()
    try:
        outcome = experiment.run(
            load(options.spec),
            models_dir=settings().models_dir,
            preview=preview,
            listen=told,
            stop=lambda: False,
            out=options.out,
        )
    finally:
        preview.close()
    report = outcome.report
    for name, value in report.metrics.items():
        low, high = report.intervals.get(name, (float("nan"), float("nan")))
        tell(f"{name:20} {value:.4f}  [{low:.4f}, {high:.4f}]")
    if report.leaked_rows:
        tell(say("report.leaked", count=report.leaked_rows, rows=report.rows))
    tell(f"{report.rows} rows, seed {report.seed}: {options.out / 'report.json'}")


def models(options: argparse.Namespace) -> None:
    from instruct_ui.models import catalogue, fetch
    from instruct_ui.models.advice import about

    models_dir = settings().models_dir
    if options.action == "list":
        for card in catalogue.cards(models_dir):
            here = "here" if fetch.is_present(card.name, models_dir) else "not here"
            languages = ",".join(card.languages[:4]) + (",..." if len(card.languages) > 4 else "")
            tell(
                f"{card.name:16} {here:9} {card.download_mb:>4} MB  {card.licence:11} "
                f"{languages:14} window {card.window:<5}"
            )
            key, params = about(card)
            tell(f"{'':16} {say(key, 'en', **params)}")
        return
    for name in [options.name] if options.name else list(catalogue.EMBEDDED):
        folder = fetch.get(name, models_dir)
        if broken := fetch.verify(name, models_dir):
            raise ModelError("model_broken", name=name, files=", ".join(broken), folder=folder)
        tell(f"{name}: {folder}")


def check(options: argparse.Namespace) -> None:
    from instruct_ui.data.matching import spec_of, unpacked
    from instruct_ui.data.report import read
    from instruct_ui.reporting.data_report import as_json, as_lines

    with tempfile.TemporaryDirectory() as folder:
        files = unpacked([(path.name, path) for path in options.files], Path(folder))
        data, task, tables = spec_of(files, options.task)
        report, _ = read(data, task, options.seed, known=tables)
    if options.json:
        tell_json(as_json(report))
        return
    for line in as_lines(report):
        tell(line)


def demo(options: argparse.Namespace) -> None:
    from instruct_ui.demo import play

    play(options.out)
