"""A block of an article: the unit in which bodies are cut, joined and read as plain text."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of an article."""

    kind: str  #: its tag
    html: str
    text: str = ""  #: plain, one line for every paragraph, item or row; "" for a figure


def inner(block: Block) -> str:
    """A block's content as it can stand inside another one's line."""
    if block.kind == "p":
        return block.html.removeprefix("<p>").removesuffix("</p>")
    return html.escape(block.text.replace("\n", " "), quote=False)


def joined(blocks: Sequence[Block]) -> str:
    """The content of an item or cell: a lone paragraph needs no ``<p>``."""
    lone = sum(block.kind == "p" for block in blocks) == 1
    return "".join(inner(block) if lone and block.kind == "p" else block.html for block in blocks)
