"""crawler.dates: zones by name, by offset and by season."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from crawler.dates import examine, read

JULY = datetime(2024, 7, 4, 10, 0, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "text", ["2024-07-04T10:00:00", "July 4, 2024 10:00", "4 Jul 2024 10:00 Q", "4 Jul 2024 10:00 LMT"]
)
def test_a_zone_that_is_missing_or_unknown_is_the_default_one(text: str) -> None:
    assert read(text, default_zone=timezone(timedelta(hours=2))) == JULY - timedelta(hours=2)
    assert read(text, default_zone=ZoneInfo("America/New_York")) == JULY + timedelta(hours=4)
    assert read(
        text.replace("07", "01").replace("Jul", "Jan").replace("y 4", "uary 4"),
        default_zone=ZoneInfo("America/New_York"),
    ) == at(2024, 1, 4, 15)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("GMT", 0), ("UTC", 0), ("Z", 0), ("BST", 1), ("CET", 1), ("MEZ", 1), ("CEST", 2), ("MESZ", 2), ("EET", 2), ("EEST", 3),
        ("MSK", 3), ("IST", 5.5), ("NPT", 5.75), ("HKT", 8), ("SGT", 8), ("JST", 9), ("KST", 9), ("ACST", 9.5), ("AEST", 10),
        ("AEDT", 11), ("NZDT", 13), ("NST", -3.5), ("AST", -4), ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7),
        ("MDT", -6), ("PST", -8), ("PDT", -7), ("HST", -10), ("(PDT)", -7), ("Eastern Standard Time", -5),
        ("Eastern Daylight Time", -4), ("Pacific Standard Time", -8), ("-0730", -7.5), ("+1400", 14), ("-00:30", -0.5),
    ],
)  # fmt: skip
def test_the_name_of_a_zone_is_its_offset(zone: str, hours: float) -> None:
    for text in (f"Thu, 04 Jul 2024 10:00:00 {zone}", f"2024-07-04T10:00:00 {zone}"):
        reading = examine(text)
        assert reading is not None
        assert (reading.instant, reading.zoned) == (JULY - timedelta(hours=hours), True)


@pytest.mark.parametrize("zone", ["A", "N", "XYZT", "+2500", "+0560", "-1600", "Standard"])
def test_what_names_no_zone_for_certain_is_none(zone: str) -> None:
    reading = examine(f"Thu, 04 Jul 2024 10:00:00 {zone}")
    assert reading is not None
    assert (reading.instant, reading.zoned) == (JULY, False)


@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("ET", "America/New_York"),
        ("CT", "America/Chicago"),
        ("MT", "America/Denver"),
        ("Pacific Time", "America/Los_Angeles"),
    ],
)
@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2024, 1, 15), (2024, 7, 15), (2024, 3, 9), (2024, 3, 11), (2024, 11, 2), (2024, 11, 4), (2007, 3, 12), (2007, 11, 5),
        (1999, 4, 3), (1999, 4, 5), (1999, 10, 30), (1999, 11, 1), (2006, 3, 20), (2006, 4, 3), (2006, 10, 30),
    ],
)  # fmt: skip
def test_a_zone_that_names_no_season_has_it_by_date(
    zone: str, place: str, year: int, month: int, day: int
) -> None:
    expected = datetime(year, month, day, 10, 30, tzinfo=ZoneInfo(place))
    assert read(f"{year}-{month:02}-{day:02} 10:30 {zone}") == expected


def test_the_hour_of_the_change_is_exact() -> None:
    assert read("2024-03-10 01:59 ET") == at(2024, 3, 10, 6, 59)
    assert read("2024-03-10 03:00 ET") == at(2024, 3, 10, 7)
    assert read("2024-11-03 00:59 ET") == at(2024, 11, 3, 4, 59)
    assert read("2024-11-03 02:00 ET") == at(2024, 11, 3, 7)
