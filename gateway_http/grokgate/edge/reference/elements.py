"""HTML as a tree of elements: what is written into it is escaped."""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

Content = Element | str

_CODE = re.compile(r"`([^`]+)`")


def tag(name: str, /, *content: Content, **attributes: str) -> Element:
    """An element; `class_` stands for the attribute that Python has as a word."""
    element = Element(name, {key.rstrip("_"): value for key, value in attributes.items()})
    last: Element | None = None
    for part in content:
        if isinstance(part, Element):
            element.append(part)
            last = part
        elif last is None:
            element.text = (element.text or "") + part
        else:
            last.tail = (last.tail or "") + part
    return element


def prose(text: str) -> list[Content]:
    """A sentence, with `words` between backticks as code."""
    return [
        tag("code", part) if index % 2 else part for index, part in enumerate(_CODE.split(text))
    ]


def table(*rows: Iterable[Iterable[Content]]) -> Element:
    """A table: of each row its cells, of each cell its content."""
    lines = (tag("tr", *(tag("td", *cell) for cell in row)) for row in rows)
    return tag("table", tag("tbody", *lines))


def page(root: Element) -> str:
    """A whole document."""
    return f"<!doctype html>\n{tostring(root, encoding='unicode', method='html')}\n"
