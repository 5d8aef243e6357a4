"""crawler.timing.headers: what a response's headers say of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.timing import MONTH, freshness, retry_after

NOW = datetime(2026, 3, 9, 8, 5, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

DATE = "Mon, 09 Mar 2026 08:05:00 GMT"


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 2 * MINUTE),
        (" 120\t", 2 * MINUTE),
        ("0", timedelta(0)),
        ("1.5", 1.5 * SECOND),
        ("-5", timedelta(0)),
        ("34560000", MONTH),  # 400 days
        ("9" * 30, MONTH),
        ("9" * 5000, MONTH),
        ("Mon, 09 Mar 2026 08:15:00 GMT", 10 * MINUTE),
        ("Monday, 09-Mar-26 08:15:00 GMT", 10 * MINUTE),
        ("Mon Mar  9 08:15:00 2026", 10 * MINUTE),
        ("Mon, 09 Mar 2026 10:15:00 +0200", 10 * MINUTE),
        ("Sun, 08 Mar 2026 08:15:00 GMT", timedelta(0)),
        ("Mon, 09 Mar 2099 08:15:00 GMT", MONTH),
    ],
)
def test_p06_a_retry_after_of_every_form_is_read_and_clamped(value: str, wait: timedelta) -> None:
    assert retry_after(value, DATE, NOW) == NOW + wait
    assert retry_after(value, None, NOW) == NOW + wait


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        "1e9",
        "+5",
        "0x10",
        "5 minutes",
        "१२०",
        "²",
        "soon",
        "1_000",
        "inf",
        "nan",
        "--5",
        "5,6",
        "\x00",
    ],
)
def test_p06_a_retry_after_that_is_no_number_is_none(value: str | None) -> None:
    assert retry_after(value, DATE, NOW) is None


@pytest.mark.parametrize(
    "value",
    ["Mon, 99 Mar 2026 08:15:00 GMT", "Mon, ०९ Mar 2026 08:15:00 GMT", "Mon, 09 Mar 99999 08:15:00 GMT"],
)
def test_a_retry_after_that_is_no_date_is_none(value: str) -> None:
    assert retry_after(value, DATE, NOW) is None


def test_a_date_counts_from_the_servers_own_clock() -> None:
    behind = "Mon, 09 Mar 2026 05:00:00 GMT"
    assert retry_after("Mon, 09 Mar 2026 05:10:00 GMT", behind, NOW) == NOW + 10 * MINUTE
    assert retry_after("Mon, 09 Mar 2026 08:15:00 GMT", "rubbish", NOW) == NOW + 10 * MINUTE
    assert retry_after("120", behind, NOW) == NOW + 2 * MINUTE


header = st.text(max_size=40) | st.sampled_from(
    ["9" * 400, "-1", "Mon, 09 Mar 2026", DATE, DATE[:20], "0" * 99]
)


@given(header, header | st.none())
def test_any_retry_after_is_none_or_within_a_month(value: str, date: str | None) -> None:
    moment = retry_after(value, date, NOW)
    assert moment is None or NOW <= moment <= NOW + MONTH


# --------------------------------------------------------------------------- freshness


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "public, max-age=600"}, 10 * MINUTE),
        ({"cache-control": 'Max-Age="600"'}, 10 * MINUTE),
        ({"cache-control": "max-age = 600"}, 10 * MINUTE),
        ({"cache-control": "max-age=600, max-age=5"}, 10 * MINUTE),
        ({"cache-control": "max-age=600", "age": "60"}, 9 * MINUTE),
        ({"cache-control": "max-age=600", "age": "9000"}, timedelta(0)),
        ({"cache-control": "max-age=600", "age": "-5"}, 10 * MINUTE),
        ({"cache-control": "max-age=600", "expires": DATE}, 10 * MINUTE),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=1000000000"}, MONTH),
        ({"cache-control": "max-age=" + "9" * 400}, MONTH),
        ({"cache-control": "max-age=" + "9" * 400, "age": "9" * 400}, timedelta(0)),
        ({"cache-control": "max-age=soon"}, timedelta(0)),
        ({"cache-control": "max-age"}, timedelta(0)),
        ({"cache-control": "max-age=٦٠٠"}, timedelta(0)),
        ({"cache-control": "no-cache, max-age=600"}, timedelta(0)),
        ({"cache-control": "no-store"}, timedelta(0)),
        ({"cache-control": 'private="set-cookie", max-age=60'}, MINUTE),
        ({"cache-control": 'x="no-store, y", max-age=60'}, MINUTE),
        ({"expires": "Mon, 09 Mar 2026 08:15:00 GMT", "date": DATE}, 10 * MINUTE),
        ({"expires": "Mon, 09 Mar 2026 08:15:00 GMT"}, 10 * MINUTE),
        ({"expires": "Mon, 09 Mar 2026 05:15:00 GMT", "date": "Mon, 09 Mar 2026 05:05:00 GMT"}, 10 * MINUTE),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, timedelta(0)),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": "-1"}, timedelta(0)),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, MONTH),
    ],
)
def test_p08_freshness_is_read_and_clamped(headers: dict[str, str], fresh: timedelta | None) -> None:
    assert freshness(headers, NOW) == fresh


@given(st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date"]), header))
def test_any_freshness_is_none_or_within_a_month(headers: dict[str, str]) -> None:
    fresh = freshness(headers, NOW)
    assert fresh is None or timedelta(0) <= fresh <= MONTH
