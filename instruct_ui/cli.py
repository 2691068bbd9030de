"""The command line: parse, call, print. Exit code 0; 2 for a user's mistake, said in one message;
1 for our own fault, with the log's path."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from instruct_ui import __version__
from instruct_ui.errors import InstructError, ModelError, UserMistake
from instruct_ui.settings import settings
from instruct_ui.texts import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    # A process group's Ctrl-C and a supervisor's SIGTERM end a command the same way.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        command = globals()[f"_{options.command}"]
        return int(command(options) or 0)
    except UserMistake as error:
        print(error.message(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(say("errors.stopped", folder=getattr(options, "out", "-")), file=sys.stderr)
        return 130
    except InstructError as error:
        print(error.message(), file=sys.stderr)
        return _log()
    except Exception:  # noqa: BLE001 - the last frame: everything else is our own fault
        return _log()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _log() -> int:
    descriptor, path = tempfile.mkstemp(prefix="instruct-ui-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        traceback.print_exc(file=stream)
    print(say("errors.log_written", path=path), file=sys.stderr)
    return 1


def _serve(options: argparse.Namespace) -> None:
    from instruct_ui.ui.shell import serve

    serve(settings())


def _run(options: argparse.Namespace) -> None:
    from instruct_ui import experiment
    from instruct_ui.engine.base import Event
    from instruct_ui.preview.client import Preview
    from instruct_ui.spec import load

    def told(event: Event) -> None:
        if event.kind in ("stage", "check"):
            print(" ".join(f"{k}={v}" for k, v in event.values.items()), file=sys.stderr)

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
        print(f"{name:20} {value:.4f}  [{low:.4f}, {high:.4f}]")
    if report.leaked_rows:
        print(say("report.leaked", count=report.leaked_rows, rows=report.rows))
    print(f"{report.rows} rows, seed {report.seed}: {options.out / 'report.json'}")


def _models(options: argparse.Namespace) -> None:
    from instruct_ui.models import catalogue, fetch
    from instruct_ui.models.advice import about

    models_dir = settings().models_dir
    if options.action == "list":
        for card in catalogue.cards(models_dir):
            here = "here" if fetch.is_present(card.name, models_dir) else "not here"
            languages = ",".join(card.languages[:4]) + (",..." if len(card.languages) > 4 else "")
            print(
                f"{card.name:16} {here:9} {card.download_mb:>4} MB  {card.licence:11} "
                f"{languages:14} window {card.window:<5}"
            )
            key, params = about(card)
            print(f"{'':16} {say(key, 'en', **params)}")
        return
    for name in [options.name] if options.name else list(catalogue.EMBEDDED):
        folder = fetch.get(name, models_dir)
        if broken := fetch.verify(name, models_dir):
            raise ModelError("model_broken", name=name, files=", ".join(broken), folder=folder)
        print(f"{name}: {folder}")


def _render(options: argparse.Namespace) -> None:
    from instruct_ui.data.load import load_dataset
    from instruct_ui.data.matching import spec_of
    from instruct_ui.data.samples import SAMPLES
    from instruct_ui.errors import RequestError
    from instruct_ui.models import catalogue, fetch
    from instruct_ui.preview.client import Preview
    from instruct_ui.preview.measure import reader_of
    from instruct_ui.templates import library
    from instruct_ui.templates.picking import shots_for_preview

    template = library.resolve(options.template)
    sample = SAMPLES.get(str(options.data))
    data = (
        sample.data() if sample else spec_of([(options.data.name, options.data)], template.task)[0]
    )
    dataset = load_dataset(data, template.task, seed=0)
    rows = dataset.everything()
    found = (rows.rows == options.row).nonzero()[0]
    if not len(found):
        last = rows.rows.max()
        raise RequestError("render_row", row=options.row, file=options.data, last=last)
    example = rows[int(found[0])]
    card = catalogue.card(options.model, settings().models_dir)
    folder = fetch.locate(options.model, settings().models_dir)
    shots = shots_for_preview(template.block("examples"), dataset.train, example)
    reader = reader_of(card, folder, template, options.chat)
    preview = Preview()
    try:
        parts, tokens = preview.preview(template, example, dataset.labels, shots, reader)
    finally:
        preview.close()
    for part in parts:
        head = f"{part.kind} {part.number or ''}".strip()
        unread = "" if part.read else f"  ({say(part.why)})"
        print(f"[{head}: {part.tokens} tokens]{unread}\n{part.text}")
    print(f"-- {tokens} of {card.window} tokens")


def _check(options: argparse.Namespace) -> None:
    import json

    from instruct_ui.data.matching import spec_of, unpacked
    from instruct_ui.data.report import read
    from instruct_ui.reporting.data_report import as_json, as_lines

    with tempfile.TemporaryDirectory() as folder:
        files = unpacked([(path.name, path) for path in options.files], Path(folder))
        data, task, tables = spec_of(files, options.task)
        report, _ = read(data, task, options.seed, known=tables)
    if options.json:
        print(json.dumps(as_json(report), ensure_ascii=False, indent=1))
    else:
        print(*as_lines(report), sep="\n")


def _demo(options: argparse.Namespace) -> None:
    from instruct_ui.demo import play

    play(options.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="instruct-ui", description="Prompts without programming")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve the page")
    run = commands.add_parser("run", help="run a spec")
    run.add_argument("spec", type=Path, metavar="SPEC.yaml")
    run.add_argument("--out", type=Path, required=True, metavar="DIR")
    models = commands.add_parser("models", help="list or get models")
    models.add_argument("action", choices=("list", "get"))
    models.add_argument("name", nargs="?", metavar="NAME")
    render = commands.add_parser("render", help="show what a model reads for a row")
    render.add_argument("template", metavar="TEMPLATE")
    render.add_argument("--data", type=Path, required=True, metavar="FILE")
    render.add_argument("--row", type=int, default=0, metavar="N")
    render.add_argument("--model", default="smollm2", metavar="NAME")
    render.add_argument("--chat", choices=("auto", "on", "off"), default="auto")
    check = commands.add_parser("check", help="say what is in a data set and what is wrong")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.add_argument("--task", metavar="T", help="otherwise guessed")
    check.add_argument("--seed", type=int, default=0, help="of the split of a single file")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    demo = commands.add_parser("demo", help="play the whole journey on a sample project")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
