"""Kept pages read again: over a fake raw archive and everything else real (SQLite, files, extraction)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crawler import document, quality, urls
from crawler.archive.local import LocalArchive
from crawler.config import ArchiveConfig, BannersConfig, PollConfig, Topic
from crawler.errors import ArchiveError, StoreError, Unreachable, WorkerFailed
from crawler.model import (
    Captured,
    DueItem,
    Extraction,
    Page,
    RawRecord,
    Rereading,
    RereadSelection,
    Selection,
    Standing,
    sha256,
)
from crawler.pipeline import Pipeline
from crawler.recovery import Recovered, recover
from crawler.reextracting import HIDDEN, Reextraction
from crawler.store.sql import SqlStore
from crawler.store.standings import SqlStandings
from crawler.workers.inline import InlineWorkers
from tests.acme import FEED, HTML, LINK, PROSE
from tests.fakes import NOON, FakeClock, FakeWeb, page

WALL = (
    b"<html><body><h1>Before you continue</h1><p>We and our partners use cookies. Please accept all cookies "
    b"or manage your consent choices in the privacy settings to continue to the site.</p></body></html>"
)
TEMPLATE = (
    "<html><head><title>Acme newsroom</title></head><body><article><h1>Acme newsroom</h1>"
    + "<p>Every week brings stories from workshops, fields and laboratories to readers who follow the firm.</p>"
    * 9
    + "</article></body></html>"
).encode()


def feed_bytes(content: str = "", *, link: str = LINK, date: str = "Wed, 26 Feb 2025 10:00:00 GMT") -> bytes:
    item = (
        f"<item><title>Acme opens a plant</title><link>{link}</link>"
        f"<guid>1</guid><pubDate>{date}</pubDate><description>{content}</description></item>"
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Acme</title>{item}</channel></rss>'.encode()
    )


class Tomorrow(InlineWorkers):
    """An extractor of a later version: it finds one paragraph more, and says who it is."""

    async def read_page(self, page: Page, *args: Any, **kwargs: Any) -> Extraction:
        found = await super().read_page(page, *args, **kwargs)
        return replace(
            found,
            body=found.body + "<p>Shares rose.</p>",
            text=found.text + "\nShares rose.",
            extractor="tomorrow 2",
        )


class Broken(InlineWorkers):
    """One whose child dies."""

    async def read_page(self, page: Page, *args: Any, **kwargs: Any) -> Extraction:
        raise WorkerFailed("the worker was killed by SIGSEGV")


@dataclass
class FakeRaw:
    """The part of ``ports.RawArchive`` that reads: article → the page that was kept of it."""

    pages: dict[int, Page | ArchiveError] = field(default_factory=dict)

    async def page(self, record: RawRecord) -> Page:
        found = self.pages[record.offset]
        if isinstance(found, ArchiveError):
            raise found
        return found

    async def keep(self, *_: Any, **__: Any) -> tuple[RawRecord, ...]:
        raise AssertionError("re-extraction keeps nothing")


@dataclass
class Shelf:
    """``ports.Standings`` over the real database, with the records of a fake raw archive."""

    search: SqlStandings
    raw: FakeRaw

    async def chosen(self, want: RereadSelection) -> list[int]:
        return await self.search.chosen(want)

    async def standing(self, article_id: int) -> Standing:
        found = await self.search.standing(article_id)
        record = RawRecord(
            url=LINK, file="warc/x", offset=article_id, length=1, payload="", revisit=False, written_at=NOON
        )
        return replace(found, page=record if article_id in self.raw.pages else None)

    async def repeated(self, item: DueItem, page: Page, key: str) -> bool:
        return await self.search.repeated(item, page, key)


@dataclass
class World:
    """A crawler's pipeline, what it stands on, and the pages that were kept."""

    pipeline: Pipeline
    store: SqlStore
    archive: LocalArchive
    web: FakeWeb
    clock: FakeClock
    root: Path
    shelf: Shelf
    raw: FakeRaw

    async def items(self) -> list[DueItem]:
        lent = await self.store.lend(self.clock.now(), Selection(), slots=9, busy=())
        await self.store.give_back([piece.host for piece in lent])
        return [due for piece in lent for due in piece.items]

    async def poll(self) -> None:
        await self.store.call_feeds(Selection(), self.clock.now())
        [piece] = await self.store.lend(self.clock.now(), Selection(), slots=9, busy=())
        await self.store.give_back([piece.host])
        await self.store.settle_poll(await self.pipeline.poll(piece.polls[0]))

    async def capture(self) -> Captured:
        await self.poll()
        [due] = await self.items()
        outcome = await self.pipeline.capture(due)
        await self.store.settle(outcome)
        assert isinstance(outcome, Captured)
        return outcome

    async def archived(self, body: bytes = HTML, **told: str) -> Page:
        """Article 1, archived from a page that was kept."""
        answer = page(told.get("link", LINK), body, at=self.clock.now())
        self.web.answers = {FEED.url: feed_bytes(**told), told.get("link", LINK): answer}
        await self.capture()
        self.raw.pages[1] = answer
        return answer

    async def from_feed(self) -> None:
        """Article 1, archived from the feed's own content, for its page could not be had."""
        self.web.answers = {FEED.url: feed_bytes(PROSE), LINK: Unreachable("reset")}
        assert (await self.capture()).outcome == "fallback"

    def again(
        self, *, workers: InlineWorkers | None = None, apply: bool = False, **changes: Any
    ) -> Reextraction:
        """What reads again; by default it changes nothing."""
        made = Reextraction(
            standings=self.shelf,
            raw=self.raw,
            workers=workers or InlineWorkers(),
            archive=self.archive,
            clock=self.clock,
            files=self.pipeline.files,
            banners=self.pipeline.banners,
            store=self.store if apply else None,
        )
        return replace(made, **changes)

    async def history(self) -> list[tuple[int, str, str, str]]:
        found = await self.shelf.search.history(1)
        return [(one["number"], one["reason"], one["origin"], one["state"]) for one in found]

    async def item(self) -> dict[str, Any]:
        chain = await self.shelf.search.provenance(1)
        return {name: chain["item"][name] for name in ("state", "due_at", "captures", "captured_at")} | {
            "visits": len(chain["captures"])
        }

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.root.rglob("*") if path.is_file() and "crawler.db" not in path.name)
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}

    async def change(self, statement: str) -> None:
        await self.store._writer.run(lambda group: group.connection.execute(text(statement)))

    @property
    def file(self) -> Path:
        [path] = (self.root / "content").rglob("*.md")
        return path


