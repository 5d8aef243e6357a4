"""A listing: rows with named columns, shown as a table, as plain lines or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler import urls
from crawler.report.text import word

_PROSE = frozenset({"body", "content", "title"})
#: What JSON may hold as it is, but a terminal or a line reader must not be given: C1, bidirectional controls,
#: U+2028, U+2029, lone surrogates.
_STEERING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_FOLDED = 14  #: cells at which a flexible column still reads well
_LEAST = 6  #: … and at which it can be read at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the row's key, the heading, and how it is set."""

    key: str
    heading: str
    plain: str = ""  #: the heading in a pipe, where nothing beside it tells what it belongs to
    number: bool = False
    style: str = ""
    flexible: bool = False  #: may be folded when the terminal is narrow
    optional: bool = False  #: may be left out when the terminal is narrower still, the last one first
    whole: bool = False  #: never folded, for it is copied: below the table where there is no room in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows ready to be shown."""

    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    title: str = ""
    empty: str = "nothing to show"
    total: Mapping[str, Any] = field(default_factory=dict)  #: a closing row

    def table(self, width: int = 200) -> Table:
        """The listing for a terminal of ``width`` columns."""
        table = Table(
            title=self.title or None,
            title_justify="left",
            box=box.SIMPLE_HEAD,
            show_footer=bool(self.total),
            padding=0,
            pad_edge=False,
        )
        columns = self._fitting(width)
        for column in columns:
            table.add_column(
                column.heading,
                footer=_shown(self.total.get(column.key), column),
                justify="right" if column.number else "left",
                style=column.style,
                no_wrap=not column.flexible,
                overflow="fold" if column.flexible else "ellipsis",
            )
        for row in self.rows:
            table.add_row(*(_shown(row.get(column.key), column) for column in columns))
        return table

    def _fitting(self, width: int) -> list[Column]:
        """The columns for which there is room."""
        columns = list(self.columns)
        while sum(self._room(column) + 1 for column in columns) + 1 > width:
            spare = [one for one in columns if one.whole] or [one for one in columns if one.optional]
            if not spare:
                break
            columns.remove(spare[-1])
        return columns

    def _room(self, column: Column) -> int:
        """Cells that a column needs to stay readable."""
        longest = max((cell_len(word(row.get(column.key))) for row in self.rows), default=0)
        return max(len(column.heading), min(longest, _FOLDED) if column.flexible else longest)

    def is_too_wide(self, width: int) -> bool:
        """Whether no table is readable in so many columns: words would be cut letter by letter."""
        return sum(self._least(column) + 1 for column in self._fitting(width)) + 1 > width

    def _least(self, column: Column) -> int:
        heading = max(map(len, column.heading.split()), default=0)
        return max(heading, min(self._room(column), _LEAST)) if column.flexible else self._room(column)

    def stacked(self) -> Iterator[Text]:
        """For a terminal too narrow for a table: a line for each thing that is known, an empty one between rows."""
        for place, row in enumerate((*self.rows, self.total) if self.total else self.rows):
            if place:
                yield Text()
            for column in self.columns:
                if value := word(row.get(column.key)):
                    yield Text.assemble(f"{column.plain or column.heading}: ", (value, column.style))

    def below(self, width: int) -> Iterator[Text]:
        """What is shown whole and found no room in the table: a line a row, after the row's first column."""
        shown = self._fitting(width)
        for column in self.columns:
            for row in self.rows if column.whole and column not in shown else ():
                first = self.columns[0]
                if value := word(row.get(column.key)):
                    yield Text.assemble((word(row.get(first.key)), first.style), " ", (value, column.style))

    def lines(self) -> Iterable[str]:
        """The listing for a pipe: a heading line, then one line a row, fields parted by tabs."""
        yield "\t".join(column.plain or column.heading for column in self.columns)
        for row in self.rows:
            yield "\t".join(word(row.get(column.key)) for column in self.columns)
        if self.total:
            yield "\t".join(word(self.total.get(column.key)) for column in self.columns)


def show(
    listing: Listing, console: Console, *, as_json: bool, raw: object = None, secrets: bool = False
) -> None:
    """Print a listing the way the reader can use it; ``raw`` is what a program gets instead."""
    if as_json:
        print_json(list(listing.rows) if raw is None else raw, console, secrets=secrets)
    elif not listing.rows:
        console.print(Text(listing.empty))
    elif console.is_terminal and listing.is_too_wide(console.width):
        for told in listing.stacked():
            console.print(told, soft_wrap=True)
    elif console.is_terminal:
        console.print(listing.table(console.width))
        for told in listing.below(console.width):
            console.print(told, soft_wrap=True)
    else:
        for line in listing.lines():
            print_plain(line, console)


def print_plain(line: str, console: Console) -> None:
    """One line, neither wrapped nor styled."""
    _write(line + "\n", console)


def print_json(value: object, console: Console, *, secrets: bool = False) -> None:
    """JSON, indented for a person, valid for a program; with ``secrets``, addresses as they are.

    What could steer a terminal stands there as ``\\uXXXX``: the same value for a program.
    """
    _write(json_text(value, secrets=secrets) + "\n", console)


def _write(text: str, console: Console) -> None:
    try:
        console.file.write(text)
    except BrokenPipeError:
        console.on_broken_pipe()


def json_text(value: object, *, secrets: bool = False) -> str:
    """What ``print_json`` prints."""
    told = value if secrets else _without_secrets(value)
    text = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _without_secrets(value: object) -> object:
    """The same, addresses without user names and secret query values; an article's own text stays."""
    if isinstance(value, str):
        return urls.without_secrets(value)
    if isinstance(value, Mapping):
        return {name: one if name in _PROSE else _without_secrets(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(one) for one in value]
    return value


def _shown(value: object, column: Column) -> Text:
    """A cell on a terminal: nought recedes, so that what happened stands out."""
    if column.number and value == 0:
        return Text("·", style="dim")
    return Text(word(value))
