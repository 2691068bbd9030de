"""The commands with their options, and which function each calls."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from instruct_ui import __version__
from instruct_ui.cli import commands, templates
from instruct_ui.cli.making import make_rows
from instruct_ui.cli.rendering import render


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="instruct-ui", description="Prompts without programming")
    whole.add_argument("--version", action="version", version=__version__)
    all_commands = whole.add_subparsers(dest="command", required=True)
    all_commands.add_parser("serve", help="serve the page").set_defaults(call=commands.serve)
    _run(all_commands)
    _models(all_commands)
    _render(all_commands)
    _templates(all_commands)
    _check(all_commands)
    _make_rows(all_commands)
    _demo(all_commands)
    return whole


def _run(all_commands: Any) -> None:
    run = all_commands.add_parser("run", help="run a spec")
    run.add_argument("spec", type=Path, metavar="SPEC.yaml")
    run.add_argument("--out", type=Path, required=True, metavar="DIR")
    run.set_defaults(call=commands.run)


def _models(all_commands: Any) -> None:
    models = all_commands.add_parser("models", help="list or get models")
    models.add_argument("action", choices=("list", "get"))
    models.add_argument("name", nargs="?", metavar="NAME")
    models.set_defaults(call=commands.models)


def _render(all_commands: Any) -> None:
    shown = all_commands.add_parser("render", help="show what a model reads for a row")
    shown.add_argument("template", metavar="TEMPLATE", help="a name of the library, or a path")
    shown.add_argument("--data", required=True, metavar="FILE", help="or the name of a sample")
    shown.add_argument("--row", type=int, default=0, metavar="N", help="from 0")
    shown.add_argument("--model", default="smollm2", metavar="NAME")
    shown.add_argument("--chat", choices=("auto", "on", "off"), default="auto")
    shown.set_defaults(call=render)


def _templates(all_commands: Any) -> None:
    whole = all_commands.add_parser("templates", help="list, validate, import, compare templates")
    actions = whole.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="list the library")
    listed.add_argument("--task", metavar="T")
    listed.add_argument("--language", choices=("en", "zh"))
    listed.add_argument("--json", action="store_true", help="print one JSON list")
    listed.set_defaults(call=templates.list_library)
    valid = actions.add_parser(
        "validate", help="look for every mistake in template files, and fill them in with two rows"
    )
    valid.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a file or a folder")
    valid.add_argument("--data", metavar="FILE", help="take the rows from here, not a sample")
    valid.set_defaults(call=templates.validate)
    brought = actions.add_parser("import", help="carry templates of a collection over")
    brought.add_argument("file", type=Path, metavar="FILE")
    sources = ("promptsource", "super-naturalinstructions")
    brought.add_argument("--from", dest="source", choices=sources, required=True)
    brought.add_argument("--out", type=Path, required=True, metavar="DIR")
    brought.add_argument("--task", metavar="T", help="otherwise guessed for each template")
    brought.add_argument("--force", action="store_true", help="overwrite files that are there")
    brought.set_defaults(call=templates.import_templates)
    compared = actions.add_parser("diff", help="show what differs between two templates")
    for name in ("a", "b"):
        compared.add_argument(name, metavar=name.upper(), help="a name of the library, or a path")
    compared.add_argument("--json", action="store_true", help="print one JSON object")
    compared.set_defaults(call=templates.compare)


def _check(all_commands: Any) -> None:
    check = all_commands.add_parser("check", help="say what is in a data set and what is wrong")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.add_argument("--task", metavar="T", help="otherwise guessed")
    check.add_argument("--seed", type=int, default=0, help="of the split of a single file")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(call=commands.check)


def _make_rows(all_commands: Any) -> None:
    made = all_commands.add_parser("make-rows", help="let a model propose new training rows")
    made.add_argument(
        "data", nargs="+", metavar="DATA", help="files, a sample or the name of a project"
    )
    made.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    made.add_argument("--task", metavar="T", help="of files; otherwise guessed")
    made.add_argument("--model", default="smollm2", metavar="NAME")
    made.add_argument("--count", type=int, default=20, metavar="N")
    labels = "for these labels, in turn; otherwise for those with the fewest rows"
    made.add_argument("--labels", nargs="+", default=(), metavar="LABEL", help=labels)
    made.add_argument("--instruction", default="", metavar="TEXT", help="what the model is told")
    made.add_argument("--seed", type=int, default=0, help="of the texts, and of a file's split")
    made.set_defaults(call=make_rows)


def _demo(all_commands: Any) -> None:
    demo = all_commands.add_parser("demo", help="play the whole journey on a sample project")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR")
    demo.set_defaults(call=commands.demo)