@pytest.fixture
async def world(migrated: Path, tmp_path: Path) -> AsyncIterator[World]:
    shutil.copy(migrated, tmp_path / "crawler.db")
    clock = FakeClock()
    web, archive, raw = FakeWeb(clock=clock), LocalArchive(tmp_path), FakeRaw()
    async with SqlStore(tmp_path / "crawler.db", now=clock.now) as store:
        await store.open_run("test", {})
        await store.register([FEED], clock.now())
        pipeline = Pipeline(
            web=web,
            workers=InlineWorkers(),
            archive=archive,
            store=store,
            clock=clock,
            files=ArchiveConfig(root=tmp_path),
            polling=PollConfig(),
            banners=BannersConfig(topics=(Topic(name="business", images=("business-1.svg",)),)),
        )
        async with SqlStandings(tmp_path / "crawler.db") as search:
            yield World(pipeline, store, archive, web, clock, tmp_path, Shelf(search, raw), raw)
    await archive.close()


# --------------------------------------------------------------------------- looking


async def test_the_kept_page_gives_the_archived_file_byte_for_byte(world: World) -> None:
    await world.archived()
    found = await world.again(apply=True).article(1)
    assert (found.outcome, found.title, found.difference) == ("unchanged", "Acme opens a plant", None)
    assert found.before.ok
    assert found.after is not None
    assert found.after.ok
    assert [number for number, *_ in await world.history()] == [1]


async def test_what_would_change_is_shown_and_nothing_is_changed(world: World) -> None:
    await world.archived()
    before = world.files()
    found = await world.again(workers=Tomorrow(), lines=True).article(1)
    assert (found.outcome, found.revision) == ("changed", None)
    assert found.difference is not None
    assert found.difference.fields == ("body",)
    assert (found.difference.gone, found.difference.come) == (0, len("Shares rose."))
    assert found.difference.lines[-1] == "+Shares rose."
    assert world.files() == before
    assert [number for number, *_ in await world.history()] == [1]


