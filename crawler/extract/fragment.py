"""A feed's own content, HTML or plain text → clean blocks.  Nothing is judged to be boilerplate here."""

from __future__ import annotations

import html
import re

from lxml.html import HTMLParser, document_fromstring

from crawler import prose
from crawler.extract.block import Block
from crawler.extract.blocks import Reader

SIZE_LIMIT = 2_000_000
"""Characters of an entry's content that are read."""

_TAG = re.compile(r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,2000})?/?>|<!--|<\?xml", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|br|a|ul|li|b|strong|em|i|span|h[1-6]|img|table)\b", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)


def read(content: str, base: str) -> list[Block]:
    """The blocks of a fragment; addresses in it are relative to ``base``."""
    content = _FORBIDDEN.sub("", content[:SIZE_LIMIT])
    if not _TAG.search(content) and _ESCAPED_TAG.search(content):
        content = html.unescape(content)
    if not _TAG.search(content):
        return list(_paragraphs(content))
    # In a <div>, lxml takes no content for a whole document, and none for nothing.
    tree = document_fromstring(f"<div>{content}</div>".encode(), parser=_PARSER)
    return Reader(base=base, drop_share=True).read(tree)


def _paragraphs(text: str) -> list[Block]:
    """Plain text: an empty line ends a paragraph."""
    lines = (prose.clean(html.unescape(part)) for part in _PARAGRAPH_END.split(text))
    return [
        Block(kind="p", html=f"<p>{html.escape(line, quote=False)}</p>", text=line) for line in lines if line
    ]
