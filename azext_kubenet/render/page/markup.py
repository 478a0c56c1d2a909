"""HTML as values: text is escaped where it is put in, so that no value from Azure can be markup. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NewType

from ...core.azure.printable import printable

Markup = NewType("Markup", str)
"""HTML that is ready to be written."""

NOTHING: Final = Markup("")

_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
"""As `html.escape` has it, without loading that module's table of all entities."""

_VOID: Final = frozenset({"meta", "line", "rect", "path", "polygon"})


def text(value: object) -> Markup:
    """The value as text: markup in it is shown, control and invisible characters cannot act."""
    return Markup(printable(str(value)).translate(_ESCAPED))


def element(tag: str, /, *content: Markup, **attributes: object) -> Markup:
    """One element. An attribute of None is left out; `class_` is `class`, other underscores stand for hyphens."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if tag in _VOID and not content:
        return Markup(f"<{tag}{given}>" if tag == "meta" else f"<{tag}{given}/>")
    return Markup(f"<{tag}{given}>{''.join(content)}</{tag}>")


def joined(parts: Iterable[Markup]) -> Markup:
    """One after the other, a line each."""
    return Markup("\n".join(parts))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> Markup:
    """A table of texts; numbers stand to the right, and their heading too. A Cell is taken as it is."""
    listed = list(rows)
    first = listed[0] if listed else headings
    classes = ("number" if isinstance(value, int) else None for value in first)
    head = element(
        "tr",
        *(
            element("th", text(heading), scope="col", class_=class_)
            for heading, class_ in zip(headings, classes, strict=True)
        ),
    )
    body = joined(element("tr", *(_cell(value) for value in row)) for row in listed)
    inner = element("table", element("caption", text(caption)), element("thead", head), element("tbody", body))
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


class Cell:
    """A cell that is markup already."""

    def __init__(self, content: Markup) -> None:
        self.content = content


def _cell(value: object) -> Markup:
    if isinstance(value, Cell):
        return element("td", value.content)
    if isinstance(value, int):
        return element("td", text(f"{value:,}"), class_="number")
    return element("td", breakable(str(value)))


def breakable(value: str) -> Markup:
    """The value as text; the id of a resource is broken after its slashes."""
    if not value.startswith("/"):
        return text(value)
    return Markup("/" + text(value[1:]).replace("/", "/<wbr/>"))


def prose(value: str) -> Markup:
    """The sentences as text, what stands between backticks as code."""
    pieces = value.split("`")
    if len(pieces) % 2 == 0:
        return text(value)
    return Markup("".join(element("code", text(each)) if at % 2 else text(each) for at, each in enumerate(pieces)))
