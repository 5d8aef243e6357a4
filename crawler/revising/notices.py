"""What a wire says of a release it has sent before: corrected, updated, killed, sent again, not before a day.

Read from a release's title and first lines, in the forms in which Business Wire, PR Newswire, GlobeNewswire,
ACCESSWIRE, Newsfile and EQS write them; and which earlier release is meant.  Used by ``reading`` and the store.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from crawler import dates, likeness, urls
from crawler.model import Notice, NoticeKind, Release

LINES = 6  #: blocks of a text that are looked at
LINE = 700  #: characters of each
LIKE = 0.6  #: agreement of two headlines from which one release is taken for the other
SURE = 0.8  #: … where the other one is killed for it
COMPANY = 5  #: words of a notice's title that are a company's name and no headline

_MARK = r"\s*(?::|--+|[-–—](?=\s)|\.\.\.|…)\s*"
_KINDS: tuple[tuple[NoticeKind, str], ...] = (
    (
        "kill",
        rf"(?-i:/?KILL(?:ED)?)(?:/|{_MARK})|/?(?:mandatory )?kill notice\b|kill release\b"
        r"|(?:advisory|attention|editors?)\W{1,4}(?:please )?disregard(?: (?:press |news |the )?release)?\b"
        r"|/?(?:please )?disregard (?:press |news |the )?release\b|/?(?:cancell?ation of|retraction of|withdrawal of)"
        rf" (?:press|news) release\b|(?-i:RETRACTION|RETRACTED|WITHDRAWN)(?:/|{_MARK})",
    ),
    (
        "correction",
        r"(?:correcting (?:and|&) replacing|replacing (?:and|&) correcting|corrected (?:and|&) replaced)\b"
        r"|/?c o r r e c t (?:i o n|e d)\b|correction (?:from|by) source\b"
        rf"|(?:correction|corrected|corrections|corrigendum|erratum|korrektur|rectificatif|corrección|correção"
        rf"|rettifica|rättelse|rettelse|oikaisu|korrigering)(?:/|{_MARK})"
        r"|(?:correction to|correction of) (?:the |a |our )?(?:press |news )?release\b",
    ),
    ("update", rf"/?u p d a t e\b|(?-i:UPDATED?)(?:/|{_MARK})"),
    ("repeat", rf"/?r e p e a t\b|(?-i:REPEAT|RETRANSMISSION|RETRANSMITTED|RE-ISSUE|REISSUE)(?:/|{_MARK})"),
)
_BEGINNINGS = tuple(
    (kind, re.compile(rf"\W{{0,3}}(?:{pattern})[\s/:.…–—-]*", re.IGNORECASE)) for kind, pattern in _KINDS
)
_BEHIND = re.compile(r"\s[-–—/(]\s*(?:correction|corrected)\)?\s*$", re.IGNORECASE)
_SAID: tuple[tuple[NoticeKind, str], ...] = (
    ("kill", r"(?:should|are asked to|are advised to|please) disregard the (?:press |news )?release\b"),
    ("kill", r"\b(?:press|news) release\b[^.]{0,200}\bhas been (?:killed|withdrawn|retracted)\b"),
    ("correction", r"^\W*(?:correction\.\.\.|please replace the release\b|in the news release,)"),
    ("correction", r"\bthe (?:complete, )?corrected release (?:follows|reads)\b"),
    ("correction", r"\bcorrects and replaces the (?:press |news )?release\b"),
    ("update", r"\bthe updated release (?:follows|reads)\b"),
)
_TOLD = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SAID)
_EMBARGO = re.compile(
    r"\W{0,4}(?:strictly )?(?:under embargo|embargo(?:ed)?)(?: for release)?:? (?:until|till|to|before)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>[ap])\.?m\.?\s*(?P<zone>[A-Za-z]{2,4}\b)?",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>20\d\d)"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)? (?P<month2>[A-Za-z]{3,9})\.?,? (?P<year2>20\d\d)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_YEARLESS = re.compile(
    rf"\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}", re.IGNORECASE
)
_YEAR = re.compile(r"\b20\d\d\b")
_HEADLINE = re.compile(r"[)\]:;|]\s.*|\s[-–—]+\s.*")  #: what follows an embargo in a title
_POINT = re.compile(r"(?<=\b\d\d)\.(?=\d\d\b(?!\.))")  #: 00.01 is a time
#: How the text of a notice names the release it is about.
_NAMED = re.compile(
    r"(?:news|press) release,? (?:titled |entitled |headlined )?[\"“'‘]?(?P<title>.{15,300}?)[\"”'’]?,? "
    r"(?:issued|dated|sent|published|distributed|released|transmitted|that was|which was)\b"
    r"|(?:titled|entitled|headlined|headline:) [\"“'‘](?P<quoted>.{15,300}?)[\"”'’]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")


def read(titles: Sequence[str | None], text: str, *, above: str = "") -> Notice | None:
    """The notice of a release with these titles (of the feed, of the page) and this text, a block a line.

    ``above``: the lines above its headline, which can only tell of an embargo: what else stands there is as likely
    the name of a section.
    """
    lines = [" ".join(line[:LINE].split()) for line in text.split("\n", LINES)[:LINES]]
    for title in filter(None, titles):
        for kind, beginning in _BEGINNINGS:
            if match := beginning.match(title):
                return _notice(kind, title, title[match.end() :], lines)
        if _BEHIND.search(title):
            return _notice("correction", title, _BEHIND.sub("", title), lines)
    found = _of_text(next(filter(None, titles), ""), lines)
    embargoed = None if found else next(filter(_EMBARGO.match, _announcing(titles, text, above)), None)
    return Notice(kind="embargo", evidence=embargoed[:200]) if embargoed else found


def embargo(
    text: str, *, titles: Sequence[str | None] = (), above: str = "", now: datetime
) -> datetime | None:
    """Until when a release is not to be published, by title and first lines; None where none says so, or says when.

    A day without a time ends the embargo with its first minute, UTC; a day without a year is the one nearest to now.
    """
    lines = _announcing([title and _alone(title) for title in titles], text, above)
    told = next((line[match.end() :] for line in lines if (match := _EMBARGO.match(line))), None)
    if told is None:
        return None
    told = _POINT.sub(":", told)
    if (day := _YEARLESS.search(told)) is None or _YEAR.search(told):
        return _until(told)
    years = (now.year - 1, now.year, now.year + 1)
    read = [_until(f"{told[: day.end()]} {year}{told[day.end() :]}") for year in years]
    return min(filter(None, read), key=lambda until: abs(until - now), default=None)


def _alone(title: str) -> str:
    """A title that begins with an embargo, without the headline behind it; any other as it is."""
    match = _EMBARGO.match(title)
    return (
        title if match is None else match.group() + " " + _HEADLINE.sub("", title[match.end() :].lstrip(" :"))
    )


def _announcing(titles: Sequence[str | None], text: str, above: str) -> list[str]:
    """What may tell of an embargo: the titles, the lines above the headline, and the first ones."""
    lines = [*filter(None, titles), *above.split("\n"), *text.split("\n", 3)[:3]]
    return [" ".join(line[:LINE].split()) for line in lines]


def _until(told: str) -> datetime | None:
    """The end of an embargo."""
    day = _DAY.search(told)
    clock = list(_CLOCK.finditer(told))
    if day is None or not clock:
        return dates.read(told.strip(" .:"))
    month, number, year = (day[name] or day[f"{name}2"] for name in ("month", "day", "year"))
    hour, minute, half, zone = clock[-1].group("hour", "minute", "half", "zone")
    return dates.read(f"{month[:3]} {number}, {year} at {hour}:{minute or '00'} {half}m {zone or 'UTC'}")


def _of_text(title: str, lines: Sequence[str]) -> Notice | None:
    """A notice that only the first lines tell."""
    for line in lines[:3]:
        for kind, beginning in _BEGINNINGS[:2]:
            if (match := beginning.match(line)) and len(line) - match.end() < 200:
                return _notice(kind, line, title, lines)
    for line in lines:
        for kind, told in _TOLD:
            if match := told.search(line):
                return _notice(kind, line[max(0, match.start() - 60) :], title, lines)
    return None


def _notice(kind: NoticeKind, evidence: str, told: str, lines: Sequence[str]) -> Notice:
    named = next(filter(None, map(_NAMED.search, lines)), None)
    headline = (named["title"] or named["quoted"]) if named else told
    links = [found.rstrip(".,;") for line in lines[:3] for found in _ADDRESS.findall(line)]
    return Notice(
        kind=kind, evidence=evidence[:200].strip(), told=headline.strip(" /-–—\"“”'"), links=tuple(links)
    )


def meant(notice: Notice, candidates: Sequence[Release]) -> Release | None:
    """The release that a notice is about, among those of its wire that came before; None: not among them.

    By an address in its first lines, else by the headline that it tells; of several the last.
    """
    linked = _linked(notice, candidates)
    if notice.kind == "kill":
        return _killed(notice, candidates, linked)
    if linked:
        return max(linked, key=lambda one: one.date)
    likely = _likely(notice, candidates, LIKE)
    return max(likely, key=lambda pair: (pair[0], pair[1].date))[1] if likely else None


def _killed(notice: Notice, candidates: Sequence[Release], linked: Sequence[Release]) -> Release | None:
    """Nothing is killed on a guess: its headline has to be told, or it alone be linked where none is.

    A link may lead to the release that is right; a headline may be used every day.
    """
    likely = [one for _, one in _likely(notice, candidates, SURE)]
    if not likely and len(likeness.words(notice.told)) <= COMPANY:
        likely = list(linked)
    chosen = [one for one in likely if one in linked] if len(likely) > 1 else likely
    return chosen[0] if len(chosen) == 1 else None


def doubtful(notice: Notice, candidates: Sequence[Release]) -> bool:
    """Whether several releases are as likely to be killed: then none is, whatever comes later."""
    return notice.kind == "kill" and len(_likely(notice, candidates, SURE)) > 1


def _linked(notice: Notice, candidates: Sequence[Release]) -> list[Release]:
    addresses = {urls.identity(link) for link in notice.links}
    return [one for one in candidates if one.link and urls.identity(one.link) in addresses]


def _likely(notice: Notice, candidates: Sequence[Release], least: float) -> list[tuple[float, Release]]:
    told = likeness.words(bare(notice.told))
    liked = ((likeness.agreement(told, likeness.words(bare(one.title))), one) for one in candidates)
    return [pair for pair in liked if pair[0] >= least]


def bare(title: str) -> str:
    """A headline without what announces a notice."""
    for _, beginning in _BEGINNINGS:
        if match := beginning.match(title):
            return title[match.end() :]
    return _BEHIND.sub("", title)
