"""The kinds of job: name -> "module:function", imported by a worker when the first one comes.

A job function is `(payload, listen, stop) -> result`: plain values in and out; `listen(kind,
values)` tells progress, `stop()` is True once the person asked to stop. What a function then
returns is kept as the job's result; raising `instruct_ui.engine.base.Stopped` says that there is
nothing to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Listen = Callable[[str, Mapping[str, Any]], None]
Stop = Callable[[], bool]
JobFunction = Callable[[dict[str, Any], Listen, Stop], Mapping[str, Any]]

KINDS: dict[str, str] = {
    "run": "instruct_ui.work.runs:run",
    "try_text": "instruct_ui.work.runs:try_text",
    "estimate": "instruct_ui.work.runs:estimate",
    "get_model": "instruct_ui.work.runs:get_model",
    "inspect": "instruct_ui.work.data:inspect",
    "look_deeper": "instruct_ui.work.data:look_deeper",
    "propose": "instruct_ui.work.labelling:propose",
    "make_rows": "instruct_ui.work.making:make_rows",
}
