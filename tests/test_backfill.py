"""P16: a one-shot walks back through a feed's past, each page once, to the moment it was asked for."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.backfill import Backfill
from crawler.errors import HostPaused
from crawler.model import Feed, PageRead, PollCount, Request, Selection
from crawler.store.sql import SqlStore
from crawler.workers.inline import InlineWorkers
from tests.fakes import NOON, FakeClock, FakeWeb
from tests.store.examples import feed, polled

ROOT = "https://feeds.orbitwire.example"


def atom(number: int, *, at: datetime | None, older: str = "", archive: bool = True) -> bytes:
    """A page with one entry; ``older`` is where it leads."""
    relation = "prev-archive" if archive else "next"
    link = f'<link rel="{relation}" href="{older}"/>' if older else ""
    dated = f"<updated>{at:%Y-%m-%dT%H:%M:%SZ}</updated>" if at else ""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Orbit</title>{link}<entry><id>urn:orbit:{number}</id>'
        f'<title>Lumen Harbor opens berth {number}</title><link href="https://www.orbitwire.example/{number}"/>'
        f"{dated}</entry></feed>"
    ).encode()


class World:
    """A feed whose current page is polled, and pages behind it."""

    def __init__(self, store: SqlStore, web: FakeWeb) -> None:
        self.store, self.web = store, web
        self.read: list[tuple[PageRead, PollCount]] = []

    def backfill(self, **changes: int) -> Backfill:
        return Backfill(
            web=self.web,
            workers=InlineWorkers(),
            store=self.store,
            clock=FakeClock(),
            stop=asyncio.Event(),
            wake=asyncio.Event(),
            observe=lambda read, count: self.read.append((read, count)),
            **changes,
        )

    async def begin(self, first: bytes, *, since: datetime) -> Selection:
        """Poll the feed once; what is wanted from then on."""
        await self.store.register([feed()], NOON)
        [piece] = await self.store.lend(NOON, Selection(), slots=1, busy=())
        page = (await self._page(piece.polls[0].feed, first)).document
        assert page is not None
        await self.store.settle_poll(polled(piece.polls[0].feed, page.entries, document=page))
        await self.store.give_back([piece.host])
        return Selection(since=since)

    async def _page(self, one: Feed, body: bytes) -> PageRead:
        self.web.answers[one.url] = body
        document = await InlineWorkers().read_feed(
            await self.web.get(Request(url=one.url, kind="feed")), feed_name=one.name
        )
        self.web.requests.clear()
        return PageRead(page=None, at=NOON, document=document)  # type: ignore[arg-type]

    @property
    def asked(self) -> list[str]:
        return [request.url.removeprefix(ROOT) for request in self.web.requests]


@pytest.fixture
async def world(migrated: Path, tmp_path: Path) -> AsyncIterator[World]:
    path = Path(shutil.copy(migrated, tmp_path / "crawler.db"))
    async with SqlStore(path, now=lambda: NOON) as store:
        yield World(store, FakeWeb())


def days(number: int) -> datetime:
    return NOON - timedelta(days=number)


async def test_p16_ten_thousand_pages_are_read_once_each_down_to_the_date(world: World) -> None:
    count = 10_000
    for number in range(1, count + 1):
        body = atom(number, at=NOON - timedelta(hours=number), older=f"/old/{number + 1}")
        world.web.answers[f"{ROOT}/old/{number}"] = body
    reach = 200  # hours: the page after it is the first that holds nothing wanted
    want = await world.begin(atom(0, at=NOON, older="/old/1"), since=NOON - timedelta(hours=reach))
    await world.backfill().run(want)
    assert world.asked == [f"/old/{number}" for number in range(1, reach + 2)]
    assert sum(count.new for _, count in world.read) == reach + 1
    assert {request.kind for request in world.web.requests} == {"older"}


async def test_p16_a_second_run_asks_no_archive_again_and_goes_on_behind_it(world: World) -> None:
    for number in range(1, 30):
        world.web.answers[f"{ROOT}/old/{number}"] = atom(number, at=days(number), older=f"/old/{number + 1}")
    await world.backfill().run(await world.begin(atom(0, at=NOON, older="/old/1"), since=days(5)))
    assert world.asked == [f"/old/{number}" for number in range(1, 7)]
    world.web.requests.clear()
    await world.backfill().run(Selection(since=days(9)))
    assert world.asked == [f"/old/{number}" for number in range(7, 11)]


@pytest.mark.parametrize(
    ("first", "pages", "asked"),
    [
        ("/old/1", {1: "/old/2", 2: "/old/1"}, ["/old/1", "/old/2"]),
        ("/old/1", {1: "/old/1"}, ["/old/1"]),
        ("/old/1", {1: "/old/1#again"}, ["/old/1"]),
        ("/orbit.xml", {}, []),
        ("https://elsewhere.example/old/1", {}, []),
        ("/old/1", {1: "https://elsewhere.example/old/2"}, ["/old/1"]),
        ("/old/1", {1: ""}, ["/old/1"]),
    ],
    ids=[
        "cycle",
        "self",
        "self with fragment",
        "the feed itself",
        "off-host at once",
        "off-host later",
        "end",
    ],
)
async def test_p16_loops_and_other_hosts_end_the_walk(
    world: World, first: str, pages: dict[int, str], asked: Sequence[str]
) -> None:
    for number, older in pages.items():
        world.web.answers[f"{ROOT}/old/{number}"] = atom(number, at=days(number), older=older)
    await world.backfill().run(await world.begin(atom(0, at=NOON, older=first), since=days(900)))
    assert world.asked == asked


async def test_p16_dates_that_run_backwards_or_are_missing_end_at_the_limit(world: World) -> None:
    for number in range(1, 40):
        at = None if number % 2 else NOON - timedelta(days=1) + timedelta(minutes=number)
        world.web.answers[f"{ROOT}/old/{number}"] = atom(number, at=at, older=f"/old/{number + 1}")
    want = await world.begin(atom(0, at=NOON, older="/old/1"), since=days(2))
    await world.backfill(most_pages=25).run(want)
    assert world.asked == [f"/old/{number}" for number in range(1, 26)]


async def test_nothing_is_asked_where_the_feed_itself_reaches_back_far_enough(world: World) -> None:
    await world.backfill().run(await world.begin(atom(0, at=days(3), older="/old/1"), since=days(2)))
    assert world.asked == []


async def test_a_page_that_may_change_is_read_again_only_after_a_day(world: World) -> None:
    for number in range(1, 4):
        older = f"/old/{number + 1}" if number < 3 else ""
        world.web.answers[f"{ROOT}/old/{number}"] = atom(number, at=days(number), older=older, archive=False)
    want = await world.begin(atom(0, at=NOON, older="/old/1", archive=False), since=days(90))
    await world.backfill().run(want)
    await world.backfill().run(want)
    assert world.asked == ["/old/1", "/old/2", "/old/3"]
    later = world.backfill()
    assert isinstance(later.clock, FakeClock)
    later.clock.instant += timedelta(days=1, minutes=1)
    await later.run(want)
    assert world.asked == ["/old/1", "/old/2", "/old/3"] * 2


async def test_a_page_that_fails_is_kept_as_failed_and_asked_again_by_the_next_run(world: World) -> None:
    world.web.answers[f"{ROOT}/old/1"] = atom(1, at=days(1), older="/old/2")
    want = await world.begin(atom(0, at=NOON, older="/old/1"), since=days(90))
    await world.backfill().run(want)
    assert [(read.error_kind, read.document is None) for read, _ in world.read] == [
        (None, False),
        ("Unreachable", True),
    ]
    world.web.answers[f"{ROOT}/old/2"] = b"<html><body>Please log in</body></html>"
    await world.backfill().run(want)
    assert world.read[-1][0].error_kind == "NotAFeed"
    world.web.answers[f"{ROOT}/old/2"] = atom(2, at=days(2))
    await world.backfill().run(want)
    assert (world.read[-1][1].new, world.asked[-3:]) == (1, ["/old/2"] * 3)


async def test_items_of_the_past_become_due_and_do_not_count_as_standing_in_the_feed(world: World) -> None:
    world.web.answers[f"{ROOT}/old/1"] = atom(1, at=days(1))
    backfill = world.backfill()
    await backfill.run(await world.begin(atom(0, at=NOON, older="/old/1"), since=days(90)))
    assert backfill.wake.is_set()
    slices = await world.store.lend(NOON, Selection(), slots=5, busy=())
    titles = [item.entry.title for piece in slices for item in piece.items]
    assert titles == ["Lumen Harbor opens berth 0", "Lumen Harbor opens berth 1"]


async def test_a_feed_of_the_past_never_overwrites_what_the_feed_tells_now(world: World) -> None:
    world.web.answers[f"{ROOT}/old/1"] = atom(0, at=days(4)).replace(b"berth 0", b"berth nil")
    await world.backfill().run(await world.begin(atom(0, at=NOON, older="/old/1"), since=days(90)))
    slices = await world.store.lend(NOON, Selection(), slots=5, busy=())
    assert [item.entry.title for piece in slices for item in piece.items] == ["Lumen Harbor opens berth 0"]


async def test_a_rest_of_the_host_is_waited_for_as_long_as_patience_lasts(world: World) -> None:
    world.web.answers[f"{ROOT}/old/1"] = HostPaused(
        "rests", status=0, retry_after=NOON + timedelta(seconds=60)
    )
    want = await world.begin(atom(0, at=NOON, older="/old/1"), since=days(90))
    await world.backfill().run(want)
    assert (world.asked, world.read[-1][0].error_kind) == (["/old/1"], "HostPaused")
    patient = world.backfill(patience=90)
    await patient.run(want)
    assert isinstance(patient.clock, FakeClock)
    assert (len(world.asked), patient.clock.now()) == (5, NOON + timedelta(seconds=60))


async def test_a_stop_ends_the_walk_after_the_page_under_way(world: World) -> None:
    for number in range(1, 9):
        world.web.answers[f"{ROOT}/old/{number}"] = atom(number, at=days(number), older=f"/old/{number + 1}")
    backfill = world.backfill()
    stopping: Callable[[PageRead, PollCount], None] = lambda read, count: backfill.stop.set()  # noqa: E731
    object.__setattr__(backfill, "observe", stopping)
    await backfill.run(await world.begin(atom(0, at=NOON, older="/old/1"), since=days(90)))
    assert world.asked == ["/old/1"]