async def test_a_page_that_is_no_article_today_is_worse_and_never_applied(world: World) -> None:
    original = await world.archived()
    before = world.files()
    for body in (WALL, b"<html><body></body></html>"):
        world.raw.pages[1] = replace(original, body=body)
        found = await world.again(apply=True).article(1)
        assert found.outcome == "worse"
        assert found.before.ok
        assert found.after is not None
        assert not found.after.ok
        assert found.after.reasons
    assert world.files() == before
    assert [number for number, *_ in await world.history()] == [1]


async def test_a_text_that_the_host_shows_for_other_items_is_worse(world: World) -> None:
    class Everywhere(Shelf):
        async def repeated(self, item: DueItem, page: Page, key: str) -> bool:
            return True

    told = "Harbour engineers welcome the autumn timetable."
    await world.archived(TEMPLATE, content=told)  # its text is not plainly what was announced
    assert (await world.again().article(1)).outcome == "unchanged"
    everywhere = Everywhere(world.shelf.search, world.raw)
    found = await world.again(standings=everywhere, apply=True).article(1)
    assert (found.outcome, found.after) == ("worse", quality.REPEATED)


async def test_an_article_of_which_no_page_was_kept_is_told_as_missing(world: World) -> None:
    await world.archived()
    world.raw.pages.clear()
    found = await world.again(apply=True).article(1)
    assert (found.outcome, found.why, found.after) == ("missing", "no page of it was kept", None)


async def test_a_kept_page_that_cannot_be_read_fails_for_its_article_alone(world: World) -> None:
    await world.archived()
    world.raw.pages[1] = ArchiveError("warc/x: the record at 1 is not whole")
    found = await world.again(apply=True).article(1)
    assert (found.outcome, found.why) == ("failed", "ArchiveError: warc/x: the record at 1 is not whole")


async def test_a_page_that_breaks_its_worker_fails_for_its_article_alone(world: World) -> None:
    await world.archived()
    found = await world.again(workers=Broken(), apply=True).article(1)
    assert (found.outcome, found.why) == ("failed", "WorkerFailed: the worker was killed by SIGSEGV")


async def test_a_file_that_was_altered_by_hand_is_left_alone(world: World) -> None:
    await world.archived()
    world.file.write_bytes(world.file.read_bytes() + b"<p>By hand.</p>")
    before = world.files()
    found = await world.again(workers=Tomorrow(), apply=True).article(1)
    assert found.outcome == "failed"
    assert "was altered since it was archived" in found.why
    assert world.files() == before


async def test_what_was_taken_down_is_passed_over_also_where_its_file_alone_tells_it(world: World) -> None:
    await world.archived()
    told = replace(
        document.parse(world.file.read_bytes()), draft=True, summary="", description="", enclosure=""
    )
    left = document.render(replace(told, body="<p>Taken down.</p>"))
    world.file.write_bytes(left)
    known = f"UPDATE articles SET draft = 1, notice = 'kill', sha256 = '{sha256(left)}'"
    for statement in (known, "UPDATE articles SET taken_down_at = '2025-02-27'"):
        await world.change(statement)
        found = await world.again(workers=Tomorrow(), apply=True).article(1)
        assert (found.outcome, found.why) == ("taken down", "it was taken down, and that is final")
        assert world.file.read_bytes() == left
        assert [number for number, *_ in await world.history()] == [1]
    assert await world.shelf.chosen(RereadSelection()) == []
    assert await world.shelf.chosen(RereadSelection(taken_down=True)) == [1]


async def test_a_file_that_is_gone_is_told(world: World) -> None:
    await world.archived()
    world.file.unlink()
    found = await world.again(apply=True).article(1)
    assert found.outcome == "failed"
    assert "2025-02-26-acme-opens-a-plant.md" in found.why


async def test_an_article_that_was_captured_anew_between_two_looks_is_compared_with_the_new_file(
    world: World,
) -> None:
    await world.archived()
    older = await world.shelf.standing(1)
    await world.again(workers=Tomorrow(), apply=True).article(1)

    class Late(Shelf):
        """A look that comes from before the last write, once."""

        async def standing(self, article_id: int) -> Standing:
            seen.append(article_id)
            return older if len(seen) == 1 else await super().standing(article_id)

    seen: list[int] = []
    late = Late(world.shelf.search, world.raw)
    assert (await world.again(workers=Tomorrow(), standings=late).article(1)).outcome == "unchanged"


