"""The web with every page in the raw archive before it is read: fakes at the ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from crawler.errors import ArchiveError, Passing, attempts_of
from crawler.model import Attempt, Exchange, Feed, Page, RawRecord, Request, ToldVisit, Validators
from crawler.recording import RecordingWeb, Replaying, RobotsLog, on_behalf, unsettled
from tests.archive.exchanges import exchange
from tests.fakes import NOON, FakeWeb, page

URL = "https://www.orbitwire.example/release/1"


@dataclass
class Kept:
    """A raw archive and its index, in memory."""

    full: bool = False
    kept: list[tuple[Sequence[Exchange], Mapping[str, str]]] = field(default_factory=list)
    noted: list[RawRecord] = field(default_factory=list)

    async def keep(self, exchanges: Sequence[Exchange], *, about: Mapping[str, str]) -> tuple[RawRecord, ...]:
        if self.full:
            raise ArchiveError("warc cannot be written: No space left on device")
        self.kept.append((exchanges, about))
        return tuple(record(one.url, number) for number, one in enumerate(exchanges))

    async def page(self, record: RawRecord) -> Page:
        raise NotImplementedError

    async def raw_record(self, payload: str) -> RawRecord | None:
        return None

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        self.noted += records


def record(url: str, number: int) -> RawRecord:
    return RawRecord(
        url=url, file="warc/x", offset=number, length=1, payload="", revisit=False, written_at=NOON
    )


def attempt(second: int, *, hop: int = 0, status: int = 200) -> Attempt:
    return Attempt(url=URL, started_at=NOON + timedelta(seconds=second), number=1, hop=hop, status=status)


def fetched(attempts: Sequence[Attempt], exchanges: Sequence[Exchange]) -> FakeWeb:
    found = replace(page(URL, b"<p>Lumen Harbor</p>"), attempts=tuple(attempts), exchanges=tuple(exchanges))
    return FakeWeb(answers={URL: found})


async def test_a_page_is_kept_before_it_is_handed_on_and_its_wire_bytes_are_let_go() -> None:
    tries = [attempt(0, status=503), attempt(1, status=301), attempt(2, hop=1)]
    wires = [exchange(1, started_at=tries[1].started_at), exchange(2, started_at=tries[2].started_at, hop=1)]
    raw = Kept()
    web = RecordingWeb(web=fetched(tries, wires), raw=raw, run=7)
    found = await web.get(Request(url=URL, kind="page", about={"feed": "orbit"}))
    assert [one.raw and one.raw.offset for one in found.attempts] == [None, 0, 1]
    assert found.exchanges == ()
    assert raw.kept == [(tuple(wires), {"feed": "orbit", "run": "7", "kind": "page"})]


async def test_where_nothing_came_nothing_is_kept() -> None:
    raw = Kept()
    web = RecordingWeb(web=fetched([attempt(0, status=304)], []), raw=raw, run=7)
    assert (await web.get(Request(url=URL, kind="feed"))).attempts[0].raw is None
    assert raw.kept == []


async def test_a_failure_of_the_archive_is_ours_and_tells_what_was_asked() -> None:
    tries = [attempt(0)]
    web = RecordingWeb(web=fetched(tries, [exchange(1, started_at=NOON)]), raw=Kept(full=True), run=7)
    with pytest.raises(ArchiveError) as failure:
        await web.get(Request(url=URL, kind="page"))
    assert failure.value.passing is Passing.OURS
    assert attempts_of(failure.value) == tuple(tries)


async def test_of_tries_within_one_instant_the_last_is_the_one_that_was_kept() -> None:
    tries = [attempt(0, status=503), attempt(0)]
    web = RecordingWeb(web=fetched(tries, [exchange(1, started_at=NOON)]), raw=Kept(), run=7)
    found = await web.get(Request(url=URL, kind="page"))
    assert [one.raw is not None for one in found.attempts] == [False, True]


async def test_a_robots_txt_is_kept_and_noted_and_a_full_disk_closes_no_host() -> None:
    robots = exchange(1, kind="robots")
    raw = Kept()
    await RobotsLog(raw=raw, index=raw, run=7)([robots])
    assert raw.kept == [([robots], {"run": "7", "kind": "robots"})]
    assert len(raw.noted) == 1
    raw.full = True
    await RobotsLog(raw=raw, index=raw, run=7)([robots])
    assert len(raw.noted) == 1


def test_on_whose_behalf_a_page_is_asked_for_tells_no_secret() -> None:
    feed = Feed(
        id=1,
        name="orbit",
        url="https://user:pw@feeds.orbitwire.example/x?token=abc",
        source="Orbit",
        source_key="o",
    )
    assert on_behalf(feed, guid=None) == {
        "via": "https://feeds.orbitwire.example/x?token=***",
        "feed": "orbit",
    }
    assert on_behalf(feed, guid="urn:1")["guid"] == "urn:1"


@dataclass
class Remains:
    """A raw archive with what the last run left, and an index that knows which items were captured since."""

    broken: bool = False
    settled: set[int] = field(default_factory=set)
    noted: list[RawRecord] = field(default_factory=list)

    async def page(self, kept: RawRecord) -> Page:
        if self.broken:
            raise ArchiveError("the record is not whole")
        return page("https://elsewhere.example/", b"<p>from the raw archive</p>", final_url=kept.url)

    async def is_settled(self, item: int, at: object) -> bool:
        return item in self.settled

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        self.noted += records


def visit(
    number: int, *, item: str = "3", kind: str = "page", status: int = 200, url: str = URL
) -> ToldVisit:
    hops = (attempt(number, status=301), attempt(number + 1, hop=1, status=status))
    told = tuple(replace(one, url=url, raw=record(url, number + hop)) for hop, one in enumerate(hops))
    about = {"kind": kind, "feed": "orbit"} | ({"item": item} if item else {})
    return ToldVisit(attempts=told, validators=Validators(), about=about)


def asked(item: str = "3", url: str = URL) -> Request:
    return Request(url=url, kind="page", about={"item": item})


async def test_d46_a_page_that_was_kept_and_not_settled_is_taken_from_there_once() -> None:
    network, left = FakeWeb(answers={URL: b"<p>from the network</p>"}), Remains()
    web = Replaying(web=network, raw=left, index=left, visits=await unsettled([visit(0)], left))
    found = await web.get(asked())
    assert (found.url, found.final_url, found.body) == (URL, URL, b"<p>from the raw archive</p>")
    assert [one.raw and one.raw.offset for one in found.attempts] == [0, 1]  # the redirect's too
    assert network.requests == []
    assert (await web.get(asked())).body == b"<p>from the network</p>"


async def test_d46_what_cannot_be_replayed_is_asked_of_the_network() -> None:
    network, left = FakeWeb(answers={URL: b"<p>from the network</p>"}), Remains(broken=True)
    elsewhere = "https://www.orbitwire.example/release/2"
    network.answers[elsewhere] = b"<p>another address</p>"
    web = Replaying(web=network, raw=left, index=left, visits=await unsettled([visit(0)], left))
    assert (await web.get(asked(item="4"))).body == b"<p>from the network</p>"
    assert (await web.get(asked(url=elsewhere))).body == b"<p>another address</p>"  # the feed tells it now
    assert (await web.get(replace(asked(), kind="feed"))).body == b"<p>from the network</p>"
    assert (await web.get(asked())).body == b"<p>from the network</p>"  # it is not whole
    assert list(web.visits) == ["3"]  # where it lies is noted when the run ends


async def test_d46_a_page_is_not_taken_from_there_where_a_feed_told_of_an_edit_since() -> None:
    network, left = FakeWeb(answers={URL: b"<p>as it was corrected</p>"}), Remains()
    web = Replaying(web=network, raw=left, index=left, visits=await unsettled([visit(0)], left))
    left.settled.add(3)  # the poll of this run told of the edit, before the item's turn came
    assert (await web.get(asked())).body == b"<p>as it was corrected</p>"
    assert list(web.visits) == ["3"]


async def test_d46_of_everything_else_it_is_noted_where_it_lies() -> None:
    left = Remains(settled={9})
    found = [
        visit(10, kind="feed", item=""),
        visit(20, kind="robots", item=""),
        visit(30, status=404, item="1"),
        visit(40, item=""),
        visit(50, item="9"),  # captured since
        visit(60, item="2"),
        visit(0, item="2"),  # an earlier visit to the same item
    ]
    pages = await unsettled(found, left)
    assert {item: one.attempts[0].started_at for item, one in pages.items()} == {
        "2": NOON + timedelta(seconds=60)
    }
    assert [one.offset for one in left.noted] == [10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 0, 1]
