"""crawler.dates: every way feeds and pages write a time, and what is no time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.dates import EARLIEST, MAX_LENGTH, examine, plausible, read

JULY = datetime(2024, 7, 4, 10, 0, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 04 Jul 2024 10:00:00 GMT", "Thu, 04 Jul 2024 10:00:00 +0000", "Thu, 4 Jul 2024 10:00 GMT", "4 Jul 2024 10:00 UT",
        "Thu, 04 Jul 2024 12:00:00 +0200", "Thu,4 Jul 2024 10:00:00Z", "Thursday, 04-Jul-24 10:00:00 GMT",
        "Thu, 04 Jul 24 10:00:00 GMT", "Wed, 04 Jul 2024 10:00:00 GMT", "Thu, 04 JUL 2024 10:00:00 gmt",
        "Thu Jul  4 10:00:00 UTC 2024", "Thu Jul  4 12:00:00 +0200 2024", "Thu Jul 4 06:00:00 EDT 2024",
        "2024-07-04T10:00:00Z", "2024-07-04t10:00:00z", "2024-07-04T10:00Z", "2024-07-04T10Z", "2024-07-04 10:00:00 UTC",
        "2024-07-04T10:00:00.123456789Z", "2024-07-04T10:00:00,5Z", "2024-07-04T10:00:00:123Z", "2024-07-04T12:00:00+02:00",
        "2024-07-04T12:00:00+0200", "2024-07-04T12:00:00 +02", "2024-07-04T05:00:00\u221205:00", "2024-07-04, 10:00 GMT",
        "2024/07/04 10:00 GMT", "2024.07.04 10:00 GMT", "20240704T100000Z", "20240704100000 +0000", "20240704T1000Z",
        "1720087200", "1720087200.75", "1720087200000", "1720087200000.5", "4 Jul 2024 1000 GMT", "4 Jul 2024 1000 +0000",
        "July 4, 2024 10:00 AM GMT", "July 4, 2024 at 6:00 a.m. (EDT)", "Jul 04, 2024, 06:00 ET", "06:00 ET July 4, 2024",
        "12:00 (CEST) 4 July 2024", "12:00 4 July 2024 CEST", "4th of July 2024, 10:00 UTC", "7/4/2024 10:00 GMT",
        "7/4/24 10:00 AM UTC", "04.07.2024 12:00 MESZ", "4-7-2024 10:00 GMT", "Thu, 04 Jul 2024 10:00:00 GMT (Greenwich)",
        "Thu, 04 Jul 2024 12:00:00 GMT+2", "Thu, 04 Jul 2024 15:30:00 UTC+05:30", "  Thu,\n04 Jul\t2024 10:00:00 GMT ",
    ],
)  # fmt: skip
def test_one_instant_in_every_shape(text: str) -> None:
    reading = examine(text)
    assert reading is not None
    assert (reading.instant.replace(microsecond=0), reading.zoned) == (JULY, True)
    assert reading.instant.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-07-04T10:00:00", JULY),
        ("Thu Jul  4 10:00:00 2024", JULY),
        ("Thu, 04 Jul 2024 10:00:00", JULY),
        ("2024-07-04 10:00 pm", at(2024, 7, 4, 22)),
        ("July 4, 2024", at(2024, 7, 4)),
        ("4 July 2024", at(2024, 7, 4)),
        ("2024 Jul 4", at(2024, 7, 4)),
        ("2024-07-04", at(2024, 7, 4)),
        ("20240704", at(2024, 7, 4)),
        ("2024-07", at(2024, 7, 1)),
        ("2024", at(2024, 1, 1)),
        ("04.07.2024", at(2024, 7, 4)),
        ("31/12/2024", at(2024, 12, 31)),
        ("12/31/2024", at(2024, 12, 31)),
        ("31-12-2024", at(2024, 12, 31)),
        ("12-31-2024", at(2024, 12, 31)),
        ("12:30 4 Jul 2024", at(2024, 7, 4, 12, 30)),
        ("2024年7月4日", at(2024, 7, 4)),
        ("2024年7月4日 下午3時05分", at(2024, 7, 4, 15, 5)),
        ("2024年7月4日 15:05:06", at(2024, 7, 4, 15, 5, 6)),
        ("2024년 7월 4일 오후 3:05", at(2024, 7, 4, 15, 5)),
        ("2024년 7월 4일 오전 3:05", at(2024, 7, 4, 3, 5)),
    ],
)
def test_what_names_no_zone_says_so(text: str, instant: datetime) -> None:
    reading = examine(text)
    assert reading is not None
    assert (reading.instant, reading.zoned) == (instant, False)


@pytest.mark.parametrize(
    ("year", "full"), [("00", 2000), ("24", 2024), ("49", 2049), ("50", 1950), ("99", 1999)]
)
def test_a_year_of_two_digits_is_the_one_rfc_5322_means(year: str, full: int) -> None:
    assert read(f"04 Jul {year} 10:00 GMT") == at(full, 7, 4, 10)
    assert read(f"04.07.{year}") == at(full, 7, 4)


MONTHS = {
    "English": "january february march april may june july august september october november december",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "German": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Austrian": "Jänner Feber März April Mai Juni Juli August September Oktober November Dezember",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober november december",
    "Swedish": "januari februari mars april maj juni juli augusti september oktober november december",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "Czech": "ledna února března dubna května června července srpna září října listopadu prosince",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Greek": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου",
    "short English": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "English in four letters": "Jan. Febr. Mar. Apr. May. June. July. Aug. Sept. Octo. Nove. Dece.",
    "short Italian": "gen feb mar apr mag giu lug ago set ott nov dic",
}


@pytest.mark.parametrize("language", MONTHS)
def test_months_have_their_names_in_many_languages(language: str) -> None:
    names = MONTHS[language].split()
    assert [read(f"4 {name} 2024 10:00 GMT") for name in names] == [
        at(2024, month, 4, 10) for month in range(1, 13)
    ]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("mar, 6 feb 2024 10:00 GMT", at(2024, 2, 6, 10)),
        ("martedì 6 febbraio 2024", at(2024, 2, 6)),
        ("Mittwoch, 6. März 2024", at(2024, 3, 6)),
        ("mar. 5 mars 2024", at(2024, 3, 5)),
        ("6 de marzo de 2024", at(2024, 3, 6)),
        ("4 июля 2024 г.", at(2024, 7, 4)),
    ],
)
def test_the_day_of_the_week_is_no_month(text: str, instant: datetime) -> None:
    assert read(text) == instant


@pytest.mark.parametrize(
    ("clock", "hour"),
    [
        ("12:00 AM", 0),
        ("12:00 PM", 12),
        ("1:00 am", 1),
        ("1:00 p.m.", 13),
        ("11:00PM", 23),
        ("15:00 PM", 15),
        ("0:00 AM", 0),
    ],
)
def test_the_twelve_hour_clock_begins_at_twelve(clock: str, hour: int) -> None:
    assert read(f"Jul 4, 2024 {clock} GMT") == at(2024, 7, 4, hour)
    assert read(f"2024-07-04 {clock} GMT") == at(2024, 7, 4, hour)


def test_midnight_may_be_twenty_four_and_a_leap_second_sixty() -> None:
    assert read("2024-07-04T24:00:00Z") == at(2024, 7, 5)
    assert read("2016-12-31T23:59:60Z") == at(2017, 1, 1)
    assert read("2024-07-04T24:00:01Z") is None
    assert read("2024-07-04T23:59:61Z") is None


@pytest.mark.parametrize(
    "text",
    [
        None, "", "   ", "\n", "now", "yesterday", "soon", "Thursday", "July", "Jul 2024", "10:00", "10:00 GMT", "4 Jul", "0000-00-00",
        "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT", f"{EARLIEST - 1}-12-31", "2024-02-30", "2023-02-29", "2024-13-01",
        "2024-07-32", "32 Jul 2024", "13/13/2024", "2024-07-04T25:00:00Z", "4 Jul 2024 10:61", "4 Jul 2024 99:00", "12345 Jul 3",
        "1 2 3 Jul", "4 4 Jul 2024 10:00 2024", "99999999999999", "12345678", "1" * 200, "1720087200 1720087200", "1.2.3.4", "v2024",
        "9999-12-31T23:59:59-15:00", "10000-01-01", "<b>2024-07-04</b>" * 20, "x" * (10 * MAX_LENGTH + 1), "0", "-1", "\ud800", "４",
        "10:00 Q 2024", "Jul 4 10:00:00 99999",
    ],
)  # fmt: skip
def test_nonsense_is_none(text: str | None) -> None:
    assert read(text) is None
    assert examine(text) is None


def test_a_text_longer_than_any_date_is_none() -> None:
    padding = "2024-07-04T10:00:00Z " + "x" * (MAX_LENGTH - 21)
    assert read(padding) == JULY
    assert read(padding + "x") is None
    assert read(" " * (10 * MAX_LENGTH - 20) + "2024-07-04T10:00:00Z") == JULY


def test_the_earliest_year_is_included() -> None:
    assert read(f"{EARLIEST}-01-01") == at(EARLIEST, 1, 1)


def test_an_instant_beyond_the_calendar_is_none() -> None:
    assert read("9999-12-31T23:59:59", default_zone=timezone(timedelta(hours=-5))) is None
    assert read("9999-12-31T24:00:00") is None


def test_plausible_is_what_could_be_a_publication() -> None:
    now = at(2024, 7, 4, 10)
    assert plausible(now, now)
    assert plausible(now + timedelta(hours=24), now)
    assert not plausible(now + timedelta(hours=24, seconds=1), now)
    assert plausible(at(1990, 1, 1), now)
    assert not plausible(at(1989, 12, 31), now)


# --------------------------------------------------------------------------- properties

PIECES = st.sampled_from(
    "4|04|31|2024|24|0001|99999|Jul|July|mar|März|7月|年|10:00|10:00:00|24:00|1000|am|PM|p.m.|GMT|EST|ET|eastern|daylight"
    "|+0200|-99:99|T|Z|/|-|.|:|(|)|at|of|½|٣|下午|\u2212|\ud800|,| ".split("|")
)


@given(
    st.one_of(
        st.text(st.characters()),
        st.lists(PIECES, max_size=12).map("".join),
        st.lists(PIECES, max_size=12).map(" ".join),
    )
)
@example("²")
@example("٣٤٥٦٧٨٩٠١٢")
@example("2024-٠٧-٠٤")
def test_no_text_raises_and_what_is_read_is_aware_and_in_utc(text: str) -> None:
    for zone in (UTC, ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-23, minutes=-59))):
        reading = examine(text, default_zone=zone)
        assert (reading is None) == (read(text, default_zone=zone) is None)
        if reading is not None:
            assert reading.instant.utcoffset() == timedelta(0)
            assert reading.instant.year >= EARLIEST - 1


@given(
    st.datetimes(min_value=datetime(1950, 1, 2), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001 - the zone is drawn below
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_what_standard_tools_write_is_read_back(naive: datetime, minutes: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    offset = moment.strftime("%z")
    assert read(moment.isoformat()) == moment
    assert read(moment.strftime("%a, %d %b %Y %H:%M:%S ") + offset) == moment
    assert read(moment.strftime("%Y%m%dT%H%M%S") + offset) == moment
    assert read(moment.strftime("%B %d, %Y %I:%M:%S %p ") + offset) == moment
    assert read(moment.strftime("%a %b %d %H:%M:%S ") + offset + f" {moment.year}") == moment


LONG = [
    "1",
    " ",
    "a",
    "-",
    ":",
    "4 Jul 2024 ",
    "10:00 ",
    "2024-",
    "年",
    "+",
    "(",
    "T1",
    "1/1/",
    ".",
    "é",
    "\u0301",
]


@pytest.mark.parametrize("piece", LONG)
def test_long_texts_take_linear_time_and_little_of_it(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for _ in range(20):
                read(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(MAX_LENGTH) < 0.1  # 20 readings
    assert seconds(200_000) < 0.1
    assert seconds(60) * 8 + 0.005 > seconds(120)
