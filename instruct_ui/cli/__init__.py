"""The command line: parse, call, print. Exit code 0; 2 for a user's mistake, said in one message;
1 for our own fault, with the log's path."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence

from instruct_ui.cli.parser import parser
from instruct_ui.cli.printing import tell
from instruct_ui.errors import InstructError, UserMistake
from instruct_ui.texts import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    # A process group's Ctrl-C and a supervisor's SIGTERM end a command the same way.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        options.call(options)
        return 0
    except UserMistake as error:
        tell(error.message(), to=sys.stderr)
        return 2
    except KeyboardInterrupt:
        tell(say("errors.stopped", folder=getattr(options, "out", "-")), to=sys.stderr)
        return 130
    except InstructError as error:
        tell(error.message(), to=sys.stderr)
        return _log()
    except Exception:  # noqa: BLE001 - the last frame: everything else is our own fault
        return _log()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _log() -> int:
    descriptor, path = tempfile.mkstemp(prefix="instruct-ui-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        traceback.print_exc(file=stream)
    tell(say("errors.log_written", path=path), to=sys.stderr)
    return 1
