"""The jinja of other people's templates: its tokens, its tree, and the columns it reads.

Nothing is rendered here, nor worked out while compiling: whatever a template asks for, it asks of
the preview process.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes, pass_eval_context
from jinja2.meta import TrackingCodeGenerator
from jinja2.sandbox import ImmutableSandboxedEnvironment

from instruct_ui.errors import TemplateError


@pass_eval_context
def _as_it_is(_: nodes.EvalContext, value: object) -> object:
    return value


# Both settings keep jinja from working out constants at once: `{{ 9 ** (9 ** 9) }}` would hang.
ENVIRONMENT = ImmutableSandboxedEnvironment(
    keep_trailing_newline=True, optimized=False, finalize=_as_it_is
)
ENVIRONMENT.globals.pop("lipsum")
_REFUSED_TAGS: dict[type[nodes.Node], str] = {
    nodes.Extends: "extends",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Block: "block",
    nodes.ScopedEvalContextModifier: "autoescape",
}


class Token(NamedTuple):
    line: int
    kind: str
    text: str


@lru_cache(maxsize=16)
def tokens(source: str) -> tuple[Token, ...]:
    """All of `source`, blanks and comments too, but for line ends, which become `\\n`."""
    return tuple(Token(*token) for token in ENVIRONMENT.lex(source))


@lru_cache(maxsize=16)
def parse(source: str) -> nodes.Template:
    """Raises TemplateError with the line for what is no jinja, or a tag that needs other files."""
    try:
        tree = ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise _syntax(error) from error
    for kind, tag in _REFUSED_TAGS.items():
        found = next(tree.find_all(kind), None)
        if found is not None:
            raise TemplateError("importing_tag", tag=tag, line=found.lineno)
    return tree


def check(source: str) -> nodes.Template:
    """`parse`, and what only shows when jinja compiles it: filters, tests and functions that are
    not there."""
    tree = parse(source)
    try:
        ENVIRONMENT.compile(tree, raw=True)
    except TemplateSyntaxError as error:
        raise _syntax(error) from error
    own = {macro.name for macro in tree.find_all(nodes.Macro)} | assigned(tree) | {"caller"}
    for call in tree.find_all(nodes.Call):
        called = call.node
        if isinstance(called, nodes.Name) and called.name not in own | set(ENVIRONMENT.globals):
            raise TemplateError("importing_function", name=called.name, line=call.lineno)
    return tree


def _syntax(error: TemplateSyntaxError) -> TemplateError:
    return TemplateError("importing_syntax", line=error.lineno, cause=error.message or "")


def assigned(tree: nodes.Node) -> set[str]:
    """Names the template gives values to: `set`, `for`, parameters of macros."""
    return {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}


class _Reader(TrackingCodeGenerator):
    """As `meta.find_undeclared_variables`, which works out constants on its way."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.optimizer = None


@lru_cache(maxsize=16)
def columns(source: str) -> tuple[str, ...]:
    """Names `source` reads and does not set, so columns of the row, in order."""
    reader = _Reader(ENVIRONMENT)
    try:
        reader.visit(parse(source))
    except TemplateSyntaxError as error:
        raise _syntax(error) from error
    unset = reader.undeclared_identifiers - set(ENVIRONMENT.globals)
    return tuple(
        dict.fromkeys(t.text for t in tokens(source) if t.kind == "name" and t.text in unset)
    )
