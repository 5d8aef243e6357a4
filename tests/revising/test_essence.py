"""What is dressed otherwise says the same; what says something else is never taken for the same."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from time import process_time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.document import Document
from crawler.revising import essence
from tests.revising.samples import DOCUMENT, body

HEAD = "<p>Halvorsen Tidal opened its <a href='https://tidal.example/yard'>yard</a> on 3 March.</p>"


def same(one: str, other: str) -> bool:
    return essence.of(body(one)) == essence.of(body(other))


# --------------------------------------------------------------------------- edits that are none


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>It's \"big\" - very.</p>", "<p>It’s “big” — very.</p>"),
        ("<p>Up 3–4 %…</p>", "<p>Up 3-4 %...</p>"),
        ("<p>Il dit « oui ».</p>", '<p>Il dit "oui".</p>'),
        ("<p>Ships &amp; sails&nbsp;now</p>", "<p>Ships &#38; sails now</p>"),
        ("<p>one  two</p>\n <p>three</p>", "<p>one two</p><p>three</p>"),
        ("<p>har\u00adbour \u200bcrane</p>", "<p>harbour crane</p>"),
        ("<h2>Facts</h2><p><b>Nine</b> berths</p>", "<h3>Facts</h3><p>Nine <em>berths</em></p>"),
        (
            '<p><a href="https://a.example/x?utm_source=feed&amp;id=4">more</a></p>',
            '<p><a href="https://a.example/x?id=4&amp;utm_medium=web">more</a></p>',
        ),
        ('<p><img src="https://c1.example/i/a.jpg?w=90&amp;sig=aa" alt=""></p>', '<p><img src="//c2.example/i/a.jpg?sig=bb" alt=""></p>'),
        (f"{HEAD}<p>1,204 views</p>", f"{HEAD}<p>1,377 views</p>"),
        (f"{HEAD}<p>Views: 12k</p>", HEAD),
        (f"{HEAD}<p>4 min read</p>", f"{HEAD}<p>5 min read</p>"),
        (f"{HEAD}<p>3 hours ago</p>", f"{HEAD}<p>a day ago</p>"),
        (f"{HEAD}<p>Last updated: March 4, 2026 at 9:05 a.m. ET</p>", f"{HEAD}<p>Last updated: March 5, 2026 at 7:15 p.m. ET</p>"),
        (f"{HEAD}<p>Page generated on 2026-03-04 09:05:11</p>", HEAD),
        (f"{HEAD}<p>Today is Tuesday, March 3, 2026</p>", f"{HEAD}<p>Today is Wednesday, March 4, 2026</p>"),
        (
            f'{HEAD}<h3>Related articles</h3><ul><li><a href="/1">A crane fell</a></li><li><a href="/2">A tug ran</a></li></ul>',
            f'{HEAD}<h3>Related articles:</h3><ul><li><a href="/7">Another story</a></li></ul>',
        ),
        (f'{HEAD}<p>You may also like</p><p><a href="/1"><img src="/a.png">A crane fell</a></p>', HEAD),
    ],
)  # fmt: skip
def test_how_a_text_is_dressed_changes_nothing(one: str, other: str) -> None:
    assert same(one, other)


def test_our_own_addresses_say_nothing_of_the_article() -> None:
    moved = replace(
        DOCUMENT, enclosure="https://cdn.example/banners/ports-1.jpg", qrcode="https://cdn.example/q.webp"
    )
    assert essence.of(moved) == essence.of(DOCUMENT)


# --------------------------------------------------------------------------- edits that are real


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>Profit rose 12 percent.</p>", "<p>Profit rose 21 percent.</p>"),
        ("<p>-5 percent</p>", "<p>5 percent</p>"),
        ("<p>10<sup>2</sup> cranes</p>", "<p>102 cranes</p>"),
        ("<p>It is <s>not</s> so.</p>", "<p>It is not so.</p>"),
        ("<p>10 000 tonnes</p>", "<p>1 0000 tonnes</p>"),
        ("<p>On March 3, 2026</p>", "<p>On March 4, 2026</p>"),
        ("<p>Ms. Halvorsen</p>", "<p>Mr. Halvorsen</p>"),
        ("<p>us shares</p>", "<p>US shares</p>"),
        ("<p>½ a share</p>", "<p>1/2 a share</p>"),
        ('<p><a href="https://a.example/x?id=4">x</a></p>', '<p><a href="https://a.example/x?id=5">x</a></p>'),
        ("<p><img src='/i/a.jpg'></p>", "<p><img src='/i/b.jpg'></p>"),
        ("<p>Updated guidance for 2026 is 5 million</p>", "<p>Updated guidance for 2026 is 6 million</p>"),
        ("<p>1,204 views of the harbour were sold.</p>", "<p>1,377 views of the harbour were sold.</p>"),
        ("<p>12 May 2026</p>", "<p>13 May 2026</p>"),
        ('<p>Download: <a href="/a-2025.pdf">12</a></p>', '<p>Download: <a href="/a-2026.pdf">12</a></p>'),
        ("<h3>Related</h3><p>Nine berths are planned.</p>", "<h3>Related</h3><p>Ten berths are planned.</p>"),
        (
            '<h3>More</h3><ul><li><a href="/1">A crane</a></li></ul><p>Nine berths.</p>',
            '<h3>More</h3><ul><li><a href="/1">A crane</a></li></ul><p>Ten berths.</p>',
        ),
        ("<ul><li><a href='/1'>Plan A</a></li></ul>", "<ul><li><a href='/1'>Plan B</a></li></ul>"),
    ],
)  # fmt: skip
def test_what_says_something_else_is_something_else(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Lumen Harbor opens berth ten"},
        {"date": "2025-02-27T21:10:16Z"},
        {"draft": True},
        {"summary": "<p>Another berth was opened.</p>"},
        {"description": "A berth was closed."},
        {"source_link": "https://www.orbitwire.example/release/10"},
        {"enclosure": "https://archive.example/banners/ports-2.jpg"},
    ],
)
def test_every_field_is_looked_at(changes: dict[str, str]) -> None:
    changed: Document = replace(DOCUMENT, **changes)  # type: ignore[arg-type]
    assert essence.of(changed) != essence.of(DOCUMENT)


# --------------------------------------------------------------------------- both ways

WORDS = st.lists(
    st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9), min_size=3, max_size=30
)
_SPACES = (" ", "  ", "\u00a0", "\n\t", " \u200b", "\u2003")


@pytest.mark.no_cover
@given(
    words=WORDS, spaces=st.lists(st.sampled_from(_SPACES), min_size=29, max_size=29), bold=st.integers(0, 29)
)
def test_a_text_set_anew_says_the_same(words: list[str], spaces: list[str], bold: int) -> None:
    plain = "<p>said: " + " ".join(map(escape, words)) + "</p>"
    told = [f"<b>{escape(word)}</b>" if place == bold else escape(word) for place, word in enumerate(words)]
    dressed = "".join(word + space for word, space in zip(told, [*spaces, " "], strict=False))
    assert same(plain, f"<div>said: {dressed}</div>")


@pytest.mark.no_cover
@given(words=WORDS, place=st.integers(0, 29), letter=st.characters(categories=("L", "N")))
def test_one_changed_letter_or_digit_is_an_edit(words: list[str], place: int, letter: str) -> None:
    word = words[place % len(words)]
    changed = letter + word[1:]
    assume(changed != word)
    edited = [*words]
    edited[place % len(words)] = changed
    assert not same(f"<p>said: {' '.join(words)}.</p>", f"<p>said: {' '.join(edited)}.</p>")


@given(words=WORDS, place=st.integers(0, 29))
def test_a_lost_word_is_an_edit(words: list[str], place: int) -> None:
    edited = [word for number, word in enumerate(words) if number != place % len(words)]
    assert not same(f"<p>said: {' '.join(words)}.</p>", f"<p>said: {' '.join(edited)}.</p>")


@given(st.text(max_size=200))
def test_any_text_has_an_essence(text: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", essence.of(body(text)))
    assert essence.alike(text, text)


def test_texts_of_feeds_are_compared_alike() -> None:
    assert essence.alike("<p>It’s here</p>", "It's  here")
    assert essence.alike(None, "")
    assert not essence.alike("<a href='/a'>x</a>", "<a href=/b>x</a>")
    assert not essence.alike("Nine berths", "Ten berths")


def test_an_address_that_is_none_still_counts() -> None:
    assert not same('<p><a href="http://[x">a</a></p>', '<p><a href="http://[y">a</a></p>')
    assert not same('<p><img src="http://[x"></p>', '<p><img src="http://[y"></p>')


def test_a_huge_text_is_compared_letter_by_letter_and_soon() -> None:
    huge = "<p>" + "word <b>x</b> " * (essence.LONGEST // 10) + "</p>"
    began = process_time()
    assert not same(huge, huge.replace("word", "word ", 1))
    hostile = '<a href="' * 50_000
    essence.of(body(hostile))
    essence.of(body("Updated " + "1 " * 100_000))
    assert process_time() - began < 5