async def test_an_item_that_its_feed_has_edited_waits_for_its_capture(world: World) -> None:
    original = await world.archived()
    world.clock.instant += timedelta(days=1)
    world.web.answers[FEED.url] = feed_bytes("Now with a summary.")
    await world.poll()
    found = await world.again(workers=Tomorrow(), apply=True).article(1)
    assert (found.outcome, found.why) == ("waiting", "its feed has edited it: crawl first")
    [due] = await world.items()
    await world.store.settle(await world.pipeline.capture(due))
    assert world.raw.pages[1] is original
    assert (await world.again(workers=Tomorrow()).article(1)).outcome == "changed"


async def test_dates_are_judged_as_on_the_day_the_page_came(world: World) -> None:
    await world.archived(date="Sat, 01 Mar 2025 10:00:00 GMT")  # three days ahead: not believed
    assert document.parse(world.file.read_bytes()).date == "2025-02-26T12:00:00Z"
    world.clock.instant += timedelta(days=30)
    assert (await world.again().article(1)).outcome == "unchanged"


async def test_a_link_into_a_page_that_was_asked_for_with_a_secret_tells_it_neither_now_nor_then(
    world: World,
) -> None:
    secret = "https://acme.example/news/1?token=c0ffee"
    original = await world.archived(HTML.replace(b"opened", b"<a href='#end'>opened</a>", 1), link=secret)
    assert b"#end" not in world.file.read_bytes()
    shown = urls.without_secrets(secret)
    assert shown != secret
    world.raw.pages[1] = replace(original, url=shown, final_url=shown)
    assert (await world.again().article(1)).outcome == "unchanged"


async def test_a_page_behind_a_redirect_keeps_the_address_that_was_archived(world: World) -> None:
    target = "https://acme.example/story?newsKey=4711&utm_source=rss"
    answer = page(LINK, HTML, final_url=target, at=world.clock.now())
    world.web.answers = {FEED.url: feed_bytes(), LINK: answer}
    await world.capture()
    before = document.parse(world.file.read_bytes())
    assert before.source_link == "https://acme.example/story?newsKey=4711"
    world.raw.pages[1] = replace(answer, final_url=urls.without_secrets(target))
    assert (await world.again(apply=True).article(1)).outcome == "unchanged"
    assert document.parse(world.file.read_bytes()) == before


# --------------------------------------------------------------------------- applying


async def test_a_change_is_applied_as_a_revision_with_its_reason(world: World) -> None:
    await world.archived()
    before, item = world.file.read_bytes(), await world.item()
    world.clock.instant += timedelta(days=9)
    found = await world.again(workers=Tomorrow(), apply=True).article(1)
    assert (found.outcome, found.revision) == ("changed", 2)
    assert world.file.read_bytes().endswith(b"<p>Shares rose.</p>")
    [older] = (world.root / "revisions").rglob("1.md")
    assert older.read_bytes() == before
    assert await world.history() == [
        (1, "first", "page", "superseded"),
        (2, "re-extraction", "page", "done"),
    ]
    assert await world.item() == item, "nobody visited its page"
    chain = await world.shelf.search.provenance(1)
    newest = chain["revisions"][-1]
    assert newest["extraction"]["extractor"] == "tomorrow 2"
    assert {one["field"] for one in newest["fields"]} >= {"title", "date", "summary", "body"}
    assert newest["done_at"] == "2025-03-07T12:00:00.000000Z"
    assert newest["extraction"]["at"] == "2025-02-26T12:00:00.000000Z", "when its page had come"
    assert newest["extraction"]["page_url"] == LINK


async def test_applying_twice_changes_nothing_more(world: World) -> None:
    await world.archived()
    await world.again(workers=Tomorrow(), apply=True).article(1)
    files, history = world.files(), await world.history()
    assert (await world.again(workers=Tomorrow(), apply=True).article(1)).outcome == "unchanged"
    assert (world.files(), await world.history()) == (files, history)


