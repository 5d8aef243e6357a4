"""Rows of cells → one table block, without the empty rows and columns that layout leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.extract.block import Block, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell and what is in it."""

    head: bool
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The cell on one line."""
        return " ".join(block.text.replace("\n", " ") for block in self.blocks if block.text)


Rows = list[list[Cell]]


def trimmed(rows: Rows) -> Rows:
    """Without rows that hold nothing, and without columns in which no row holds anything."""
    rows = [row for row in rows if any(cell.blocks for cell in row)]
    width = max(map(len, rows), default=0)
    used = [n for n in range(width) if any(n < len(row) and row[n].blocks for row in rows)]
    return [[row[n] for n in used if n < len(row)] for row in rows]


def block(rows: Rows) -> Block:
    """The table; rows of header cells at its top become its ``<thead>``."""
    heads = 0
    while heads < len(rows) - 1 and all(cell.head or not cell.blocks for cell in rows[heads]):
        heads += 1
    head = "".join(map(_row, rows[:heads]))
    body = "".join(map(_row, rows[heads:]))
    lines = (" | ".join(text for cell in row if (text := cell.text)) for row in rows)
    return Block(
        kind="table",
        html=f"<table>{f'<thead>{head}</thead>' if head else ''}<tbody>{body}</tbody></table>",
        text="\n".join(line for line in lines if line),
    )


def _row(row: list[Cell]) -> str:
    cells = (f"<{tag}>{joined(cell.blocks)}</{tag}>" for cell in row for tag in ["th" if cell.head else "td"])
    return f"<tr>{''.join(cells)}</tr>"
