"""Pages made to be expensive; companies in them are invented.

``python -m tests.extract.monsters [NAME]…`` reads some or all, each in a process of its own, and prints a
JSON line of each: what came of it, processor seconds, peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from crawler.errors import NoArticle
from crawler.extract import extract
from tests.extract.pages import LEAD, MIDDLE, article, document, page


def _lines(count: int) -> str:
    return "".join(f"<p>Lamp number {number} is a lamp that shines.</p>" for number in range(count))


def _cells(rows: int) -> str:
    return f"<table>{('<tr>' + '<td>lamp</td>' * 20 + '</tr>') * rows}</table>"


def _furniture(count: int) -> str:
    return f"<div class=related>{'<div class=teaser>' * 200}<p>{LEAD}</p></div>" * count


def _labels(words: int) -> str:
    return f"<h1>{'<span>' * 200}{'lamp ' * words}{'</span>' * 200} Lanternfield opens a second plant</h1>"


#: Name → what stands in the page's article, and how often it is repeated at full size.
_REPEATED: dict[str, tuple[Callable[[int], str], int]] = {
    "deep": (lambda count: "<div>" * count + LEAD, 100_000),
    "deep inline": (lambda count: "<p><b><i>" * count + LEAD, 50_000),
    "deep quotes": (lambda count: "<blockquote>" * count + LEAD, 400),
    "line breaks": (lambda count: f"<p>{LEAD}</p>{'<br>' * count}<p>{MIDDLE}</p>", 200_000),
    "paragraphs": (lambda count: "<p>A lamp is a lamp.</p>" * count, 50_000),
    "colspan": (lambda count: f"<p>{LEAD}</p><table><tr><td colspan={count}>a</td><td>b</td></tr></table>", 10**9),
    "colspans": (lambda count: f"<p>{LEAD}</p><table>{'<tr><td colspan=1000000000 rowspan=65534>a</td></tr>' * count}</table>", 1_000),
    "cells": (_cells, 2_000),
    "a wide row above many": (lambda count: f"<p>{LEAD}</p><table><tr>{'<td>a</td>' * count}</tr>{'<tr><td>b</td></tr>' * count}</table>", 7_000),
    "one long text": (lambda count: "<p>" + "lamp " * count, 6_000_000),
    "one long word": (lambda count: f"<p>{LEAD}</p><p>" + "lamp" * count, 1_000_000),
    "spans": (lambda count: "<p>" + "<span>a lamp </span>" * count, 9_000),
    "links": (lambda count: f'<p><a href="/x">{LEAD}</a></p>' * count, 20_000),
    "headings": (lambda count: "<h1>Lanternfield opens a second plant and more</h1>" * count, 9_000),
    "labels": (_labels, 200_000),
    "lines": (_lines, 20_000),
    "furniture": (_furniture, 160),
    "lists in lists": (lambda count: "<ul><li>lamp" * count, 3_000),
    "tables in tables": (lambda count: "<table><tr><td>lamp" * count, 3_000),
    "short runs": (lambda count: f"<div>{'a<b>lamp</b>. ' * count}</div>", 60_000),
    "unclosed tags": (lambda count: f"<p>{LEAD}" + "<a href='" * count, 100_000),
    "less-than signs": (lambda count: f"<p>{LEAD}</p>" + "<" * count, 1_000_000),
    "entities": (lambda count: f"<p>{LEAD}</p><p>" + "&amp;" * count + "</p>", 500_000),
    "comments": (lambda count: article("<!-- a lamp -->" * count), 200_000),
    "images": (lambda count: article('<img src="/lamp.jpg" alt="a lamp">' * count), 50_000),
    "metadata": (lambda count: article("<meta property='og:title' content='a lamp'>" * count), 50_000),
    "attributes": (lambda count: article(f"<div {' '.join(f'a{n}=1' for n in range(count))}>a lamp</div>"), 100_000),
    "structured data": (lambda count: article(f"<script type='application/ld+json'>{'[' * count}</script>"), 200_000),
}  # fmt: skip


def monster(name: str, scale: float = 1.0) -> str:
    """The page, or one in its manner that is ``scale`` of its size."""
    build, count = _REPEATED[name]
    return document(build(max(1, round(count * scale))))


MONSTERS: dict[str, Callable[[], str]] = {name: lambda name=name: monster(name) for name in _REPEATED}  # type: ignore[misc]


def read(name: str, scale: float = 1.0) -> dict[str, Any]:
    """What it costs this process."""
    known = page(monster(name, scale))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    try:
        outcome = f"read: {len(extract(known, want_date=True).text)} characters"
    except NoArticle as error:
        outcome = f"refused: {error}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "name": name, "size": len(known.body), "outcome": outcome, "cpu": round(time.process_time() - start, 2),
        "memory": peak // 1000, "grown": (peak - before) // 1000,
    }  # fmt: skip


def main(names: list[str]) -> None:
    """Fork for each page, so that each has its own peak of memory and cannot spoil the next."""
    extract(page(document(article())), want_date=True)  # what is imported on first use is imported
    for name in names or MONSTERS:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            print(json.dumps(read(name)), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(json.dumps({"name": name, "outcome": f"died with {status}"}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
