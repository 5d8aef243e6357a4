"""One listing, three readers: a terminal, a pipe, a program."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from crawler.report.listing import Column, Listing, show

LISTING = Listing(
    columns=(
        Column(key="feed", heading="feed", flexible=True),
        Column(key="seen", heading="seen", number=True),
    ),
    rows=[{"feed": "a [bold]b[/]\x1b[31m", "seen": 3, "ok": True}, {"feed": "c", "seen": None}],
    total={"feed": "all", "seen": 3},
)


def shown(listing: Listing, *, terminal: bool = False, as_json: bool = False) -> str:
    stream = io.StringIO()
    show(listing, Console(file=stream, force_terminal=terminal, width=60, color_system=None), as_json=as_json)
    return stream.getvalue()


def test_a_pipe_gets_a_line_a_row_parted_by_tabs() -> None:
    assert shown(LISTING).splitlines() == ["feed\tseen", "a [bold]b[/]\\x1b[31m\t3", "c\t", "all\t3"]


def test_a_terminal_gets_a_table_in_which_markup_and_escapes_are_text() -> None:
    table = shown(LISTING, terminal=True)
    assert "[bold]b[/]" in table
    assert "\x1b[31m" not in table
    assert "all" in table


def test_a_program_gets_json_with_every_value() -> None:
    assert json.loads(shown(LISTING, as_json=True)) == LISTING.rows


@pytest.mark.parametrize("as_json", [False, True])
def test_no_rows_is_said_in_words_or_as_an_empty_list(as_json: bool) -> None:
    empty = Listing(columns=LISTING.columns, rows=[], empty="no feeds")
    assert shown(empty, as_json=as_json).strip() == ("[]" if as_json else "no feeds")


def test_a_mapping_and_a_boolean_read_as_words() -> None:
    listing = Listing(
        columns=(Column(key="why", heading="why"), Column(key="ok", heading="ok")),
        rows=[{"why": {"404": 2, "timeout": 1}, "ok": True}, {"why": {}, "ok": False}],
    )
    assert shown(listing).splitlines()[1:] == ["404 2, timeout 1\tyes", "\tno"]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_a_narrow_terminal_keeps_the_first_column_and_leaves_out_optional_ones(width: int) -> None:
    listing = Listing(
        columns=(
            Column(key="feed", heading="feed"),
            Column(key="archived", heading="archived", number=True),
            Column(key="seen", heading="seen", number=True, optional=True),
            Column(key="why", heading="why", flexible=True, optional=True),
        ),
        rows=[
            {
                "feed": "meridian-technology",
                "archived": 3,
                "seen": 18,
                "why": "before --since, not the article",
            }
        ],
    )
    stream = io.StringIO()
    show(listing, Console(file=stream, force_terminal=True, width=width, color_system=None), as_json=False)
    shown_lines = stream.getvalue().splitlines()
    assert max(map(len, shown_lines)) <= width
    assert any("meridian-technology" in line and " 3" in line for line in shown_lines)
    assert ("why" in stream.getvalue()) == (width >= 60)


def test_a_program_may_get_more_than_the_table_shows() -> None:
    stream = io.StringIO()
    show(LISTING, Console(file=stream), as_json=True, raw={"all": [1]})
    assert json.loads(stream.getvalue()) == {"all": [1]}


PATH = (
    "content/orbit/2025/02/2025-02-26-halvorsen-tidal-opens-a-second-harbour-workshop-and-takes-on-forty.md"
)


@pytest.mark.parametrize("width", [60, 80, 150])
def test_a_path_is_never_folded_for_it_is_copied(width: int) -> None:
    columns = (
        Column(key="number", heading="no", number=True),
        Column(key="why", heading="why", flexible=True),
        Column(key="path", heading="file", whole=True),
    )
    rows = [{"number": 1, "why": "first", "path": PATH}, {"number": 2, "why": "edited", "path": None}]
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, color_system=None)
    show(Listing(columns=columns, rows=rows), console, as_json=False)
    lines = stream.getvalue().splitlines()
    assert [line for line in lines if PATH in line] == ([f"1 {PATH}"] if width < 150 else [lines[3]])
    assert ("file" in lines[1]) == (width == 150)
    assert max(len(line) for line in lines if PATH not in line) <= width


@pytest.mark.parametrize(("width", "stacked"), [(24, True), (60, False)])
def test_where_headings_would_be_cut_a_letter_a_line_each_thing_has_a_line(width: int, stacked: bool) -> None:
    columns = (
        Column(key="number", heading="no", plain="revision", number=True),
        Column(key="when", heading="archived (UTC)"),
        Column(key="reason", heading="reason", flexible=True),
    )
    rows = [
        {"number": number, "when": "2026-01-02 03:04", "reason": "page edited again"} for number in (1, 2)
    ]
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, color_system=None)
    show(Listing(columns=columns, rows=rows), console, as_json=False)
    lines = stream.getvalue().splitlines()
    told = ["revision: 1", "archived (UTC): 2026-01-02 03:04", "reason: page edited again", ""]
    assert (lines[:4] == told) is stacked
    assert any("no archived (UTC)" in line for line in lines) is not stacked
