"""What the database knows of a meeting as sheets, and sheets as XML: equal sheets give equal bytes. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree


@dataclass(frozen=True)
class Column:
    """``code`` is its element in XML, ``share`` how wide it is on paper beside the others."""

    code: str
    name: str
    share: int


@dataclass(frozen=True)
class Sheet:
    """One table, every cell as it is read."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def write_sheet(sheet: Sheet) -> bytes:
    root = ElementTree.Element("sheet", {"title": clean(sheet.title)})
    for row in sheet.rows:
        element = ElementTree.SubElement(root, "row")
        for column, value in zip(sheet.columns, row, strict=True):
            ElementTree.SubElement(element, column.code).text = clean(value)
    return write_xml(root)


def write_value(name: str, value: Any) -> bytes:
    """Any JSON value: objects become elements of their names, lists ``item`` elements."""
    return write_xml(_to_element(name, value))


def _to_element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        element.extend(_to_element(str(key), part) for key, part in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        element.extend(_to_element("item", part) for part in value)
    elif value is not None:
        element.text = clean(str(value).lower() if isinstance(value, bool) else str(value))
    return element


def write_xml(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def clean(text: str) -> str:
    """Without what XML 1.0 has no place for."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n" or (unicodedata.category(letter) not in ("Cc", "Cs") and letter not in "\ufffe\uffff")
    )
