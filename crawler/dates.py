"""Date text → aware UTC instant: RFC 822/5322, ISO 8601, epochs, and what wires write instead.

Used by ``feeds`` and ``extract``.  What cannot be read is None, never "now".  Every form is matched by
expressions that need linear time, on at most ``MAX_LENGTH`` characters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

MAX_LENGTH = 120
"""Characters after which a text is no date: the longest real one seen has 50."""

EARLIEST = 1900
"""Years before this are fillers such as 0001-01-01, not publication dates."""

_MONTHS = """
january february march april may june july august september october november december
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
januar februar marz april mai juni juli august september oktober november dezember
janner feber maerz april mai juni juli august september oktober november dezember
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts april maj juni juli august september oktober november desember
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia
ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december
ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik
januari februari maret april mei juni juli agustus september oktober november desember
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου
"""  # noqa: E501 - one line is one language

_OFFSETS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "zulu": 0,
    "bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "wat": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "cat": 2,
    "sast": 2, "eest": 3, "msk": 3, "eat": 3, "trt": 3, "msd": 4, "gst": 4, "pkt": 5, "ist": 5.5, "npt": 5.75,
    "ict": 7, "wib": 7, "awst": 8, "hkt": 8, "pht": 8, "sgt": 8, "sgst": 8, "jst": 9, "kst": 9,
    "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3, "clst": -3, "clt": -4, "ast": -4, "adt": -3, "est": -5, "edt": -4,
    "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
"""Hours east of UTC.  Names with several meanings take the one wires use: BST British, CST American, IST Indian."""

_AMERICAN = {
    "et": -5, "ct": -6, "mt": -7, "pt": -8, "eastern": -5, "central": -6, "mountain": -7, "pacific": -8,
}  # fmt: skip
"""Zones that name no season: daylight time applies by date."""

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,:]\d{1,12})?)?(?!\d)"
_ISO = re.compile(
    r"(?P<year>\d{4})(?:(?P<mark>[-/.])(?P<month>\d{1,2})(?:(?P=mark)(?P<day>\d{1,2}))?)?(?!\d)"
    rf"(?:\s*[t,]?\s*{_TIME}|t(?P<only>\d{{1,2}})(?=z|[+-]|$))?(?P<rest>.*)",
    re.DOTALL,
)
_DIGITS = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?"
    r"(?P<rest>(?:[.,]\d{1,9})?\s*(?:[a-z+-][a-z0-9:+-]{0,9})?)"
)
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d{1,9})?|(\d{12,13})(?:\.\d{1,9})?")
_EAST_ASIAN = re.compile(
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일][^\d]{0,12}"
    r"(?:(?P<hour>\d{1,2})\s?[:時시时点]\s?(?P<minute>\d{2})(?:\s?[:分분]\s?(?P<second>\d{2}))?)?(?P<rest>.*)",
    re.DOTALL,
)
_CLOCK = re.compile(rf"(?<!\d){_TIME}(?:\s?(?P<half>[ap])\.?m\b\.?)?")
_MILITARY_CLOCK = re.compile(
    r"(?<=\d)\s(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?=\s*(?:[a-z]{1,5}|[+-]\d{4})$)"
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_SHIFT = re.compile(r"(?:gmt|utc|ut|z)?\s?([+-])\s?(\d{1,2}):?(\d{1,2})?(?!\d)")
_ZONE_NAME = re.compile(r"[a-z]{1,8}")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")


_SPELLINGS = str.maketrans({"\u2212": "-", "\u0131": "i"})  #: the minus sign, and the Turkish i without a dot


def _month_names() -> dict[str, int]:
    """Every spelling, and the beginnings of three and four letters that mean one month only."""
    rows = [line.split() for line in _MONTHS.split("\n") if line]
    names: dict[str, int] = {}
    beginnings: dict[str, set[int]] = {}
    for row in rows:
        for number, name in enumerate(row, 1):
            names.setdefault(name, number)
            for length in (3, 4):
                beginnings.setdefault(name[:length], set()).add(number)
    short = {start: next(iter(numbers)) for start, numbers in beginnings.items() if len(numbers) == 1}
    return short | names | {"mar": 3, "sept": 9}


_MONTH = _month_names()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a date text says."""

    instant: datetime  #: aware, in UTC
    zoned: bool  #: False when the text names no (known) zone and the default one was assumed


