"""Pages made to be expensive cost seconds at most; the workers' limits are for what is left."""

from __future__ import annotations

import time

import pytest

from crawler.errors import NoArticle
from crawler.extract import extract
from tests.extract.monsters import MONSTERS, monster
from tests.extract.pages import LEAD, MIDDLE, document, page

SCALE = 0.1  #: of a monster's size; ``python -m tests.extract.monsters`` reads them whole
#: What libxml2 itself takes the square of time for is left to the workers' limits.
LEFT = {"attributes"}


@pytest.mark.parametrize("name", sorted(MONSTERS.keys() - LEFT))
def test_c37_a_monster_is_read_or_refused_in_bounded_time(name: str) -> None:
    known = page(monster(name, SCALE))
    start = time.process_time()
    try:
        found = extract(known, want_date=False)
    except NoArticle:
        found = None
    assert time.process_time() - start < 3
    assert found is None or "\n" not in found.body


def test_c37_endless_line_breaks_do_not_hide_the_text_behind_them() -> None:
    found = extract(page(monster("line breaks", 0.1)))
    assert found.text == f"{LEAD}\n{MIDDLE}"


def test_c37_a_large_page_is_cut_not_refused() -> None:
    found = extract(
        page(document("".join(f"<p>Lamp {n} is a lamp.</p>" for n in range(17_000)))), want_date=False
    )
    lines = found.text.split("\n")
    assert lines[0] == "Lamp 0 is a lamp."
    assert 10_000 < len(lines) < 17_000
