"""A subscription's life: a real hub, the real door, the real callback server, the real store."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.config import PollConfig, WebConfig, WebSubConfig
from crawler.errors import StoreError
from crawler.model import (
    Feed,
    FeedDocument,
    FeedInfo,
    FeedState,
    PollCount,
    PushOffer,
    Selection,
    Subscription,
)
from crawler.pushing import lease
from crawler.store.sql import SqlStore
from crawler.subscribing import Subscribing
from crawler.web import Door
from crawler.web.callback import CallbackServer
from tests.fakes import FakeClock
from tests.web.origin import Origin
from tests.websub.examples import DAY, FLOOR, HOUR, MINUTE, NOON, polled
from tests.websub.hub import Hub, sign

TOPIC = "http://wire.example/feed"
INFO = FeedInfo(format="rss20")


@dataclass
class Desk:
    """Everything that WebSub needs, with a clock that is set by hand."""

    path: Path
    hub: Hub
    clock: FakeClock
    store: SqlStore
    subscribing: Subscribing
    told: list[dict[str, Any]]
    feeds: dict[str, Feed] = field(default_factory=dict)

    def known(self, name: str = "orbit") -> Subscription:
        return self.subscribing._known[self.feeds[name].id]

    def rows(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.path)) as found:
            found.row_factory = sqlite3.Row
            return [dict(row) for row in found.execute("SELECT * FROM subscriptions ORDER BY feed_id")]

    async def poll(
        self, name: str = "orbit", *, hub: str | None = "", topic: str | None = None, new: int = 0,
        wait: timedelta = HOUR, **more: Any,
    ) -> datetime:  # fmt: skip
        """A poll of a feed that names a hub ("": ours) comes back; when the feed is due next."""
        now, feed = self.clock.now(), self.feeds[name]
        offer = PushOffer(hub=hub or self.hub.url, topic=topic or feed.url) if hub is not None else None
        document = FeedDocument(info=INFO, entries=())
        poll = polled(now, wait=wait, feed=feed, offer=offer, document=document, **more)
        poll = self.subscribing.eased(poll)
        await self.store.settle_poll(poll)
        await self.subscribing.settled(poll, PollCount(seen=new, new=new))
        return poll.state.next_poll_at

    async def pass_time(self, length: timedelta) -> None:
        """Time passes, and what is due is done."""
        self.clock.instant += length
        await self.subscribing.tick()
        await self.hub.quiet()

    async def subscribe(self, name: str = "orbit") -> Subscription:
        """A poll, a request, a verification."""
        await self.poll(name)
        await self.pass_time(timedelta(0))
        assert self.known(name).state == "verified", self.known(name)
        return self.known(name)

    async def due(self, name: str = "orbit") -> datetime:
        found = await self.store.next_due(Selection(feeds=frozenset({name})))
        assert found is not None
        return found


@asynccontextmanager
async def desk(
    path: Path, hub: Hub, *names: str, clock: FakeClock | None = None, **web: Any
) -> AsyncIterator[Desk]:
    """An open desk for feeds of these names; another one may take up what it leaves."""
    clock = clock or FakeClock(NOON)
    settings = {"delay": "0s", "allow_private": ("127.0.0.0/8",), "total_timeout": "5s"} | web
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SqlStore(path, now=clock.now))
        wanted = [_feed(name) for name in names or ("orbit",)]
        await store.register(wanted, clock.now())
        lent = await store.lend(clock.now() + DAY, Selection(), slots=9, busy=())
        await store.give_back([piece.host for piece in lent])
        feeds = {due.feed.name: due.feed for piece in lent for due in piece.polls}
        door = await stack.enter_async_context(Door(WebConfig(**settings), clock))
        told: list[dict[str, Any]] = []
        subscribing = Subscribing(
            hubs=door, store=store, clock=clock, settings=WebSubConfig(listen="127.0.0.1:0"),
            polling=PollConfig(floor="8m"), wake=asyncio.Event(), tell=lambda **line: told.append(line),
        )  # fmt: skip
        server = CallbackServer(subscribing.settings, subscribing)
        await server.open()
        stack.push_async_callback(server.close)
        base = f"http://127.0.0.1:{server.port}/"
        subscribing.settings = WebSubConfig(callback=base)
        await subscribing.load()
        yield Desk(path, hub, clock, store, subscribing, told, feeds)
        await subscribing.close()


def _feed(name: str) -> Feed:
    url = TOPIC if name == "orbit" else f"http://{name}.example/feed"
    return Feed(id=0, name=name, url=url, source="Orbit Wire", source_key="orbitwire")


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "crawler.db"))


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with Hub() as opened:
        yield opened


# ------------------------------------------------------------------ asking


async def test_a_feed_that_names_a_hub_is_subscribed_and_the_hub_verified(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        known = await at.subscribe()
        [form] = hub.forms
        assert (form["method"], form["hub.mode"], form["hub.topic"]) == ("POST", "subscribe", TOPIC)
        assert (form["hub.lease_seconds"], form["hub.secret"]) == ("864000", known.secret)
        assert len(bytes.fromhex(form["hub.secret"])) == 32
        [echo] = hub.echoes
        assert (echo.status, echo.right) == (200, True)
        assert echo.type == "text/plain; charset=utf-8"
        [sent] = hub.headers
        assert {"cookie", "authorization", "referer", "if-none-match"}.isdisjoint(sent)
        [row] = at.rows()
        token = form["hub.callback"].rpartition("/")[2]
        assert len(token) == 43
        assert token not in str(row)
        assert (row["state"], row["lease_until"]) == ("verified", "2026-03-12T12:00:00.000000Z")
        assert token not in str(at.told)
        assert known.secret not in str(at.told)


async def test_it_is_renewed_with_the_same_callback_before_the_lease_ends(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        for _ in range(3):
            await at.pass_time(7 * DAY)
        assert len({form["hub.callback"] for form in hub.forms}) == 1
        assert [form["hub.mode"] for form in hub.forms] == ["subscribe"] * 4
        assert at.known().state == "verified"
        assert at.known().lease_until == NOON + 31 * DAY


async def test_a_hub_may_verify_before_it_answers(path: Path, hub: Hub) -> None:
    hub.manner = "first"
    async with desk(path, hub) as at:
        await at.subscribe()


async def test_a_restart_takes_up_what_stands(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        before = await at.subscribe()
        at.subscribing.settings = WebSubConfig(callback="http://127.0.0.1:1/")
    async with desk(path, hub) as at:
        [row] = at.rows()
        assert (row["state"], at.known().secret == before.secret) == ("pending", False)  # another callback
        await at.pass_time(timedelta(0))
        assert at.known().state == "verified"
        at.subscribing._known.clear()
        await at.subscribing.load()
        assert replace(at.known(), feed=before.feed) == replace(at.known())
        assert len(hub.forms) == 2


async def test_p18_a_hub_that_is_down_is_asked_again_and_the_feed_polled_as_ever(
    path: Path, hub: Hub
) -> None:
    hub.manner = "down"
    async with desk(path, hub) as at:
        assert await at.poll() == NOON + HOUR
        await at.pass_time(timedelta(0))
        assert (at.known().state, at.known().failures) == ("pending", 1)
        assert await at.poll() == NOON + HOUR
        for _ in range(24):
            await at.pass_time(HOUR)
        assert 5 <= len(hub.forms) <= 8
        hub.manner = "verify"
        await at.pass_time(DAY)
        assert (at.known().state, at.known().failures) == ("verified", 0)


@pytest.mark.parametrize(
    ("manner", "wait"), [("429", 2 * HOUR), ("503", 2 * HOUR), ("403", 7 * DAY), ("302", 7 * DAY)]
)
async def test_p18_a_hub_that_refuses_is_left_alone_as_it_asks(
    path: Path, hub: Hub, manner: str, wait: timedelta
) -> None:
    hub.manner = manner
    async with desk(path, hub) as at:
        await at.poll()
        await at.pass_time(timedelta(0))
        assert at.known().next_at >= NOON + wait
        await at.pass_time(wait - MINUTE)
        assert len(hub.forms) == 1
        assert manner in (at.known().note or "")


async def test_p18_a_hub_that_denies_is_asked_again_after_a_week(path: Path, hub: Hub) -> None:
    hub.manner = "deny"
    async with desk(path, hub) as at:
        await at.poll()
        await at.pass_time(timedelta(0))
        assert (at.known().state, at.known().note) == ("denied", "denied by the hub: no")
        hub.manner = "verify"
        await at.pass_time(6 * DAY)
        assert len(hub.forms) == 1
        await at.pass_time(2 * DAY)
        assert at.known().state == "verified"


@pytest.mark.parametrize("host", ["10.0.0.7", "169.254.169.254", "[::ffff:192.168.1.1]", "0x7f.1", "[::1]"])
async def test_p18_z69_a_hub_at_a_private_address_is_refused(path: Path, hub: Hub, host: str) -> None:
    async with desk(path, hub, allow_private=("127.0.0.0/8",)) as at:
        await at.poll(hub=f"http://{host}/hub")
        await at.pass_time(timedelta(0))
        assert "refused" in (at.known().note or "")
        assert at.known().next_at == NOON + 7 * DAY


async def test_p18_z69_a_loopback_hub_is_not_reached_where_private_networks_are_not_let_in(
    path: Path, hub: Hub
) -> None:
    async with desk(path, hub, allow_private=()) as at:
        for name in (hub.url, hub.url.replace("127.0.0.1", "localhost")):
            at.subscribing._known.clear()
            await at.poll(hub=name)
            await at.pass_time(timedelta(0))
            assert "refused" in (at.known().note or "")
        assert hub.forms == []


@pytest.mark.parametrize("status", [307, 308])
async def test_p18_a_form_follows_307_and_308_only(path: Path, hub: Hub, status: int) -> None:
    async with Hub() as other, desk(path, hub) as at:
        hub.redirect = (status, f"http://127.0.0.1:{other.port}/elsewhere")
        await at.poll()
        await at.pass_time(timedelta(0))
        await other.quiet()
        assert at.known().state == "verified"
        assert other.forms[0]["path"] == "/elsewhere"
        assert other.forms[0]["hub.secret"] == at.known().secret


@pytest.mark.parametrize(
    ("status", "to"), [(301, "/x"), (303, "/x"), (307, "http://10.0.0.1/"), (307, ""), (308, "/hub")]
)
async def test_p18_z69_no_other_redirect_carries_a_secret_away(
    path: Path, hub: Hub, status: int, to: str
) -> None:
    async with desk(path, hub) as at:
        hub.redirect = (status, to)
        await at.poll()
        await at.pass_time(timedelta(0))
        assert {form["path"] for form in hub.forms} == {"/hub"}
        assert len(hub.forms) <= 4
        assert (at.known().state, at.known().failures) == ("pending", 1)


async def test_two_feeds_at_one_hub_are_asked_one_after_the_other_and_kept_apart(
    path: Path, hub: Hub
) -> None:
    async with desk(path, hub, "orbit", "tidal") as at:
        for name in ("orbit", "tidal"):
            await at.poll(name)
        await at.pass_time(timedelta(0))
        first, second = at.known("orbit"), at.known("tidal")
        assert first.state == second.state == "verified"
        assert first.secret != second.secret
        assert await hub.publish(second.topic) == [202]
        assert (at.known("orbit").pushes, at.known("tidal").pushes) == (0, 1)
        [callback] = [to for topic, to in hub.subscribers if topic == first.topic]
        assert await hub.push(callback, b"x", sign(second.secret, b"x")) == 202
        assert (at.known("orbit").pushes, at.known("orbit").forged) == (0, 1)


async def test_a_feed_that_is_removed_is_unsubscribed(path: Path, hub: Hub) -> None:
    async with desk(path, hub, "orbit", "tidal") as at:
        await at.subscribe("orbit")
        await at.store.register([_feed("tidal")], at.clock.now())
        await at.pass_time(MINUTE)
        assert hub.forms[-1]["hub.mode"] == "unsubscribe"
        assert hub.echoes[-1].right
        assert hub.subscribers == {}
        assert at.known().state == "ended"
        await at.pass_time(30 * DAY)
        assert len(hub.forms) == 2


async def test_a_feed_that_names_another_hub_leaves_the_old_one(path: Path, hub: Hub) -> None:
    async with Hub() as other, desk(path, hub) as at:
        before = await at.subscribe()
        await at.poll(hub=other.url)
        assert at.known().hub == hub.url  # not at each poll
        await at.pass_time(2 * HOUR)
        await at.poll(hub=other.url)
        await at.pass_time(timedelta(0))
        await other.quiet()
        assert (at.known().hub, at.known().state) == (other.url, "verified")
        assert at.known().secret != before.secret
        assert hub.forms[-1]["hub.mode"] == "unsubscribe"
        assert hub.echoes[-1].right
        await at.pass_time(2 * HOUR)
        await at.poll(hub=None)
        await at.pass_time(timedelta(0))
        assert at.known().state == "ended"
        await at.pass_time(2 * HOUR)
        await at.poll(hub=other.url)
        await at.pass_time(timedelta(0))
        await other.quiet()
        assert at.known().state == "verified"


# ------------------------------------------------------------------ being pushed


async def test_p18_a_push_makes_the_feed_due_now_and_wakes_the_engine(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        at.clock.instant += MINUTE
        assert await at.due() == NOON + HOUR
        at.subscribing.wake.clear()
        assert await hub.publish(TOPIC, method="sha1") == [202]
        assert at.subscribing.wake.is_set()
        assert await at.due() == NOON + MINUTE
        assert at.known().last_push_at == NOON + MINUTE


async def test_p18_forgeries_of_every_kind_move_nothing(path: Path, hub: Hub) -> None:
    accepted = 0
    async with desk(path, hub) as at:
        known = await at.subscribe()
        [(_, callback)] = hub.subscribers
        before, body = await at.due(), b"<rss/>"
        headers = [None, "", "sha256=", sign("guess", body), sign(known.secret, b"other"), sign(known.secret, body, "md5"),
                   sign(known.secret, body)[:-1], sign(known.secret, body).replace("sha256", "sha1"), "x" * 300]  # fmt: skip
        for header in headers:
            for to in (callback, callback + "x", callback[:-1], callback.rpartition("/")[0] + "/"):
                assert await hub.push(to, body, header) == 202
                accepted += at.known().pushes
        assert await hub.push(callback + "x", body, sign(known.secret, body)) == 202
        assert accepted == 0
        assert await at.due() == before
        assert at.known().forged == len(headers)
        assert at.known().called_at is None
        lines = [line for line in at.told if line.get("what") == "dropped"]
        assert len(lines) == 1  # a flood fills no log
        at.clock.instant += MINUTE
        await hub.push(callback, body, None)
        assert at.told[-1]["untold"] == 4 * len(headers)


async def test_p18_a_replayed_push_is_worth_one_poll_in_a_quarter_of_the_floor(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        known = await at.subscribe()
        [(_, callback)] = hub.subscribers
        moments = []
        for _ in range(60):
            at.clock.instant += timedelta(seconds=10)
            await hub.push(callback, b"x", sign(known.secret, b"x"))
            due = await at.due()
            if due <= at.clock.now():
                moments.append(at.clock.now())
                await at.poll()
        gaps = [later - sooner for sooner, later in pairwise(moments)]
        assert len(moments) == 5
        assert min(gaps) >= FLOOR / 4


async def test_p18_a_challenge_for_a_foreign_topic_is_refused(path: Path, hub: Hub) -> None:
    hub.manner = "silent"
    async with desk(path, hub) as at:
        await at.poll()
        await at.pass_time(timedelta(0))
        [form] = hub.forms
        for wrong in (
            {"topic": "http://wire.example/other"}, {"topic": TOPIC + "/"}, {"topic": ""}, {"mode": "unsubscribe"},
            {"mode": "Subscribe"},
        ):  # fmt: skip
            echo = await hub.verify(form, **wrong)
            assert (echo.status, echo.right, echo.body) == (404, False, "")
        foreign = form | {"hub.callback": form["hub.callback"][:-1] + "x"}
        assert (await hub.verify(foreign)).status == 404
        at.clock.instant += 11 * MINUTE
        assert (await hub.verify(form)).status == 404  # too late
        at.clock.instant -= 11 * MINUTE
        assert at.known().state == "pending"
        assert (await hub.verify(form)).right


async def test_p18_a_challenge_that_is_html_comes_back_as_plain_text(path: Path, hub: Hub) -> None:
    hub.challenge = "<script>alert('Halvorsen')</script>"
    async with desk(path, hub) as at:
        await at.subscribe()
        assert hub.echoes[0].body == hub.challenge
        assert hub.echoes[0].type == "text/plain; charset=utf-8"


async def test_p18_when_the_lease_ends_unrenewed_polling_is_as_before(path: Path, hub: Hub) -> None:
    hub.lease = 3600
    async with desk(path, hub) as at:
        known = await at.subscribe()
        [(_, callback)] = hub.subscribers
        await hub.publish(TOPIC)
        at.clock.instant += MINUTE
        assert await at.poll(wait=HOUR) == at.clock.now() + 2 * HOUR  # eased
        hub.manner = "down"
        await at.pass_time(HOUR)
        assert at.known().state == "pending"
        assert await at.poll(wait=HOUR) == at.clock.now() + HOUR
        assert await hub.push(callback, b"x", sign(known.secret, b"x")) == 202
        assert (at.known().pushes, await at.due()) == (1, at.clock.now() + HOUR)
        hub.manner = "verify"
        await at.pass_time(2 * HOUR)
        assert at.known().state == "verified"


async def test_a_push_to_a_feed_in_trouble_changes_nothing(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        state = FeedState(next_poll_at=NOON + 6 * HOUR, failures=2, polled_at=NOON)
        failing = replace(
            polled(NOON, feed=at.feeds["orbit"]), outcome="failed", state=state, status=503, error="503"
        )
        await at.store.settle_poll(at.subscribing.eased(failing))
        await at.subscribing.settled(failing, PollCount())
        await hub.publish(TOPIC)
        assert await at.due() == NOON + 6 * HOUR


async def test_a_push_waits_for_the_silence_that_the_server_asked_for(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        state = FeedState(next_poll_at=NOON + HOUR, polled_at=NOON, not_before=NOON + 30 * MINUTE)
        await at.poll(state=state)
        await hub.publish(TOPIC)
        assert await at.due() == NOON + 30 * MINUTE


async def test_a_push_amid_a_poll_is_not_lost(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        await at.store.lend(NOON + 2 * HOUR, Selection(), slots=1, busy=())
        began = at.clock.now()
        at.clock.instant += timedelta(seconds=2)
        await hub.publish(TOPIC)
        at.clock.instant += timedelta(seconds=2)
        assert await at.poll(began=began) == at.clock.now()
        await at.store.give_back(["wire.example"])
        assert await at.due() <= at.clock.now()


async def test_a_feed_that_is_behind_its_hub_is_asked_once_more(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        await hub.publish(TOPIC)
        await at.poll()
        assert await at.due() == NOON + FLOOR / 4
        at.clock.instant += FLOOR / 4
        await at.poll()
        assert await at.due() > at.clock.now() + HOUR
        at.clock.instant += HOUR
        await hub.publish(TOPIC)
        await at.poll(new=1)
        assert await at.due() > at.clock.now() + HOUR


async def test_a_hub_that_verified_and_then_broke_off_is_believed(path: Path, hub: Hub) -> None:
    hub.manner = "first, then down"
    async with desk(path, hub) as at:
        await at.subscribe()
        assert at.known().failures == 0
        assert at.known().next_at > NOON + 6 * DAY


# ------------------------------------------------------------------ distrust


async def test_a_hub_that_leaves_items_out_is_distrusted_and_tried_again_after_a_week(
    path: Path, hub: Hub
) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        await hub.publish(TOPIC)
        await at.pass_time(HOUR)
        assert await at.poll(wait=HOUR) == at.clock.now() + 2 * HOUR
        await at.pass_time(2 * HOUR)
        assert await at.poll(new=3, wait=HOUR) == at.clock.now() + 2 * HOUR
        await at.pass_time(9 * MINUTE)
        assert at.known().state == "verified"
        await at.pass_time(2 * MINUTE)
        assert at.known().state == "distrusted"
        assert await at.poll(wait=HOUR) == at.clock.now() + HOUR
        assert "no push had announced" in at.rows()[0]["note"]
        await at.pass_time(8 * DAY)
        assert (at.known().state, len(hub.forms)) == ("verified", 2)


async def test_a_hub_that_pushes_what_pulls_find_is_trusted_for_a_month(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.subscribe()
        for _ in range(60):
            at.clock.instant += 6 * HOUR
            await hub.publish(TOPIC)
            await at.poll(new=1)
            await at.pass_time(6 * HOUR)
            await at.poll(new=0)
        assert (at.known().state, at.known().pushes) == ("verified", 60)


# ------------------------------------------------------------------ the loop


async def test_the_loop_asks_by_itself_and_survives_a_bug(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        asking = asyncio.create_task(at.subscribing.run())
        removed = at.store.removed
        failures = iter([ZeroDivisionError("a bug"), None])

        async def sometimes() -> list[int]:
            if error := next(failures, None):
                raise error
            return await removed()

        at.store.removed = sometimes  # type: ignore[method-assign]
        await at.poll()
        while at.known().state != "verified":
            await asyncio.sleep(0.005)
        asking.cancel()
        await asyncio.wait([asking])
        assert [line["event"] for line in at.told].count("websub") == len(at.told)


async def test_a_store_that_fails_is_told_once_and_not_asked_in_a_whirl(path: Path, hub: Hub) -> None:
    async with desk(path, hub) as at:
        await at.poll()

        async def full(known: Subscription) -> None:
            raise StoreError("disk full")

        keep, at.store.keep_subscription = at.store.keep_subscription, full  # type: ignore[method-assign]
        asking = asyncio.create_task(at.subscribing.run())
        await asyncio.sleep(0.4)
        asking.cancel()
        await asyncio.wait([asking])
        at.store.keep_subscription = keep  # type: ignore[method-assign]
        [line] = at.told
        assert str(line["error"]) == "disk full"
        assert hub.forms == []  # nothing is sent that was not written down


async def test_the_guard_stands_before_a_name_that_resolves_to_a_private_address(
    path: Path, hub: Hub
) -> None:
    async with Origin() as origin, desk(path, hub, allow_private=()) as at:
        await at.poll(hub=f"http://localhost:{origin.port}/hub")
        await at.pass_time(timedelta(0))
        assert origin.connections == 0
        assert at.known().next_at >= NOON + lease.REST