def read(text: str | None, *, default_zone: tzinfo = UTC) -> datetime | None:
    """The instant a date text names, in UTC; None for anything else.  Never raises.

    A date without a time is its midnight; a time without a zone is in ``default_zone``.
    """
    reading = examine(text, default_zone=default_zone)
    return reading.instant if reading else None


def examine(text: str | None, *, default_zone: tzinfo = UTC) -> Reading | None:
    """Like :func:`read`, and says whether the text named its zone."""
    words = _plain(text)
    if not words:
        return None
    try:
        return _epoch(words) or _dated(words, default_zone)
    except (ValueError, OverflowError):
        return None


def plausible(instant: datetime, now: datetime) -> bool:
    """False for a publication date before 1990 or more than 24 hours in the future."""
    return instant.year >= 1990 and instant - now <= timedelta(hours=24)


def _plain(text: str | None) -> str:
    """Lower case, without accents, soft punctuation and surplus white space."""
    if text is None or len(text) > 10 * MAX_LENGTH:
        return ""
    folded = " ".join(text.split()).lower()
    if len(folded) > MAX_LENGTH:
        return ""
    bare = unicodedata.normalize("NFD", folded.translate(_SPELLINGS))
    return unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c)))


def _epoch(words: str) -> Reading | None:
    """Seconds or milliseconds since 1970, which some feeds put where a date belongs."""
    match = _EPOCH.fullmatch(words)
    if match is None:
        return None
    seconds = int(match[1]) if match[1] else int(match[2]) // 1000
    return Reading(datetime.fromtimestamp(seconds, UTC), zoned=True)


def _dated(words: str, default_zone: tzinfo) -> Reading | None:
    for form in (_ISO, _DIGITS, _EAST_ASIAN):
        match = form.fullmatch(words)
        if match is not None and (match["day"] or not match["rest"]):
            return _numeric_first(match, words, default_zone)
    return _written(words, default_zone)


def _numeric_first(match: re.Match[str], words: str, default_zone: tzinfo) -> Reading | None:
    """Year, month, day in this order: ISO 8601, W3CDTF, and the East Asian way to write them."""
    part = match.groupdict()
    day = (int(part["year"]), int(part["month"] or 1), int(part["day"] or 1))
    hour = int(part["hour"] or part.get("only") or 0)
    rest = part["rest"].strip()
    half = re.match(r"([ap])\.?m\b\.?", rest)
    if half:
        hour, rest = _twelve(hour, half[1]), rest[half.end() :].strip()
    elif re.search(r"下午|오후", words):
        hour = _twelve(hour, "p")
    clock = (hour, int(part["minute"] or 0), int(part["second"] or 0))
    return _assemble(day, clock, rest, default_zone)


def _written(words: str, default_zone: tzinfo) -> Reading | None:
    """Dates with a month's name (RFC 5322, asctime, and freer), or day/month/year in numbers."""
    clock, before, after = (0, 0, 0), words, ""
    match = _CLOCK.search(words) or _MILITARY_CLOCK.search(words)
    if match:
        part = match.groupdict()
        clock = (
            _twelve(int(part["hour"]), part.get("half")),
            int(part["minute"]),
            int(part.get("second") or 0),
        )
        before, after = words[: match.start()], words[match.end() :].strip()
    day = _day_of(before)
    if day is None:  # asctime puts the year after the time, and some put the whole date there
        year = re.search(r"(?<![\d:+-])\d{4}(?!\d)", after)
        day = _day_of(f"{before} {year[0]}") if year else None
        day, after = (
            (day, after.replace(year[0], "", 1)) if day and year else (_day_of(after), _zone_of(after))
        )
    return _assemble(day, clock, after.strip(), default_zone) if day else None


