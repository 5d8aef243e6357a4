"""Foreign text cannot steer a terminal; lengths and sizes read well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.report import text

NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)


@given(st.text())
def test_safe_text_is_one_line_without_controls(value: str) -> None:
    shown = text.safe(value)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in shown)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b31m", "a\rb", "\u202eabc", "\u2066x", "\x07"])
def test_controls_and_reordering_become_visible(hostile: str) -> None:
    assert "\\x" in text.safe(hostile)


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=5), "5 s"),
        (timedelta(minutes=3), "3.0 min"),
        (timedelta(minutes=42), "42 min"),
        (timedelta(hours=5), "5.0 h"),
        (timedelta(days=30), "30 d"),
    ],
)
def test_a_length_of_time_is_shown_in_its_largest_unit(span: timedelta, shown: str) -> None:
    assert text.length(span) == shown


def test_the_past_the_future_and_never_are_told_apart() -> None:
    assert text.ago(NOON - timedelta(minutes=20), NOON) == "20 min ago"
    assert text.ago(NOON + timedelta(hours=20), NOON) == "in 20 h"
    assert text.ago(None, NOON) == "never"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_000_000, "2.0 MB"), (3 * 10**9, "3.0 GB")],
)
def test_sizes_are_powers_of_ten(count: int | None, shown: str) -> None:
    assert text.size(count) == shown


def test_a_stored_instant_is_read_back() -> None:
    assert text.instant("2025-02-26T12:00:00Z") == NOON
    assert text.instant(None) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), (True, "yes"), (False, "no"), (0, "0"), ("a\nb", "a b"), ({"404": 2, "timeout": 1}, "404 2, timeout 1"),
        ({}, ""), ("\x1b[2J", "\\x1b[2J"),
    ],
)  # fmt: skip
def test_any_value_reads_as_a_word(value: object, shown: str) -> None:
    assert text.word(value) == shown


def test_one_of_a_thing_is_no_plural() -> None:
    assert [text.counted(number, "article") for number in (0, 1, 2)] == [
        "0 articles",
        "1 article",
        "2 articles",
    ]
    assert [text.counted(number, "leaf", "leaves") for number in (1, 2)] == ["1 leaf", "2 leaves"]
