"""What wires say of releases they have sent before, in the forms in which they say it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Notice, NoticeKind, Release
from crawler.revising import notices
from tests.fakes import NOON

HEADLINE = "Halvorsen Tidal Opens Its Second Harbor Workshop in Bergen"
RELEASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "releases" / "releases.jsonl.gz"

TITLES: tuple[tuple[str, NoticeKind], ...] = (
    (f"CORRECTING and REPLACING {HEADLINE}", "correction"),
    (f"CORRECTING and REPLACING: {HEADLINE}", "correction"),
    (f"REPLACING and CORRECTING {HEADLINE}", "correction"),
    (f"/C O R R E C T I O N -- {HEADLINE}/", "correction"),
    (f"CORRECTION: {HEADLINE}", "correction"),
    (f"Correction: {HEADLINE}", "correction"),
    (f"CORRECTION -- {HEADLINE}", "correction"),
    (f"CORRECTION – {HEADLINE}", "correction"),
    (f"CORRECTION FROM SOURCE: {HEADLINE}", "correction"),
    (f"CORRECTION BY SOURCE {HEADLINE}", "correction"),
    (f"CORRECTION/{HEADLINE}", "correction"),
    (f"Korrektur: {HEADLINE}", "correction"),
    (f"Rectificatif : {HEADLINE}", "correction"),
    (f"{HEADLINE} - Correction", "correction"),
    (f"UPDATE -- {HEADLINE}", "update"),
    (f"UPDATE: {HEADLINE}", "update"),
    (f"UPDATED: {HEADLINE}", "update"),
    (f"/U P D A T E -- {HEADLINE}/", "update"),
    (f"/KILL/ {HEADLINE}", "kill"),
    (f"KILL: {HEADLINE}", "kill"),
    (f"KILL NOTICE: {HEADLINE}", "kill"),
    (f"MANDATORY KILL NOTICE -- {HEADLINE}", "kill"),
    (f"ADVISORY, DISREGARD RELEASE: {HEADLINE}", "kill"),
    (f"ADVISORY/Disregard Press Release: {HEADLINE}", "kill"),
    (f"/DISREGARD RELEASE: {HEADLINE}/", "kill"),
    (f"RETRACTION: {HEADLINE}", "kill"),
    (f"REPEAT/{HEADLINE}", "repeat"),
    (f"/R E P E A T -- {HEADLINE}/", "repeat"),
    (f"RETRANSMISSION: {HEADLINE}", "repeat"),
)


@pytest.mark.parametrize(("title", "kind"), TITLES)
def test_a_title_announces_a_notice_and_names_the_release(title: str, kind: NoticeKind) -> None:
    found = notices.read((None, title), "Bergen, March 3 - Halvorsen Tidal opened a workshop.")
    assert found is not None
    assert (found.kind, found.told) == (kind, HEADLINE)
    assert found.evidence == title
    assert notices.bare(title).strip(" /") == HEADLINE


@pytest.mark.parametrize(
    "title",
    [
        "Halvorsen Tidal announces correction of market rumours",
        "Software Update 3.2 Released for Tidal Turbines",
        "Update 3.2: Faster Turbines",
        "Update on the Bergen Workshop",
        "Updated Guidelines: What Harbors Should Know",
        "Company Update: A Strong Third Quarter",
        "Correction Fluid Market to Reach $4 Billion by 2031",
        "Corrections Officers Honored in Bergen",
        "Vision Correction: A New Approach",
        "Correcting Vision With Light",
        "Killing It: How One Harbor Doubled Its Trade",
        "Kill Switch Startup Raises $5 Million",
        "Kill Devil Hills Opens Its Pier",
        "Killarney Harbor Opens",
        "Repeat Winners Announced for Harbor Awards",
        "Withdrawn Swimmers Return to the Bay",
        "Retraction Technology: Safer Cranes",
        "Advisory Board Named at Halvorsen Tidal",
        "Replacing Old Turbines Pays Off",
        "Media Advisory: Harbor Workshop Opens",
        "Disregarding the Critics, Harbor Grows",
        "Embargo on Timber Lifted",
        "Markets Face a Price Correction",
    ],
)
def test_ordinary_titles_announce_nothing(title: str) -> None:
    assert notices.read((title, title), f"BERGEN, March 3. {title}. The company said so on Tuesday.") is None


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        (
            f"In the news release, {HEADLINE}, issued 03-Mar-2026 by Halvorsen Tidal over the wire, we are advised "
            "by the company that the third paragraph should read nine berths.",
            "correction", HEADLINE,
        ),
        ("CORRECTION...by Halvorsen Tidal\nPlease replace the release dated March 3 with the following.", "correction", "Bergen"),
        (f'Readers are asked to disregard the news release, "{HEADLINE}", issued March 3.', "kill", HEADLINE),
        (f'The news release headlined "{HEADLINE}" has been withdrawn by its issuer.', "kill", HEADLINE),
        ("This corrects and replaces the press release of March 3.", "correction", "Bergen"),
        ("First line.\nThe updated release reads:\nBERGEN", "update", "Bergen"),
        ("Intro.\nThe complete, corrected release follows:", "correction", "Bergen"),
        ("KILL NOTICE: the release of March 3", "kill", "Bergen"),
    ],
)  # fmt: skip
def test_the_first_lines_tell_a_notice(text: str, kind: str, told: str) -> None:
    found = notices.read(("Bergen",), text)
    assert found is not None
    assert (found.kind, found.told) == (kind, told)


def test_a_product_that_is_withdrawn_is_no_kill() -> None:
    for line in (
        "Release 3.2 of the software has been withdrawn.",
        "In this news release. The drug has been withdrawn.",
    ):
        assert notices.read(("Bergen",), line) is None


def test_what_stands_far_below_is_no_notice() -> None:
    told = "\n".join(["A line of news."] * 8 + ["Please disregard the press release of May."])
    assert notices.read(("Bergen",), told) is None


@pytest.mark.parametrize(
    "line",
    [
        "EMBARGOED UNTIL March 5, 2026 at 9 a.m. ET",
        "Embargoed until 7 a.m. CT/8 a.m. ET, Wednesday",
        "STRICTLY UNDER EMBARGO UNTIL 00:01",
        "Embargoed for release until Friday",
    ],
)
def test_an_embargo_is_told(line: str) -> None:
    found = notices.read(("Bergen",), f"{line}\nBERGEN")
    assert found == Notice(kind="embargo", evidence=line)


@pytest.mark.parametrize(
    ("line", "until"),
    [
        ("EMBARGOED UNTIL March 5, 2026 at 9 a.m. ET", "2026-03-05T14:00:00+00:00"),
        ("Embargoed until 7 a.m. CT/8 a.m. ET, Wednesday, Nov. 6, 2024", "2024-11-06T13:00:00+00:00"),
        (
            "Embargoed until 4:00 a.m. CT/5:00 a.m. ET Thursday, September 12, 2024",
            "2024-09-12T09:00:00+00:00",
        ),
        ("Under embargo until 5th March 2026, 3:30 pm CET", "2026-03-05T14:30:00+00:00"),
        ("Embargoed until 00:01 GMT, 5 March 2026", "2026-03-05T00:01:00+00:00"),
        ("Embargoed until March 5, 2026", "2026-03-05T00:00:00+00:00"),
        ("EMBARGOED UNTIL 06:00 GMT 3 March", "2026-03-03T06:00:00+00:00"),
        ("Embargoed until 0:01 on the 99 March", None),
        ("Embargoed until the conference begins", None),
        ("No embargo until March 5, 2026", None),
    ],
)
def test_until_when_an_embargo_lasts_is_read(line: str, until: str | None) -> None:
    for text, above in ((f"BERGEN\n{line}\nText", ""), ("BERGEN\nText", f"News\n{line}\nBergen")):
        found = notices.embargo(text, above=above, now=datetime(2026, 3, 2, 12, tzinfo=UTC))
        assert (found and found.isoformat()) == until


@pytest.mark.parametrize(
    ("title", "until"),
    [
        ("EMBARGOED UNTIL March 5, 2026: Harbour Works Opens at 9 a.m.", "2026-03-05T00:00:00+00:00"),
        ("Embargoed until: 5 March 2026 – Harbour Works Opens", "2026-03-05T00:00:00+00:00"),
        ("(EMBARGOED UNTIL 06:00 GMT 3 March) Harbour Works Opens", "2026-03-03T06:00:00+00:00"),
        ("Embargoed until March 5, 2026 at 9:30 a.m. ET - Harbour Works Opens", "2026-03-05T14:30:00+00:00"),
        ("EMBARGOED UNTIL March 5, 2026", "2026-03-05T00:00:00+00:00"),
        ("Embargoed until the harbour opens: Harbour Works, March 5, 2026", None),
        ("Harbour Works: Embargoed until March 5, 2026", None),
        (None, None),
    ],
)
def test_a_title_tells_of_an_embargo(title: str | None, until: str | None) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    found = notices.embargo("BERGEN\nText", titles=("", title), now=now)
    assert (found and found.isoformat()) == until
    told = notices.read((title,), "BERGEN\nText")
    assert (told is not None and told.kind == "embargo") is bool(
        title and title.strip("(").lower().startswith("emb")
    )


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-09", "2025-12-31T00:01:00+00:00"),
        ("2025-12-09", "2025-12-31T00:01:00+00:00"),
        ("2026-08-09", "2026-12-31T00:01:00+00:00"),
    ],
)
def test_a_day_without_a_year_is_the_one_nearest_to_now(now: str, until: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    for line in ("00.01 GMT, Wednesday 31 December", "Dec. 31, 00:01 GMT", "12:01 a.m. GMT on December 31st"):
        found = notices.embargo(f"Embargoed until {line}", now=at)
        assert (found and found.isoformat()) == until, line


def test_above_a_headline_nothing_is_read_but_an_embargo() -> None:
    line = "EMBARGOED UNTIL 06:00 GMT 3 March"
    assert notices.read((HEADLINE,), "BERGEN", above=f"News\n{line}") == Notice(kind="embargo", evidence=line)
    for other in ("KILL NOTICE", "CORRECTION: what we wrote", "UPDATE: markets", "No embargo until March 5"):
        assert notices.read((HEADLINE,), "BERGEN", above=f"{other}\n") is None
    killed = notices.read((f"KILL NOTICE: {HEADLINE}",), "BERGEN", above=line)
    assert killed is not None
    assert killed.kind == "kill"


# --------------------------------------------------------------------------- which release is meant


def release(number: int, title: str, *, hours: int = 0, link: str | None = None) -> Release:
    return Release(article_id=number, title=title, date=NOON - timedelta(hours=hours), link=link)


def notice(kind: NoticeKind = "correction", told: str = HEADLINE, *links: str) -> Notice:
    return Notice(kind=kind, evidence="…", told=told, links=links)


OTHERS = (
    release(1, "Lumen Harbor Opens Berth Nine"),
    release(2, HEADLINE, hours=30),
    release(3, "Halvorsen Tidal Names a New Treasurer", link="https://wire.example/3?utm_source=x"),
)


def test_the_release_with_the_headline_is_meant() -> None:
    assert notices.meant(notice(), OTHERS) == OTHERS[1]
    assert notices.meant(notice(told=f"CORRECTING and REPLACING {HEADLINE}"), OTHERS) == OTHERS[1]


def test_an_address_goes_before_the_headline_but_for_a_kill() -> None:
    assert notices.meant(notice("update", HEADLINE, "https://www.wire.example/3"), OTHERS) == OTHERS[2]
    assert notices.meant(notice("kill", HEADLINE, "https://www.wire.example/3"), OTHERS) == OTHERS[1]
    assert (
        notices.meant(
            notice("kill", "Another headline of that very company", "https://www.wire.example/3"), OTHERS
        )
        is None
    )
    assert (
        notices.meant(notice("kill", "Halvorsen Tidal GmbH", "https://www.wire.example/3"), OTHERS)
        == OTHERS[2]
    )


def test_of_several_that_may_be_killed_none_is_unless_it_is_linked() -> None:
    daily = tuple(
        release(
            number, "Halvorsen Fund: Net Asset Value", hours=24 * number, link=f"https://w.example/{number}"
        )
        for number in range(5)
    )
    told = notice("kill", "Halvorsen Fund: Net Asset Value")
    assert notices.meant(told, daily) is None
    assert notices.doubtful(told, daily)
    linked = notice("kill", "Halvorsen Fund: Net Asset Value", "https://w.example/3")
    assert notices.meant(linked, daily) == daily[3]
    assert not notices.doubtful(told, daily[:1])
    assert not notices.doubtful(notice("update", "Halvorsen Fund: Net Asset Value"), daily)


def test_of_two_alike_the_later_one_is_meant() -> None:
    twin = release(4, HEADLINE, hours=2)
    assert notices.meant(notice(), (*OTHERS, twin)) == twin


def test_nothing_is_killed_on_a_vague_likeness() -> None:
    vague = "Halvorsen Tidal Opens Harbor Workshop in Oslo"
    assert notices.meant(notice("kill", vague), OTHERS) is None
    assert notices.meant(notice("update", vague), OTHERS) == OTHERS[1]
    assert notices.meant(notice(told=""), OTHERS) is None


def test_links_of_the_first_lines_are_kept() -> None:
    found = notices.read((f"KILL: {HEADLINE}",), "Disregard the release at https://wire.example/7?id=2.\nx")
    assert found is not None
    assert found.links == ("https://wire.example/7?id=2",)


# --------------------------------------------------------------------------- any text


@given(st.lists(st.one_of(st.none(), st.text(max_size=80)), max_size=3), st.text(max_size=300))
def test_any_release_is_read(titles: list[str | None], text: str) -> None:
    found = notices.read(titles, text)
    assert found is None or found.kind in {"kill", "correction", "update", "repeat", "embargo"}


def test_reading_takes_linear_time() -> None:
    began = process_time()
    for text in ("news release " * 50_000, '"' * 500_000, "/ " * 200_000, "c o r r e c t " * 40_000):
        notices.read((text, text), text)
    assert process_time() - began < 3


@pytest.mark.no_cover
@pytest.mark.shared
@pytest.mark.skipif(not RELEASES.exists(), reason="needs the real releases")
def test_of_three_thousand_real_releases_only_those_with_an_embargo_line_fire() -> None:
    found = []
    with gzip.open(RELEASES, "rt", encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            text = "\n".join(part.strip() for part in told["text"].split("\n\n") if part.strip())
            found.append((notices.read((told["title"],), text), text))
    fired = [(one, text) for one, text in found if one is not None]
    assert len(found) > 2900
    assert len(fired) == 10
    assert all(one.kind == "embargo" and text.startswith("Embargoed until ") for one, text in fired)
