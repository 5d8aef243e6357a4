"""What a release's text is made of, and light Markdown → blocks → HTML or plain text.

Used by the prose, by records from outside, by pages and by feeds.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

_LINK = re.compile(r"\[([^\]\[\n]+)\]\((\S+?)\)")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\((\S+?)\)")
_BULLET = re.compile(r"^\s*[*-] +(?=\S)")
_NUMBERED = re.compile(r"^\s*\d{1,2}[.)] +(?=\S)")
_HEADING = re.compile(r"^(#{1,6}) +(.+)$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: a paragraph, a heading, a list, a table or a picture.

    ``lines`` are the items of a list, one line otherwise; ``rows`` are a table's.  Inline text is
    light Markdown: ``[text](url)`` and ``**bold**``.
    """

    kind: Literal["paragraph", "quote", "heading", "bullets", "numbers", "table", "picture"]
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def text(self) -> str:
        """Plain text, one line for each item or row; a picture has none."""
        if self.kind == "picture":
            return ""
        if self.kind == "table":
            return "\n".join(" ".join(plain(cell) for cell in row if cell) for row in self.rows)
        return "\n".join(plain(line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Style:
    """How a wire writes its bodies."""

    paragraph: tuple[str, str] = ("<p>", "</p>\n")
    heading: tuple[str, str] = ("<h2>", "</h2>\n")
    quote: tuple[str, str] = ("<blockquote><p>", "</p></blockquote>\n")
    table: str = '<table class="release-table">'
    upper: bool = False  #: HTML 4 as people typed it: tags in capitals
    figure: bool = True  #: pictures in <figure> rather than in a paragraph
    void: str = ">"  #: end of <img and <br: " />" in XHTML


def plain(text: str) -> str:
    """Inline light Markdown without its marks."""
    return _BOLD.sub(r"\1", _LINK.sub(r"\1", text))


def inline(text: str, link: Callable[[str], str]) -> str:
    """Inline light Markdown as HTML; ``link`` turns a target into the address to write."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        parts.append(html.escape(text[end : match.start()], quote=False))
        target = html.escape(link(match[2]), quote=True)
        parts.append(f'<a href="{target}">{html.escape(match[1], quote=False)}</a>')
        end = match.end()
    parts.append(html.escape(text[end:], quote=False))
    return _BOLD.sub(r"<strong>\1</strong>", "".join(parts))


def to_html(blocks: tuple[Block, ...], style: Style, link: Callable[[str], str]) -> str:
    """The blocks as HTML in a wire's own style."""
    written = "".join(_block(block, style, link) for block in blocks)
    if not style.upper:
        return written
    return re.sub(r"</?[a-z0-9]+", lambda match: match[0].upper(), written)


def _block(block: Block, style: Style, link: Callable[[str], str]) -> str:
    if block.kind == "picture":
        return _picture(block, style, link)
    if block.kind == "table":
        rows = "".join(
            f"<tr>{''.join(f'<td>{inline(cell, link)}</td>' for cell in row)}</tr>\n" for row in block.rows
        )
        return f"{style.table}\n{rows}</table>\n"
    if block.kind in {"bullets", "numbers"}:
        tag = "ul" if block.kind == "bullets" else "ol"
        items = "".join(f"<li>{inline(line, link)}</li>\n" for line in block.lines)
        return f"<{tag}>\n{items}</{tag}>\n"
    before, after = {"heading": style.heading, "quote": style.quote}.get(block.kind, style.paragraph)
    return "".join(f"{before}{inline(line, link)}{after}" for line in block.lines)


def _picture(block: Block, style: Style, link: Callable[[str], str]) -> str:
    source, alt = block.lines
    image = f'<img src="{html.escape(link(source))}" alt="{html.escape(plain(alt))}"{style.void}'
    return (
        f"<figure>{image}</figure>\n" if style.figure else f"{style.paragraph[0]}{image}{style.paragraph[1]}"
    )


def picture_path(name: str) -> str:
    """Where the wire keeps the picture that a text calls ``name``."""
    return f"/media/{hashlib.sha256(name.encode()).hexdigest()[:12]}.png"


def parse(text: str) -> tuple[Block, ...]:
    """Read light Markdown: paragraphs at empty lines, lists, headings, pictures.

    Pictures are moved to the wire's own ``/media/``, so that nothing points outside.
    """
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        for block in _chunk(chunk):
            same = blocks and blocks[-1].kind == block.kind and block.kind in {"bullets", "numbers"}
            if same:
                blocks[-1] = Block(block.kind, blocks[-1].lines + block.lines)
            else:
                blocks.append(block)
    return tuple(blocks)


def _chunk(chunk: str) -> Iterator[Block]:
    """The blocks of what stands between two empty lines."""
    for match in _PICTURE.finditer(chunk):
        yield Block("picture", (picture_path(match[2]), match[1]))
    prose: list[str] = []
    for line in _PICTURE.sub("", chunk).split("\n"):
        block = _marked(line)
        if block is None:
            prose.append(line)
            continue
        yield from _paragraph(prose)
        prose = []
        yield block
    yield from _paragraph(prose)


def _marked(line: str) -> Block | None:
    if _BULLET.match(line):
        return Block("bullets", (_BULLET.sub("", line).strip(),))
    if _NUMBERED.match(line):
        return Block("numbers", (_NUMBERED.sub("", line).strip(),))
    heading = _HEADING.match(line)
    return Block("heading", (heading[2].strip(),)) if heading else None


def _paragraph(lines: list[str]) -> Iterator[Block]:
    text = " ".join(" ".join(lines).split())
    if text:
        yield Block("paragraph", (text,))
