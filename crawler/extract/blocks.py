"""A small HTML tree → clean blocks: paragraphs, headings, lists, tables, quotes, code, figures.

Reads trafilatura's result (renamed by ``body``) and feeds' own HTML (``fragment``) alike.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from crawler.extract import links, tables
from crawler.extract.block import Block, inner, joined
from crawler.extract.inline import Inline
from crawler.extract.marks import MARK, Mark, Marks, restore, tag_of

DEPTH_LIMIT = 100
"""Elements in elements that are looked at one by one; what is nested deeper is plain text."""

_INLINE = {
    "a": "a", "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em", "code": "code",
    "kbd": "code", "samp": "code", "tt": "code", "sub": "sub", "sup": "sup",
}  # fmt: skip
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6"}
_LISTS = ("ul", "ol", "menu")
_PARAGRAPHS = frozenset(
    "p div section article main header footer address center dl dt dd figcaption details summary caption "
    "body html figure tr td th thead tbody tfoot hgroup li".split()
)
DROPPED = frozenset(
    "script style noscript template iframe frame frameset object embed applet svg math canvas audio video "
    "form input button select textarea option label nav head title meta link base map area dialog "
    "marquee".split()
)
"""Elements that are no text, or act; their content goes with them."""


@dataclass(slots=True)
class _Flow:
    """Blocks as they are found; loose text between them becomes paragraphs."""

    blocks: list[Block] = field(default_factory=list)
    run: Inline = field(default_factory=Inline)
    figures: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        if self.run.breaks > 1 and not text.isspace():
            self.flush()
        self.run.write(text)

    def figure(self, markup: str | None) -> None:
        """A figure stands before the paragraph that has not begun, or after the one that has."""
        if markup:
            self.figures.append(markup)
            if not self.run.plain:
                self._place_figures()

    def flush(self) -> None:
        following = self.run.fresh()
        markup, text = self.run.end()
        if text:
            self.blocks.append(Block(kind="p", html=f"<p>{markup}</p>", text=text))
        self._place_figures()
        self.run = following

    def add(self, *blocks: Block) -> None:
        self.flush()
        self.blocks += blocks

    def _place_figures(self) -> None:
        self.blocks += [Block(kind="figure", html=markup) for markup in dict.fromkeys(self.figures)]
        self.figures.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads trees of one document."""

    base: str  #: what its addresses are relative to
    marks: Marks = field(default_factory=dict)
    drop_share: bool = False  #: leave out links that offer to share
    without: frozenset[HtmlElement] = frozenset()  #: elements that are left out

    def read(self, element: HtmlElement, depth: int = 0) -> list[Block]:
        """The blocks in ``element``, in order, none empty."""
        flow = _Flow()
        self._walk(element, flow, depth)
        flow.flush()
        return flow.blocks

    def _walk(self, element: HtmlElement, flow: _Flow, depth: int) -> None:
        if element.text:
            self._text(element.text, flow)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in DROPPED and child not in self.without:
                self._element(child, flow, depth + 1)
            if child.tail:
                self._text(child.tail, flow)

    def _element(self, element: HtmlElement, flow: _Flow, depth: int) -> None:
        tag = str(element.tag)
        if depth > DEPTH_LIMIT:
            self._text(" ".join(element.itertext()), flow)
        elif tag in _INLINE:
            self._inline(element, _INLINE[tag], flow, depth)
        elif tag in _PARAGRAPHS:
            flow.flush()
            self._walk(element, flow, depth)
            flow.flush()
        elif tag == "br":
            flow.run.line_break()
        elif tag == "img":
            flow.figure(self._figure(element))
        elif tag in _HEADINGS:
            flow.add(*self._heading(element, depth))
        elif tag in _LISTS:
            flow.add(*self._list(element, depth))
        elif tag == "table":
            flow.add(*self._table(element, depth))
        elif tag == "blockquote":
            flow.add(*self._quote(element, depth))
        elif tag == "pre":
            flow.add(*self._code(element))
        elif tag == "hr":
            flow.flush()
        else:
            self._walk(element, flow, depth)

    def _inline(self, element: HtmlElement, tag: str, flow: _Flow, depth: int) -> None:
        start: str | None = f"<{tag}>"
        if tag == "a":
            if self.drop_share and links.is_share(element.get("href")):
                return
            start = links.anchor(self.base, element)
        if start:
            flow.run.open(element, tag, start)
        self._walk(element, flow, depth)
        flow.run.close(element)

    def _text(self, text: str, flow: _Flow) -> None:
        """Write text, and put the marked-up letters back where stand-ins are."""
        end = 0
        for match in MARK.finditer(text) if self.marks else ():
            flow.write(text[end : match.start()])
            self._marked(self.marks[match[0]], flow)
            end = match.end()
        flow.write(text[end:] if end else text)

    def _marked(self, mark: Mark, flow: _Flow) -> None:
        if mark.begins:
            flow.flush()
        for image in mark.before:
            flow.figure(self._figure(image))
        for element in mark.opens:
            tag = tag_of(element)
            start = links.anchor(self.base, element) if tag == "a" else f"<{tag}>"
            if start:
                flow.run.open(element, tag, start, lasts=False)
        flow.write(mark.letter)
        for element in mark.closes:
            flow.run.close(element)
        for image in mark.after:
            flow.figure(self._figure(image))

    def _figure(self, image: HtmlElement) -> str | None:
        markup = links.figure(self.base, image)
        return restore(markup, self.marks) if markup and self.marks else markup

    def _heading(self, element: HtmlElement, depth: int) -> Iterator[Block]:
        """A heading is one block; its figures follow it."""
        tag = _HEADINGS[str(element.tag)]
        blocks = self.read(element, depth)
        text = " ".join(block.text.replace("\n", " ") for block in blocks if block.text)
        if text:
            markup = " ".join(inner(block) for block in blocks if block.text)
            yield Block(kind=tag, html=f"<{tag}>{markup}</{tag}>", text=text)
        yield from (block for block in blocks if not block.text)

    def _list(self, element: HtmlElement, depth: int) -> Iterator[Block]:
        items = [item for child in element if (item := self._item(child, depth))]
        text = "\n".join(block.text for item in items for block in item if block.text)
        tag = "ol" if element.tag == "ol" else "ul"
        if text:
            markup = "".join(f"<li>{joined(item)}</li>" for item in items)
            yield Block(kind=tag, html=f"<{tag}>{markup}</{tag}>", text=text)
        else:
            yield from (block for item in items for block in item)

    def _item(self, element: HtmlElement, depth: int) -> list[Block]:
        if not isinstance(element.tag, str) or element.tag in DROPPED or element in self.without:
            return []
        if element.tag in _LISTS:  # a list right in a list
            return list(self._list(element, depth + 1))
        return self.read(element, depth)

    def _quote(self, element: HtmlElement, depth: int) -> Iterator[Block]:
        blocks = self.read(element, depth)
        text = "\n".join(block.text for block in blocks if block.text)
        if text:
            markup = "".join(block.html for block in blocks)
            yield Block(kind="blockquote", html=f"<blockquote>{markup}</blockquote>", text=text)
        else:
            yield from blocks

    def _code(self, element: HtmlElement) -> Iterator[Block]:
        """Preformatted text: its lines end in ``<br>``, because a body is one line."""
        for end in list(element.iter("br")):
            end.text = "\n"
        source = "".join(element.itertext())
        if self.marks:
            source = restore(source, self.marks)
        lines = [html.escape(line.rstrip(), quote=False) for line in source.strip("\n\r").splitlines()]
        text = " ".join(source.split())
        if text:
            yield Block(kind="pre", html=f"<pre>{'<br>'.join(lines)}</pre>", text=text)

    def _table(self, element: HtmlElement, depth: int) -> Iterator[Block]:
        rows = [[self._cell(cell, depth) for cell in row.iterchildren("td", "th")] for row in _rows(element)]
        table = tables.trimmed(rows)
        if max(map(len, table), default=0) < 2:  # a frame around text, not a table
            yield from (block for row in rows for cell in row for block in cell.blocks)
        else:
            yield tables.block(table)

    def _cell(self, element: HtmlElement, depth: int) -> tables.Cell:
        return tables.Cell(head=element.tag == "th", blocks=tuple(self.read(element, depth)))


def _rows(table: HtmlElement) -> Iterator[HtmlElement]:
    """The rows of a table, not those of tables in it."""
    for child in table:
        if child.tag == "tr":
            yield child
        else:
            yield from child.iterchildren("tr")