async def test_going_back_to_the_older_extractor_is_a_third_revision(world: World) -> None:
    await world.archived()
    first = world.file.read_bytes()
    await world.again(workers=Tomorrow(), apply=True).article(1)
    assert (await world.again(apply=True).article(1)).revision == 3
    assert world.file.read_bytes() == first
    assert [path.name for path in sorted((world.root / "revisions").rglob("*.md"))] == ["1.md", "2.md"]


async def test_a_capture_after_it_goes_on_counting(world: World) -> None:
    await world.archived()
    await world.again(workers=Tomorrow(), apply=True).article(1)
    world.clock.instant += timedelta(days=1)
    world.web.answers[FEED.url] = feed_bytes("Edited.")
    assert (await world.capture()).outcome == "archived"
    assert [number for number, *_ in await world.history()] == [1, 2, 3]


async def test_what_its_wire_has_killed_stays_a_draft_when_it_is_read_again(world: World) -> None:
    await world.archived()
    await world.store._writer.run(
        lambda group: group.connection.execute(text("UPDATE articles SET notice = 'kill'"))
    )
    found = await world.again(apply=True).article(1)
    assert found.difference is not None
    assert (found.outcome, found.difference.fields, found.revision) == ("changed", ("draft",), 2)
    assert document.parse(world.file.read_bytes()).draft is True
    assert (await world.again(apply=True).article(1)).outcome == "unchanged"


# --------------------------------------------------------------------------- articles from the feed


async def test_a_kept_page_that_is_the_article_today_replaces_the_feeds_own_content(world: World) -> None:
    await world.from_feed()
    world.raw.pages[1] = page(LINK, HTML)
    found = await world.again(apply=True).article(1)
    assert (found.outcome, found.revision, found.before.ok) == ("changed", 2, False)
    assert found.after is not None
    assert found.after.ok
    assert await world.history() == [(1, "first", "feed", "superseded"), (2, "re-extraction", "page", "done")]
    item = await world.item()
    assert (item["state"], item["due_at"], item["captures"]) == ("archived", None, 1)
    world.clock.instant += timedelta(days=9)
    assert await world.items() == []


@pytest.mark.parametrize("kept", [None, WALL, b"<html><body></body></html>", TEMPLATE])
async def test_an_article_from_the_feed_is_read_from_the_feed_again(world: World, kept: bytes | None) -> None:
    await world.from_feed()
    item = await world.item()
    if kept is not None:
        world.raw.pages[1] = page(LINK, kept)
    found = await world.again(apply=True).article(1)
    assert (found.outcome, found.before.ok) == ("unchanged", False)
    assert await world.item() == item, "its page is still wanted"
    world.clock.instant += timedelta(days=9)
    assert len(await world.items()) == 1


async def test_a_page_whose_whole_address_is_not_known_upgrades_nothing(world: World) -> None:
    await world.from_feed()
    target = urls.without_secrets("https://acme.example/story?newsKey=4711")
    assert HIDDEN in target
    world.raw.pages[1] = page(LINK, HTML, final_url=target, at=world.clock.now())
    assert (await world.again(apply=True).article(1)).outcome == "unchanged"
    assert document.parse(world.file.read_bytes()).source_link == LINK


async def test_a_better_reading_of_the_feeds_own_content_leaves_its_page_wanted(world: World) -> None:
    class Entries(InlineWorkers):
        async def read_entry(self, *args: Any, **kwargs: Any) -> Extraction | None:
            found = await super().read_entry(*args, **kwargs)
            return found and replace(found, body=found.body + "<p>More.</p>")

    await world.from_feed()
    item = await world.item()
    assert (await world.again(workers=Entries(), apply=True).article(1)).revision == 2
    assert [one[1:] for one in await world.history()][-1] == ("re-extraction", "feed", "done")
    assert await world.item() == item


async def test_content_of_a_feed_that_has_no_prose_today_is_worse(world: World) -> None:
    class Wordless(InlineWorkers):
        async def read_entry(self, *args: Any, **kwargs: Any) -> Extraction | None:
            return None

    await world.from_feed()
    assert (await world.again(workers=Wordless(), apply=True).article(1)).outcome == "worse"


# --------------------------------------------------------------------------- kills


class Killed(Exception):
    """The end of the process, at that place."""