def _zone_of(text: str) -> str:
    """Where the zone would stand in a text that has the day after the time: at its end, or before the day."""
    last = text.rpartition(" ")[2]
    return text if last.isdigit() else last


def _day_of(text: str) -> tuple[int, int, int] | None:
    """(year, month, day) of a text without a time; None unless exactly one reading is possible."""
    numeric = _NUMERIC.search(text)
    if numeric:
        return _numeric_day(numeric)
    names = [_MONTH[word] for word in _WORD.findall(text) if word in _MONTH]
    numbers = _NUMBER.findall(text)
    if not names or len(numbers) != 2:
        return None
    first, second = numbers
    if len(first) == 4:
        first, second = second, first
    if len(first) > 2:
        return None
    return _full_year(second), names[-1], int(first)  # the last: Tuesday is "mar" in three languages


def _numeric_day(match: re.Match[str]) -> tuple[int, int, int]:
    """Day and month in numbers: American with slashes unless the first cannot be a month."""
    first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
    american = match[2] == "/" and first <= 12
    return (year, first, second) if american or second > 12 else (year, second, first)


def _full_year(digits: str) -> int:
    """Years of two digits: 00-49 are 2000-2049, 50-99 are 1950-1999 (RFC 5322 §4.3)."""
    year = int(digits[:5])
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year


def _twelve(hour: int, half: str | None) -> int:
    """The hour of a twelve-hour clock in twenty-four."""
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half == "p" else 0)


def _assemble(
    day: tuple[int, int, int], clock: tuple[int, int, int], rest: str, default_zone: tzinfo
) -> Reading | None:
    if day[0] < EARLIEST:
        return None
    hour, minute, second = clock
    midnight, leap = hour == 24 and minute == second == 0, second == 60
    local = datetime(*day, 0 if midnight else hour, minute, 59 if leap else second, tzinfo=UTC)
    local += timedelta(days=midnight, seconds=leap)
    offset = _offset(rest, local)
    if offset is not None:
        return Reading(local - offset, zoned=True)
    return Reading(local.replace(tzinfo=default_zone).astimezone(UTC), zoned=False)


def _offset(rest: str, local: datetime) -> timedelta | None:
    """How far east of UTC the zone after a time is; None when it names none we know.

    Military letters other than Z mean nothing certain (RFC 5322 §4.3).
    """
    rest = rest.lstrip("([ ,")
    shift = _SHIFT.match(rest)
    if shift:
        hours, minutes = int(shift[2]), int(shift[3] or 0)
        if hours > 15 or minutes > 59:
            return None
        east = timedelta(hours=hours, minutes=minutes)
        return -east if shift[1] == "-" else east
    found = _ZONE_NAME.match(rest)
    name = found[0] if found else ""
    if name in _AMERICAN:
        summer = "standard" not in rest and ("daylight" in rest or _american_summer(local))
        return timedelta(hours=_AMERICAN[name] + summer)
    return timedelta(hours=_OFFSETS[name]) if name in _OFFSETS else None


def _american_summer(local: datetime) -> bool:
    """Daylight saving time in the United States: the rules of 2007 and of 1987 (15 U.S.C. §260a)."""
    modern = local.year >= 2007
    starts = _sunday(local.year, 3 if modern else 4, 8 if modern else 1)
    ends = _sunday(local.year, 11, 1) if modern else _sunday(local.year, 10, 25)
    return starts <= local < ends


def _sunday(year: int, month: int, day: int) -> datetime:
    """Two in the morning of the first Sunday on or after a day."""
    start = datetime(year, month, day, 2, tzinfo=timezone.utc)  # noqa: UP017 - reads as the wall clock
    return start + timedelta(days=(6 - start.weekday()) % 7)
