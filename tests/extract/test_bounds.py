"""Pages made to be expensive cost seconds at most; the workers' limits are for what is left."""

from __future__ import annotations

import time

import pytest

from crawler.errors import NoArticle
from crawler.extract import extract
from tests.extract.pages import LEAD, MIDDLE, document, page

MONSTERS = {
    "deep": "<div>" * 50_000 + LEAD,
    "deep quotes": "<blockquote>" * 400 + LEAD,
    "line breaks": f"<p>{LEAD}</p>{'<br>' * 200_000}<p>{MIDDLE}</p>",
    "paragraphs": "<p>A lamp is a lamp.</p>" * 50_000,
    "colspan": f"<p>{LEAD}</p><table><tr><td colspan=1000000000>a</td><td>b</td></tr></table>",
    "cells": f"<table>{('<tr>' + '<td>lamp</td>' * 20 + '</tr>') * 2000}</table>",
    "one long text": "<p>" + "lamp " * 1_500_000,
    "spans": "<p>" + "<span>a lamp </span>" * 9_000,
    "links": f'<p><a href="/x">{LEAD}</a></p>' * 20_000,
    "headings": "<h1>Lanternfield opens a second plant and more</h1>" * 9_000,
    "labels": f"<h1>{'<span>' * 200}{'lamp ' * 200_000}{'</span>' * 200} Lanternfield opens a second plant</h1>",
    "lines": "".join(f"<p>Lamp number {n} is a lamp that shines.</p>" for n in range(5_000)),
    "furniture": f"<div class=related>{'<div class=teaser>' * 200}<p>{LEAD}</p></div>" * 40,
    "lists in lists": "<ul><li>lamp" * 3000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_is_read_or_refused_in_bounded_time(name: str) -> None:
    monster = page(document(MONSTERS[name]))
    start = time.process_time()
    try:
        found = extract(monster, want_date=False)
    except NoArticle:
        found = None
    assert time.process_time() - start < 10
    assert found is None or "\n" not in found.body


def test_endless_line_breaks_do_not_hide_the_text_behind_them() -> None:
    found = extract(page(document(MONSTERS["line breaks"])))
    assert found.text == f"{LEAD}\n{MIDDLE}"


def test_a_large_page_is_cut_not_refused() -> None:
    found = extract(
        page(document("".join(f"<p>Lamp {n} is a lamp.</p>" for n in range(17_000)))), want_date=False
    )
    lines = found.text.split("\n")
    assert lines[0] == "Lamp 0 is a lamp."
    assert 10_000 < len(lines) < 17_000
