"""Datelines of many wires and languages, and sentences that only look like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.prose.dateline import strip_dateline

NEWS = "Acme Inc. today opened a plant."


@pytest.mark.parametrize(
    "dateline",
    [
        "NEW YORK, March 3, 2025 (GLOBE NEWSWIRE) -- ",
        "LONDON, March 3, 2025 /PRNewswire/ -- ",
        "IRVINE, CA, April 09, 2024 /24-7PressRelease/ -- ",
        "LONDON, UK / ACCESSWIRE / March 3, 2025 / ",
        "SAN DIEGO--(BUSINESS WIRE)--",
        "RENO, NY - (ExampleWire) - September 09, 2024 -\xa0",
        "Glendale, CA- (ExampleWire) - September 21, 2024– ",
        "Denver, CO (Example News) Saturday Jan 20, 2024 @ 12:00 PM America/Denver — ",
        "BOCA RATON, Fla., March 16, 2026 – PR Wire (Press Release Service – Press Release Distribution) – ",
        "HONG KONG SAR - Example Newswire - 5 June 2026 - ",
        "(ExampleWire) - September 19, 2024 - DALLAS — ",
        "January 9, 2025 – Los Angeles, CA – ",
        "The Hague, Netherlands – 3 March 2025: ",
        "SALT LAKE CITY -– January 29, 2025 – ",
        "MILFORD & BRIGHTON, MI, July 31, 2024 /24-7PressRelease/ -- ",
        "San Juan (Huesca), July 15, 2024 /24-7PressRelease/ -- ",
        "Arden, United States - February 13, 2025 / Example Auto / ",
        "--Example Direct-- ",
        "DALLAS — ",
        "RIVERVIEW, FL - ",
        "March 27, 2025 -- ",
        "München, 3. März 2025 – ",
        "Berlin, 3. März 2025. ",
        "Köln (ots) - ",
        "PARIS, le 3 mars 2025 – ",
        "MADRID, 3 de marzo de 2025 /PRNewswire/ -- ",
        "MADRID, 3 mar. (EXAMPLE PRESS) - ",
        "东京、2025年3月3日 /PRNewswire/ -- ",
        "北京2025年3月3日 /美通社/ -- ",
        "[東京 2025年3月3日 例文] - ",
    ],
)
def test_a_dateline_is_taken_off_and_the_news_stays_whole(dateline: str) -> None:
    assert strip_dateline(dateline + NEWS) == NEWS


@pytest.mark.parametrize(
    "line",
    [
        "MIAMI, FL / PR Example / August 22, 2024 10:30",
        "Calgary, Canada - February 5, 2025 / Example Digital Marketing /",
        "--Example Direct--",
        "NEW YORK, March 3, 2025 (GLOBE NEWSWIRE)",
    ],
)
def test_a_line_that_is_only_a_dateline_leaves_nothing(line: str) -> None:
    assert strip_dateline(line) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        NEWS,
        "Acme Labs – a leading laboratory – opened a plant.",
        "Acme (NASDAQ: ACME) - the leader - opened a plant.",
        "NASA – the agency – opened a plant.",
        "IBM — Makers of machines.",
        "ACME / Beta opened a plant.",
        "ACME - Beta opened a plant.",
        "Winston-Salem is a town.",
        "On March 3, 2025, Acme opened a plant.",
        "March 3, 2025 was a good day.",
        "May 5 percent be enough?",
        "Acme Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa -- opened.",
        "Acme – Beta – Gamma opened a plant.",
        "",
    ],
)
def test_a_sentence_that_only_looks_like_a_dateline_is_left_alone(sentence: str) -> None:
    assert strip_dateline(sentence) == sentence


def test_the_company_after_the_dateline_is_not_taken_for_another_place() -> None:
    text = "March 3, 2025 -- Acme Labs – a leading laboratory – opened a plant."
    assert strip_dateline(text) == "Acme Labs – a leading laboratory – opened a plant."


def test_dashes_after_a_lone_place_are_no_second_dateline() -> None:
    assert strip_dateline("Reno – ; – Acme opened.") == "Reno – ; – Acme opened."


@given(st.text(alphabet="ABCabc -–—,./()[]0123456789年月日 \xa0", max_size=400))
def test_what_is_left_is_always_an_end_of_the_text(text: str) -> None:
    assert text.endswith(strip_dateline(text))


@pytest.mark.parametrize("part", ["A ", "(", "/a ", "Jan 1, ", "- ", "[1 ", "年", "A-"])
def test_hostile_repetition_costs_no_more_than_milliseconds(part: str) -> None:
    started = time.process_time()
    strip_dateline(part * 50_000)
    assert time.process_time() - started < 0.25
