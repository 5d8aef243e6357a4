"""Both journeys over a fake web and everything else real: SQLite, files, extraction, QR codes."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import document, statement
from crawler.app import looking
from crawler.archive.local import LocalArchive
from crawler.archive.warc import WarcArchive
from crawler.config import ArchiveConfig, BannersConfig, Config, PollConfig, Topic
from crawler.errors import ArchiveError, BadStatus, HostPaused, Unreachable
from crawler.model import (
    ArchivedFile,
    Captured,
    DueItem,
    DuePoll,
    Extraction,
    Failed,
    Feed,
    FeedDocument,
    Selection,
    sha256,
)
from crawler.pipeline import Pipeline
from crawler.recovery import Recovered, recover
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from crawler.workers.inline import InlineWorkers
from tests.acme import FEED, HTML, LINK, PROSE
from tests.fakes import NOON, FakeClock, FakeWeb, page


def feed_bytes(*items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Acme</title>{"".join(items)}</channel></rss>'.encode()


def item(
    number: int = 1,
    *,
    content: str = "",
    date: str = "Wed, 26 Feb 2025 10:00:00 GMT",
    title: str = "Acme opens a plant",
) -> str:
    return (
        f"<item><title>{title}</title><link>https://acme.example/news/{number}</link>"
        f"<guid>{number}</guid><pubDate>{date}</pubDate><description>{content}</description></item>"
    )


@dataclass
class World:
    """A pipeline and what it stands on."""

    pipeline: Pipeline
    store: SqlStore
    web: FakeWeb
    clock: FakeClock
    root: Path

    async def due(self) -> DuePoll:
        await self.store.call_feeds(Selection(), self.clock.now())
        [piece] = await self.store.lend(self.clock.now(), Selection(), slots=9, busy=())
        await self.store.give_back([piece.host])
        return piece.polls[0]

    async def items(self) -> list[DueItem]:
        lent = await self.store.lend(self.clock.now(), Selection(), slots=9, busy=())
        await self.store.give_back([piece.host for piece in lent])
        return [due for piece in lent for due in piece.items]

    async def poll(self) -> None:
        await self.store.settle_poll(await self.pipeline.poll(await self.due()))

    async def capture(self) -> Captured | Failed:
        [due] = await self.items()
        outcome = await self.pipeline.capture(due)
        await self.store.settle(outcome)
        return outcome

    def rows(self, question: str) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.root / "crawler.db")) as looking:
            looking.row_factory = sqlite3.Row
            return looking.execute(question).fetchall()

    def files(self) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.md"))


@asynccontextmanager
async def parts(
    migrated: Path, root: Path, feed: Feed
) -> AsyncIterator[tuple[Pipeline, SqlStore, FakeWeb, FakeClock]]:
    """A pipeline with everything real but the web and the clock, and one feed."""
    shutil.copy(migrated, root / "crawler.db")
    clock = FakeClock()
    web, archive = FakeWeb(clock=clock), LocalArchive(root)
    async with SqlStore(root / "crawler.db", now=clock.now) as store:
        await store.open_run("test", {})
        await store.register([feed], clock.now())
        pipeline = Pipeline(
            web=web,
            workers=InlineWorkers(),
            archive=archive,
            store=store,
            clock=clock,
            files=ArchiveConfig(root=root),
            polling=PollConfig(),
            banners=BannersConfig(topics=(Topic(name="business", images=("business-1.svg",)),)),
        )
        yield pipeline, store, web, clock
    await archive.close()


@pytest.fixture
async def world(migrated: Path, tmp_path: Path) -> AsyncIterator[World]:
    async with parts(migrated, tmp_path, FEED) as (pipeline, store, web, clock):
        yield World(pipeline=pipeline, store=store, web=web, clock=clock, root=tmp_path)


async def test_a_release_travels_from_feed_to_file(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    outcome = await world.capture()
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "archived"
    [path] = world.files()
    assert path == "content/acmewire/2025/02/2025-02-26-acme-opens-a-plant.md"
    kept = document.parse((world.root / path).read_bytes())
    assert (kept.title, kept.source, kept.source_link) == ("Acme opens a plant", "Acme Wire", LINK)
    assert PROSE in kept.body
    assert "Home" not in kept.body
    assert await world.items() == []


async def test_validators_are_sent_back_and_an_unchanged_feed_is_not_read_again(world: World) -> None:
    headers = {
        "etag": '"v1"',
        "last-modified": "Wed, 26 Feb 2025 10:00:00 GMT",
        "content-type": "application/rss+xml",
    }
    world.web.answers = {FEED.url: page(FEED.url, feed_bytes(item()), headers=headers)}
    await world.poll()
    world.web.answers[FEED.url] = page(FEED.url, b"", status=304, headers={"etag": '"v2"'})
    unchanged = await world.pipeline.poll(await world.due())
    sent = world.web.requests[-1].validators
    assert (sent.etag, sent.last_modified) == ('"v1"', headers["last-modified"])
    assert unchanged.outcome == "unchanged"
    assert unchanged.state.validators.etag == '"v2"'
    assert unchanged.state.validators.last_modified == headers["last-modified"]
    assert unchanged.state.window == (await world.due()).state.window


async def test_the_same_body_is_unchanged_without_validators(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item())}
    await world.poll()
    assert (await world.pipeline.poll(await world.due())).outcome == "unchanged"


async def test_a_page_in_place_of_a_feed_keeps_what_was_known(world: World) -> None:
    world.web.answers = {FEED.url: page(FEED.url, feed_bytes(item()), headers={"etag": '"v1"'})}
    await world.poll()
    world.web.answers[FEED.url] = page(
        FEED.url, b"<html><body>Log in</body></html>", headers={"etag": '"wall"'}
    )
    failed = await world.pipeline.poll(await world.due())
    assert (failed.outcome, failed.error_kind) == ("failed", "NotAFeed")
    assert failed.state.validators.etag == '"v1"'
    assert failed.state.failures == 1


async def test_an_unreachable_feed_backs_off_and_records_its_attempts(world: World) -> None:
    failed = await world.pipeline.poll(await world.due())
    assert (failed.outcome, failed.error_kind) == ("failed", "Unreachable")
    assert len(failed.attempts) == 1
    assert failed.state.next_poll_at > world.clock.now()


async def test_a_failing_page_is_stood_in_for_by_the_feed_and_upgraded_later(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item(content=PROSE)), LINK: Unreachable("reset")}
    await world.poll()
    first = await world.capture()
    assert isinstance(first, Captured)
    assert first.outcome == "fallback"
    assert first.retry_at is not None
    [path] = world.files()
    stood_in = (world.root / path).read_bytes()

    again = await _later(world)
    assert isinstance(again, Captured)
    assert again.outcome == "unchanged", "the stand-in is there already"
    assert again.retry_at is not None
    assert (world.root / path).read_bytes() == stood_in

    world.web.answers[LINK] = HTML
    upgraded = await _later(world)
    assert isinstance(upgraded, Captured)
    assert upgraded.outcome == "archived"
    assert (world.root / path).read_bytes() != stood_in
    older = path.replace("content/", "revisions/").removesuffix(".md") + "/1.md"
    assert (world.root / older).read_bytes() == stood_in
    async with Search(world.root / "crawler.db") as search:
        history = await search.history(1)
    assert [(one["number"], one["origin"], one["state"]) for one in history] == [
        (1, "feed", "superseded"),
        (2, "page", "done"),
    ]


async def _later(world: World) -> Captured | Failed:
    world.clock.instant += timedelta(days=3)
    return await world.capture()


async def test_an_item_that_waits_for_its_paused_host_was_not_visited(world: World) -> None:
    until = NOON + timedelta(minutes=2)
    world.web.answers = {
        FEED.url: feed_bytes(item(content=f"<p>{PROSE}</p>")),
        LINK: HostPaused("acme.example wants silence", status=429, retry_after=until),
    }
    await world.poll()
    outcome = await world.capture()
    assert isinstance(outcome, Failed)
    assert (outcome.stage, outcome.ours, outcome.retry_at) == ("gate", True, until)
    world.clock.instant = until
    world.web.answers[LINK] = HTML
    [due] = await world.items()
    assert (due.captures, due.fallback) == (0, False)
    assert isinstance(await world.pipeline.capture(due), Captured)


async def test_a_gone_page_without_feed_content_is_given_up(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: BadStatus("410 Gone", status=410)}
    await world.poll()
    outcome = await world.capture()
    assert isinstance(outcome, Failed)
    assert (outcome.error_kind, outcome.retry_at) == ("BadStatus", None)
    assert world.files() == []


async def test_a_consent_page_is_not_archived(world: World) -> None:
    wall = (
        b"<html><body><h1>Before you continue</h1><p>We and our partners use cookies. Please accept all cookies "
        b"or manage your consent choices in the privacy settings to continue to the site.</p></body></html>"
    )
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: wall}
    await world.poll()
    outcome = await world.capture()
    assert isinstance(outcome, Failed)
    assert outcome.error_kind == "NoArticle"
    assert outcome.retry_at is not None
    assert world.files() == []


async def test_an_item_without_a_link_is_archived_from_the_feed(world: World) -> None:
    linkless = item(content=PROSE).replace(f"<link>{LINK}</link>", "")
    world.web.answers = {FEED.url: feed_bytes(linkless)}
    await world.poll()
    outcome = await world.capture()
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "fallback"
    assert len(world.files()) == 1


async def test_two_releases_with_one_title_on_one_day_get_two_addresses(world: World) -> None:
    other = LINK.replace("/1", "/2")
    world.web.answers = {FEED.url: feed_bytes(item(1), item(2)), LINK: HTML, other: HTML}
    await world.poll()
    for due in await world.items():
        await world.store.settle(await world.pipeline.capture(due))
    assert world.files() == [
        "content/acmewire/2025/02/2025-02-26-acme-opens-a-plant-2.md",
        "content/acmewire/2025/02/2025-02-26-acme-opens-a-plant.md",
    ]


async def test_two_links_that_end_at_one_page_are_one_article(world: World) -> None:
    other = LINK.replace("/1", "/2")
    world.web.answers = {
        FEED.url: feed_bytes(item(1), item(2)),
        LINK: HTML,
        other: page(other, HTML, final_url=LINK),
    }
    await world.poll()
    outcomes = [await world.pipeline.capture(due) for due in await world.items()]
    assert sorted(one.outcome for one in outcomes if isinstance(one, Captured)) == ["archived", "duplicate"]
    assert len(world.files()) == 1


async def test_a_repeated_capture_of_the_same_page_changes_nothing(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    await world.store.settle(await world.pipeline.capture(due))
    again = await world.pipeline.capture(due)
    assert isinstance(again, Captured)
    assert again.outcome == "unchanged"


@dataclass
class BrokenArchive:
    """A disk that is full."""

    async def put_many(self, files: object) -> None:
        raise ArchiveError("no space left on device")

    async def digest(self, path: str) -> None:
        return None

    async def sweep(self) -> int:
        return 0


async def test_a_full_disk_is_ours_and_leaves_an_intent_that_recovery_drops(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    broken = replace(world.pipeline, archive=BrokenArchive())  # type: ignore[arg-type]
    outcome = await broken.capture(due)
    assert isinstance(outcome, Failed)
    assert (outcome.stage, outcome.error_kind) == ("archive", "ArchiveError")
    assert outcome.retry_at is not None
    assert len(await world.store.unfinished()) == 1
    assert (await recover(world.store, world.pipeline.archive)).dropped == 1
    assert await world.store.unfinished() == []
    world.clock.instant = NOON + timedelta(hours=1)
    assert isinstance(await world.capture(), Captured)


class DyingArchive(BrokenArchive):
    """A disk on which the process dies as soon as it sweeps."""

    async def sweep(self) -> int:
        raise KeyboardInterrupt


async def test_a_recovery_that_is_killed_itself_leaves_the_sweeping_to_the_next(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    await replace(world.pipeline, archive=BrokenArchive()).capture(due)  # type: ignore[arg-type]
    left = world.root / "static" / f".tmp-{'0' * 24}"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half an image")
    with pytest.raises(KeyboardInterrupt):
        await recover(world.store, DyingArchive())  # type: ignore[arg-type]
    assert (await recover(world.store, LocalArchive(world.root))).swept == 1
    assert not left.exists()


async def test_recovery_finishes_what_lies_whole_on_the_disk(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    await world.pipeline.capture(due)  # and the process dies before settling
    recovered = await recover(world.store, world.pipeline.archive)
    assert (recovered.finished, recovered.dropped) == (1, 0)
    assert (await recover(world.store, world.pipeline.archive)).finished == 0
    assert await world.items() == []
    async with Search(world.root / "crawler.db") as search:
        assert [one["title"] for one in await search.articles()] == ["Acme opens a plant"]


async def test_a_page_that_stands_is_never_replaced_by_the_feeds_teaser(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item(content=PROSE)), LINK: HTML}
    await world.poll()
    await world.capture()
    [path] = world.files()
    whole = (world.root / path).read_bytes()
    world.web.answers = {FEED.url: feed_bytes(item(content=PROSE + " And more.")), LINK: Unreachable("reset")}
    await world.poll()
    outcome = await world.capture()
    assert isinstance(outcome, Failed)
    assert outcome.retry_at is not None
    assert (world.root / path).read_bytes() == whole


async def test_a_correction_in_the_feed_reaches_the_stand_in(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item(content=PROSE)), LINK: BadStatus("403", status=403)}
    await world.poll()
    await world.capture()
    world.web.answers[FEED.url] = feed_bytes(item(content=PROSE.replace("two hundred", "three hundred")))
    await world.poll()
    await world.capture()
    [path] = [name for name in world.files() if name.startswith("content/")]
    assert b"three hundred" in (world.root / path).read_bytes()


async def test_a_lost_file_is_written_again_by_the_next_capture(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    await world.store.settle(await world.pipeline.capture(due))
    [path] = world.files()
    (world.root / path).unlink()
    again = await world.pipeline.capture(due)
    assert isinstance(again, Captured)
    assert again.outcome == "archived"
    assert world.files() == [path]


async def test_a_file_that_is_not_ours_is_kept_aside(world: World) -> None:
    path = world.root / "content/acmewire/2025/02/2025-02-26-acme-opens-a-plant.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"by hand")
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    await world.capture()
    assert b"by hand" not in path.read_bytes()
    assert [found.read_bytes() for found in world.root.rglob("found-*.md")] == [b"by hand"]


class BuggyWorkers(InlineWorkers):
    """Raises what nobody expects."""

    async def read_page(self, *_: object, **__: object) -> Extraction:
        raise KeyError("what nobody expected")

    async def read_feed(self, *_: object, **__: object) -> FeedDocument:
        raise KeyError("what nobody expected")


async def test_a_bug_is_kept_to_its_document_and_named_aloud(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    buggy = replace(world.pipeline, workers=BuggyWorkers())
    outcome = await buggy.capture(due)
    assert isinstance(outcome, Failed)
    assert (outcome.stage, outcome.error_kind) == ("bug", "Bug")
    assert "KeyError" in outcome.error
    assert outcome.retry_at is not None
    world.web.answers[FEED.url] = feed_bytes(item(), item(2))
    polled = await buggy.poll(await world.due())
    assert (polled.outcome, polled.error_kind) == ("failed", "Bug")


async def test_provenance_says_whether_the_disk_still_holds_what_was_written(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    await world.capture()
    config = Config(archive=ArchiveConfig(root=world.root))

    async def on_disk() -> list[str]:
        async with looking.search(config) as search:
            chain = await search.provenance(1)
        await looking.compare_files(config, chain)
        [revision] = chain["revisions"]
        return [revision["files"][kind]["on_disk"] for kind in ("document", "qrcode")]

    assert await on_disk() == ["intact", "intact"]
    [path] = world.files()
    (world.root / path).write_bytes(b"altered")
    next((world.root / "static").rglob("*.webp")).unlink()
    assert await on_disk() == ["altered", "missing"]


class LostArchive(LocalArchive):
    """A disk on which the process dies between the intent and the files."""

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        raise KeyboardInterrupt


async def test_files_that_a_kill_kept_from_being_written_come_from_the_raw_archive(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    dying = replace(world.pipeline, archive=LostArchive(world.root), raw=WarcArchive(world.root))
    with pytest.raises(KeyboardInterrupt):
        await dying.capture(due)
    assert not list(world.root.rglob("*.md"))
    recovered = await recover(world.store, world.pipeline.archive, WarcArchive(world.root))
    assert (recovered.finished, recovered.restored, recovered.dropped) == (1, 1, 0)
    [file] = world.root.rglob("content/**/*.md")
    [image] = world.root.rglob("*.webp")
    assert image.stat().st_size
    [revision] = world.rows("SELECT sha256, statement FROM revisions WHERE state = 'done'")
    assert sha256(file.read_bytes()) == revision["sha256"]
    assert statement.parse(revision["statement"].encode()).document.digest == revision["sha256"]
    assert await world.items() == []
    assert await recover(world.store, world.pipeline.archive, WarcArchive(world.root)) == Recovered()


async def test_a_second_revision_from_the_raw_archive_moves_the_first_one_aside(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    await world.capture()
    [first] = [file.read_bytes() for file in world.root.rglob("content/**/*.md")]
    world.clock.instant = NOON + timedelta(hours=2)
    world.web.answers = {FEED.url: feed_bytes(item(title="Another headline of it")), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    dying = replace(world.pipeline, archive=LostArchive(world.root), raw=WarcArchive(world.root))
    with pytest.raises(KeyboardInterrupt):
        await dying.capture(due)
    recovered = await recover(world.store, world.pipeline.archive, WarcArchive(world.root))
    assert recovered.restored == 1
    [older] = world.root.rglob("revisions/**/1.md")
    [newest] = world.root.rglob("content/**/*.md")
    assert older.read_bytes() == first != newest.read_bytes()
    states = world.rows("SELECT number, state, path FROM revisions ORDER BY number")
    assert [(row["number"], row["state"]) for row in states] == [(1, "superseded"), (2, "done")]
    assert (world.root / states[0]["path"]).read_bytes() == first


async def test_a_testimony_that_is_gone_too_makes_the_item_due_again(world: World) -> None:
    world.web.answers = {FEED.url: feed_bytes(item()), LINK: HTML}
    await world.poll()
    [due] = await world.items()
    dying = replace(world.pipeline, archive=LostArchive(world.root), raw=WarcArchive(world.root))
    with pytest.raises(KeyboardInterrupt):
        await dying.capture(due)
    for file in world.root.rglob("*.warc.gz*"):
        file.unlink()
    recovered = await recover(world.store, world.pipeline.archive, WarcArchive(world.root))
    assert (recovered.restored, recovered.dropped) == (0, 1)
    assert len(await world.items()) == 1