class DyingArchive(LocalArchive):
    """Killed when it is to write an article's file."""

    async def put_many(self, files: Any) -> Any:
        if any(path.startswith("content/") for path, _ in files):
            raise Killed
        return await super().put_many(files)


async def test_a_kill_between_intent_and_files_leaves_the_article_as_it_was(world: World) -> None:
    await world.archived()
    before, item = world.file.read_bytes(), await world.item()
    dying = DyingArchive(world.root)
    with pytest.raises(Killed):
        await world.again(workers=Tomorrow(), apply=True, archive=dying).article(1)
    await dying.close()
    assert await recover(world.store, world.archive) == Recovered(dropped=1)
    assert await recover(world.store, world.archive) == Recovered()
    assert world.file.read_bytes() == before
    assert await world.item() == item, "nothing is due: re-extraction is asked for again"
    assert await world.history() == [(1, "first", "page", "done")]
    assert (await world.again(workers=Tomorrow(), apply=True).article(1)).revision == 2
    assert [number for number, *_ in await world.history()] == [1, 2]


async def test_a_kill_between_files_and_settlement_is_finished_by_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.archived()
    first, item = world.file.read_bytes(), await world.item()

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "revise", die)
        with pytest.raises(Killed):
            await world.again(workers=Tomorrow(), apply=True).article(1)
    assert await recover(world.store, world.archive) == Recovered(finished=1)
    assert await world.history() == [
        (1, "first", "page", "superseded"),
        (2, "re-extraction", "page", "done"),
    ]
    [older] = (world.root / "revisions").rglob("1.md")
    assert older.read_bytes() == first
    assert await world.item() == item
    assert (await world.again(workers=Tomorrow(), apply=True).article(1)).outcome == "unchanged"


async def test_a_killed_upgrade_is_finished_with_its_item(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.from_feed()
    world.raw.pages[1] = page(LINK, HTML)

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "revise", die)
        with pytest.raises(Killed):
            await world.again(apply=True).article(1)
    await recover(world.store, world.archive)
    item = await world.item()
    assert (item["state"], item["due_at"]) == ("archived", None)


async def test_revising_without_an_intent_is_refused(world: World) -> None:
    await world.archived()
    with pytest.raises(StoreError, match="without an intent"):
        await world.store.revise(1, NOON)


# --------------------------------------------------------------------------- many


def told(number: int) -> Rereading:
    from crawler.model import Verdict

    return Rereading(article_id=number, title="", outcome="unchanged", before=Verdict(ok=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Many(Reextraction):
    """Articles that take their time, the first the longest."""

    begun: list[int] = field(default_factory=list)
    gates: dict[int, asyncio.Event] = field(default_factory=dict)

    async def article(self, article_id: int) -> Rereading:
        self.begun.append(article_id)
        if gate := self.gates.get(article_id):
            await gate.wait()
        return told(article_id)


def many(world: World, **gates: asyncio.Event) -> Many:
    one = world.again()
    values = {name: getattr(one, name) for name in Reextraction.__slots__}
    return Many(**values, gates={int(name[1:]): gate for name, gate in gates.items()})


async def test_articles_are_told_in_order_and_no_more_than_wanted_are_under_way(world: World) -> None:
    gate = asyncio.Event()
    work = many(world, n1=gate)
    running = work.run(range(1, 9), asyncio.Event(), overlap=3)
    first = asyncio.ensure_future(anext(running))
    for _ in range(10):
        await asyncio.sleep(0)
    assert work.begun == [1, 2, 3]
    gate.set()
    assert [(await first).article_id] + [one.article_id async for one in running] == list(range(1, 9))


async def test_what_was_begun_at_a_stop_is_finished_and_nothing_else(world: World) -> None:
    stop, work = asyncio.Event(), many(world)
    found = []
    async for one in work.run(range(1, 99), stop, overlap=3):
        found.append(one.article_id)
        stop.set()
    assert found == work.begun == [1, 2, 3]


async def test_a_run_that_is_left_leaves_nothing_running(world: World) -> None:
    work = many(world, n2=asyncio.Event(), n3=asyncio.Event())
    running = work.run(range(1, 9), asyncio.Event(), overlap=3)
    await anext(running)
    await running.aclose()
    assert {task.get_name() for task in asyncio.all_tasks() if "article" in repr(task.get_coro())} == set()
