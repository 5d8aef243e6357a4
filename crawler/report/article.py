"""An archived article as a terminal shows it: title, facts, and the HTML body as prose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from crawler.report.text import safe, word

_OPEN = re.compile(r"<(?![^<>]*>)")  #: no archived tag holds a "<"
_INLINE = {"strong": "bold", "b": "bold", "em": "italic", "i": "italic", "code": "cyan", "del": "strike"}
_BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 li blockquote pre td th figcaption dt dd".split())


def article(facts: Mapping[str, Any], body: str) -> RenderableType:
    """Title, facts and body, top to bottom."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        if name != "title" and (told := word(value)):
            grid.add_row(name, Text(told))
    return Group(Text(safe(facts.get("title", "")), style="bold"), grid, Rule(style="dim"), prose(body))


def prose(markup: str) -> RenderableType:
    """HTML blocks as styled paragraphs, with bullets, quotes and rows."""
    return Group(*_read(markup).blocks)


def plain(markup: str) -> str:
    """HTML blocks as plain text, an empty line between two blocks."""
    return "\n\n".join(_read(markup).lines)


def _read(markup: str) -> _Prose:
    """A sign that opens no tag is text: the standard library's reader looks for its end again and again."""
    reader = _Prose()
    reader.feed(_OPEN.sub("&lt;", markup))
    reader.close()
    reader.flush()
    return reader


class _Prose(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[RenderableType] = []
        self.lines: list[str] = []
        self._text = Text()
        self._styles: list[Style] = []
        self._lists: list[int | None] = []
        self._lead = ""
        self._quoted = 0
        self._row: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag in {"ul", "ol", "table", "tr", "figure"}:
            self.flush()
        if tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._lead = self._bullet()
        elif tag == "blockquote":
            self._quoted += 1
        elif tag == "br":
            self._text.append("\n")
        elif tag == "img":
            values = dict(attrs)
            self._text.append(f"[image: {safe(values.get('alt') or values.get('src') or '')}]", "dim")
        else:
            self._styles.append(_style(tag, dict(attrs)))
            return

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self.flush()
            if self._lists:
                self._lists.pop()
            self._lead = ""
        elif tag == "blockquote":
            self.flush()
            self._quoted = max(0, self._quoted - 1)
        elif tag in {"td", "th"}:
            self._row.append(self._text.plain.strip())
            self._text = Text()
            self._unstyle()
        elif tag == "tr":
            self._text = Text("  │  ".join(self._row))
            self._row = []
            self.flush()
            self._unstyle()
        elif tag not in {"li", "br", "img"}:
            if tag in _BLOCKS:
                self.flush()
            self._unstyle()
        else:
            self.flush()

    def handle_data(self, data: str) -> None:
        style = Style.combine(self._styles) if self._styles else Style()
        self._text.append(safe(data), style)

    def flush(self) -> None:
        """Close the block under way."""
        text, self._text = self._text, Text()
        if not text.plain.strip():
            return
        line = Text(self._lead) + text
        indent = 2 * max(0, len(self._lists) - 1) + 2 * self._quoted
        self.blocks.append(Padding(line, (0, 0, 0 if self._lists else 1, indent)))
        self.lines.append(" " * indent + line.plain)
        self._lead = " " * len(self._lead)
        if not self._lists:
            self._lead = ""

    def _unstyle(self) -> None:
        if self._styles:
            self._styles.pop()

    def _bullet(self) -> str:
        if not self._lists:
            return "• "
        number = self._lists[-1]
        if number is None:
            return "• "
        self._lists[-1] = number + 1
        return f"{number + 1}. "


def _style(tag: str, attributes: Mapping[str, str | None]) -> Style:
    if tag == "a" and attributes.get("href"):
        return Style(underline=True, link=safe(attributes["href"]))
    if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
        return Style(bold=True, color="bright_blue")
    return Style.parse(_INLINE.get(tag, "none"))
