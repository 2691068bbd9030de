"""The environment that templates of people run in: jinja's sandbox, with nothing of Python on show.

The sandbox keeps a template from calling what it must not, but shows what is no text as Python
does: `{{ text.upper }}` as `<built-in method upper of str object at 0x7f...>`. Here a function can
be called and not shown, nothing is worked out while compiling, and what is written is counted as it
comes. What is left is time and memory; only a process of its own limits those
(`instruct_ui.preview`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace

MOST_CHARACTERS = 200_000
"""Most characters one block may render to."""


class TooMuch(Exception):
    """More was written than a block may hold."""


class _Function:
    """What can be called and not shown."""

    __slots__ = ("_called", "_name")

    def __init__(self, called: Callable[..., Any], name: str) -> None:
        self._called = called
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._called(*args, **kwargs)

    def __repr__(self) -> str:
        return f"{self._name}()"

    def __str__(self) -> str:
        raise SecurityError(f"{self._name} does something; write {self._name}() for what it gives")


class _Cycler(Cycler):
    def __repr__(self) -> str:
        return "cycler()"


class _Joiner(Joiner):
    def __repr__(self) -> str:
        return "joiner()"


class _Namespace(Namespace):
    """Names that begin with `_` mean something to Python: a template gives them to nothing."""

    def __init__(*args: Any, **kwargs: Any) -> None:  # so that `self` may be one of the names
        self, given = args[0], dict(*args[1:], **kwargs)
        for name in given:
            _refuse_private(name)
        Namespace.__init__(self, given)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_private(name)
        Namespace.__setitem__(self, name, value)


def _refuse_private(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace takes no name that begins with _: {name!r}")


class Sandbox(ImmutableSandboxedEnvironment):
    """Raises SecurityError or TooMuch while rendering, beside what jinja raises."""

    def __init__(self) -> None:
        # Both `optimized` and `finalize` keep constants from being worked out while compiling.
        super().__init__(
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
            optimized=False,
            finalize=_as_it_is,
        )
        self.globals.pop("lipsum")  # a text generator of jinja2 that no template needs
        self.globals |= {"cycler": _Cycler, "joiner": _Joiner, "namespace": _Namespace}
        for name, called in self.globals.items():
            self.globals[name] = _Function(called, name)  # type: ignore[arg-type]
        for name, function in self.filters.items():
            self.filters[name] = _listed(function)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._shown(obj, attribute, super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self._shown(obj, argument, super().getitem(obj, argument))

    def _shown(self, obj: Any, name: object, value: Any) -> Any:
        if isinstance(value, Undefined):
            private = isinstance(name, str) and name.startswith("__")
            return self.unsafe_undefined(obj, str(name)) if private else value
        if callable(value) and not isinstance(value, Macro | LoopContext | _Function):
            return _Function(value, str(name))
        return value

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        written: list[str] = []
        size = 0
        for part in parts:
            size += len(part)
            if size > MOST_CHARACTERS:
                raise TooMuch
            written.append(part)
        return "".join(written)


@pass_eval_context
def _as_it_is(_: nodes.EvalContext, value: object) -> object:
    return value


def _listed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with a list for its result where it would be a generator."""

    @wraps(function)
    def listed(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return list(result) if isinstance(result, Iterator) else result

    return listed
