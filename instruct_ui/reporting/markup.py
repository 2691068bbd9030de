"""HTML that is escaped by construction: text becomes markup only through `element`.

Texts of users, files and models go through here on their way to the page, so there is one place
that escapes and no way around it. Knows nothing of what is shown.
"""

from __future__ import annotations

import html

_VOID = frozenset({"br", "circle", "col", "line", "wbr"})


class Html(str):
    """Markup that was built by `element` or `join`."""

    __slots__ = ()


Content = str | int | Html


def element(name: str, *content: Content, **attributes: str | int | bool | None) -> Html:
    """`<name ...>content</name>`. Content that is no Html is escaped, attribute values always.

    `class_` stands for `class`, `_` in other attribute names for `-`; None and False leave an
    attribute out, True gives it without a value.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        plain = key.rstrip("_").replace("_", "-")
        parts.append(plain if value is True else f'{plain}="{html.escape(str(value))}"')
    opening = f"<{' '.join(parts)}>"
    if name in _VOID:
        return Html(f"{opening[:-1]}/>")
    return Html(f"{opening}{join(*content)}</{name}>")


def join(*content: Content) -> Html:
    return Html("".join(c if isinstance(c, Html) else html.escape(str(c)) for c in content))


def number(value: float, shown: str | None = None, class_: str = "number") -> Html:
    """A right-aligned cell: two decimals unless told, the whole figure in `data-value`."""
    return element("td", shown or f"{value:.2f}", class_=class_, data_value=f"{value:.6g}")


def table(label: str, head: list[Html], body: list[Html], **attributes: str | None) -> Html:
    """A named table in a frame that scrolls by keyboard too where the page is narrow."""
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", *head)),
            element("tbody", *body),
            **({"class_": "data-table", "aria_label": label} | attributes),
        ),
        class_="table-scroll",
        role="region",
        aria_label=label,
        tabindex=0,
    )


def heading(text: Content, numeric: bool = False, **attributes: str | None) -> Html:
    return element("th", text, scope="col", class_="number" if numeric else None, **attributes)
