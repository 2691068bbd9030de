"""What a template does with the columns it reads. Here a cell is one text; there it may be a list,
a record or a number, and what works on those would silently show something else."""

from __future__ import annotations

from collections.abc import Collection

from jinja2 import nodes

from instruct_ui.errors import TemplateError

_OF_LISTS = [
    "batch",
    "dictsort",
    "first",
    "groupby",
    "items",
    "join",
    "last",
    "list",
    "map",
    "max",
    "min",
    "random",
    "reject",
    "rejectattr",
    "select",
    "selectattr",
    "slice",
    "sort",
    "sum",
    "tojson",
    "unique",
    "xmlattr",
]
_OF_NUMBERS = ("abs", "round", "filesizeformat")
_ORDERS = ("lt", "lteq", "gt", "gteq")
_TAKING_PARTS = (nodes.Getattr, nodes.Getitem, nodes.For, nodes.Filter, nodes.Call, nodes.NSRef)

_COUNTING = (nodes.Compare, nodes.BinExpr, nodes.Getitem, nodes.Filter)


def refuse_other_than_text(tree: nodes.Template, columns: Collection[str]) -> None:
    """Raises TemplateError where one of `columns` is used as a list, a record or a number."""
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for node in tree.find_all(_TAKING_PARTS):
        name = _as_list(node, columns, is_called=id(node) in called)
        if name:
            raise TemplateError("importing_structure", name=name, line=node.lineno)
    for node in tree.find_all(_COUNTING):
        name = _as_number(node, columns)
        if name:
            raise TemplateError("importing_number", name=name, line=node.lineno)


def _column(node: nodes.Node | None, columns: Collection[str]) -> str:
    return node.name if isinstance(node, nodes.Name) and node.name in columns else ""


def _as_list(node: nodes.Node, columns: Collection[str], is_called: bool) -> str:
    match node:
        case nodes.Getattr():
            is_method = is_called and hasattr(str, node.attr)
            return "" if is_method else _column(node.node, columns)
        case nodes.Getitem():
            is_part = isinstance(node.arg, nodes.Slice)
            return "" if is_part else _column(node.node, columns)
        case nodes.NSRef():
            return node.name if node.name in columns else ""
        case nodes.For():
            return _column(node.iter, columns)
        case nodes.Filter():
            return _column(node.node, columns) if node.name in _OF_LISTS else ""
        case nodes.Call(node=nodes.Getattr(attr="join")):
            return "".join(_column(argument, columns) for argument in node.args)
    return ""


def _as_number(node: nodes.Node, columns: Collection[str]) -> str:
    match node:
        case nodes.Compare():
            sides = [node.expr, *(operand.expr for operand in node.ops)]
            ordered = any(operand.op in _ORDERS for operand in node.ops)
            if ordered or any(map(_has_number, sides)):
                return next(filter(None, (_column(side, columns) for side in sides)), "")
        case nodes.BinExpr():
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if _has_number(other):
                    return _column(one, columns)
        case nodes.Getitem(node=nodes.List()):
            return _column(node.arg, columns)
        case nodes.Filter():
            return _column(node.node, columns) if node.name in _OF_NUMBERS else ""
    return ""


def _has_number(node: nodes.Node) -> bool:
    if isinstance(node, nodes.List | nodes.Tuple):
        return any(_has_number(item) for item in node.items)
    return isinstance(node, nodes.Const) and isinstance(node.value, int | float)
