"""Articles visited again, over a fake web and everything else real: SQLite, files, extraction, QR codes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crawler import difference, document
from crawler.archive.warc import WarcArchive
from crawler.config import PollConfig
from crawler.document import Document
from crawler.errors import BadStatus
from crawler.model import Captured, Comparison, Outcome, Selection
from crawler.model.feed import NO_VALIDATORS
from crawler.pipeline import Pipeline
from crawler.revising import essence
from crawler.store.sql import SqlStore
from crawler.workers import tasks
from crawler.workers.inline import InlineWorkers
from tests.fakes import NOON, FakeClock, FakeWeb, page
from tests.test_pipeline import FEED, LINK, PROSE, feed_bytes, item, parts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TITLE = "Acme opens a plant"
SECOND = PROSE.replace("Acme", "The firm")


def html(*paragraphs: str, title: str = TITLE, nonce: str = "") -> bytes:
    told = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or (PROSE, SECOND))
    return (
        f"<html><head><title>{title}</title><meta name='nonce' content='{nonce}'></head><body><article>"
        f"<h1>{title}</h1>{told}</article></body></html>"
    ).encode()


def told(number: int, title: str, content: str = "", date: str = "Wed, 26 Feb 2025 11:30:00 GMT") -> str:
    return item(number, content=content, date=date).replace(TITLE, title)


@dataclass
class World:
    """A pipeline and what it stands on."""

    pipeline: Pipeline
    store: SqlStore
    web: FakeWeb
    clock: FakeClock
    root: Path

    async def turn(self, *, poll: bool = False) -> list[Outcome]:
        """Poll if asked to, then capture all that is due now."""
        if poll:
            await self.store.call_feeds(Selection(), self.clock.now())
        outcomes: list[Outcome] = []
        while lent := await self.store.lend(self.clock.now(), Selection(), slots=9, busy=()):
            for piece in lent:
                for due in piece.polls if poll else ():
                    await self.store.settle_poll(await self.pipeline.poll(due))
                for one in piece.items:
                    outcomes.append(await self.pipeline.capture(one))
                    await self.store.settle(outcomes[-1])
                await self.store.give_back([piece.host])
            if not poll and not any(piece.items for piece in lent):
                break
            poll = poll and False
        return outcomes

    async def after(self, wait: timedelta) -> list[Outcome]:
        self.clock.instant += wait
        return await self.turn()

    async def rows(self, question: str) -> list[dict[str, Any]]:
        return await self.store._writer.run(
            lambda group: [dict(row) for row in group.connection.execute(text(question)).mappings()]
        )

    async def reasons(self, article: int = 1) -> list[str]:
        found = await self.rows(
            f"SELECT * FROM revisions WHERE article_id = {article} AND state <> 'dropped' ORDER BY number"
        )
        for row in found:  # every revision is there, byte for byte
            assert document.parse((self.root / row["path"]).read_bytes()).article_id == article
        return [row["reason"] for row in found]

    def file(self, name: str = "acme-opens-a-plant") -> Document:
        [path] = (self.root / "content").rglob(f"*{name}*.md")
        return document.parse(path.read_bytes())


@pytest.fixture
async def world(migrated: Path, tmp_path: Path) -> AsyncIterator[World]:
    feed = replace(FEED, ceiling=timedelta(days=99), floor=timedelta(days=90))
    async with parts(migrated, tmp_path, feed) as (pipeline, store, web, clock):
        yield World(pipeline=pipeline, store=store, web=web, clock=clock, root=tmp_path)


async def archived(world: World, body: bytes | None = None, **headers: str) -> None:
    """One article stands, from its page."""
    told_headers = {"content-type": "text/html; charset=utf-8", **headers}
    world.web.answers = {
        FEED.url: feed_bytes(told(1, TITLE)),
        LINK: page(LINK, body or html(), headers=told_headers),
    }
    [outcome] = await world.turn(poll=True)
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "archived"


def answer(world: World, body: bytes, **headers: str) -> None:
    told_headers = {"content-type": "text/html; charset=utf-8", **headers}
    world.web.answers[LINK] = page(LINK, body, headers=told_headers, at=world.clock.now())


# --------------------------------------------------------------------------- looks


async def test_a_page_is_asked_after_an_hour_six_a_day_and_a_week_with_its_validators(world: World) -> None:
    await archived(world, etag='W/"one"', **{"last-modified": "Wed, 26 Feb 2025 11:00:00 GMT"})
    world.web.answers[LINK] = page(LINK, b"", status=304, headers={"etag": 'W/"two"'})
    asked = []
    for hours in range(1, 24 * 9):
        if await world.after(HOUR):
            sent = world.web.requests[-1].validators
            asked.append((hours, sent.etag, sent.last_modified))
    modified = "Wed, 26 Feb 2025 11:00:00 GMT"
    assert asked == [(1, 'W/"one"', modified), *((n, 'W/"two"', modified) for n in (6, 24, 168))]
    assert await world.reasons() == ["first"]
    assert [row["outcome"] for row in await world.rows("SELECT outcome FROM captures")] == [
        "archived", *["unchanged"] * 4
    ]  # fmt: skip


async def test_the_same_bytes_are_not_even_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await archived(world)

    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(InlineWorkers, "read_page", refuse)
    [outcome] = await world.after(HOUR)
    assert isinstance(outcome, Captured)
    assert (outcome.outcome, outcome.error) == ("unchanged", None)


async def test_another_page_that_makes_the_same_file_is_unchanged(world: World) -> None:
    await archived(world)
    answer(world, html(nonce="123"))
    [outcome] = await world.after(HOUR)
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "unchanged"
    assert await world.reasons() == ["first"]
    assert (await world.rows("SELECT churn, rechecks FROM feed_items")) == [{"churn": 0, "rechecks": 1}]


async def test_an_edit_makes_a_revision_with_its_difference_and_begins_the_row_anew(world: World) -> None:
    await archived(world)
    first = next((world.root / "content").rglob("*.md")).read_bytes()
    answer(world, html(PROSE, SECOND.replace("forty machines", "fifty machines")))
    [outcome] = await world.after(6 * HOUR)
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "archived"
    assert await world.reasons() == ["first", "page edited"]
    [row] = await world.rows("SELECT difference FROM revisions WHERE number = 2")
    told = json.loads(row["difference"])
    assert told["fields"] == ["body"]
    assert (told["words_added"], told["words_removed"]) == (1, 1)
    assert 0.97 < told["kept"] < 1
    [older] = await world.rows("SELECT path FROM revisions WHERE number = 1")
    assert (world.root / older["path"]).read_bytes() == first
    assert "fifty machines" in world.file().body
    assert await world.rows("SELECT recheck_at, rechecks FROM feed_items") == [
        {"recheck_at": "2025-02-26T19:00:00.000000Z", "rechecks": 0}
    ]


class Elsewhere(InlineWorkers):
    """Comparisons are made in another thread, as those of the pool are made in another process."""

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        return await asyncio.to_thread(tasks.compare, before, after, known)


async def test_no_text_is_compared_on_the_event_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def seen(step: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*arguments: Any) -> Any:
            threads.append(threading.get_ident())
            return step(*arguments)

        return asked

    monkeypatch.setattr(difference, "blocks", seen(difference.blocks))
    monkeypatch.setattr(essence, "of", seen(essence.of))
    world.pipeline = replace(world.pipeline, workers=Elsewhere())
    await archived(world)
    answer(
        world, html(PROSE, SECOND, "A second edition names two hundred new posts at the plant in the north.")
    )
    await world.after(HOUR)
    kill = f"KILL NOTICE: {TITLE}"
    killed_at = "Wed, 26 Feb 2025 11:50:00 GMT"
    world.web.answers[FEED.url] = feed_bytes(told(1, TITLE), told(2, kill, date=killed_at))
    world.web.answers["https://acme.example/news/2"] = html(PROSE, title=kill)
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    await world.turn()
    assert await world.reasons() == ["first", "page edited", "kill"]
    assert len(threads) == 8, "the edit and the kill: two texts and two essences each"
    assert threading.get_ident() not in threads


async def test_an_edit_that_is_none_makes_no_revision_and_is_counted(world: World) -> None:
    await archived(world)
    answer(
        world,
        html(
            PROSE.replace("machines an hour", "machines  an hour"),
            SECOND.replace("'", "’"),
            "<b>1,204 views</b>",
        ),
    )
    await world.after(HOUR)
    answer(world, html(PROSE, f"{SECOND[:40]}<b>{SECOND[40:]}</b>"))
    await world.after(6 * HOUR)
    assert await world.reasons() == ["first"]
    [row] = await world.rows("SELECT churn FROM feed_items")
    assert row["churn"] >= 1


@pytest.mark.parametrize(("status", "goes_on"), [(404, True), (410, False), (503, True)])
async def test_a_page_that_is_gone_never_hurts_the_article(world: World, status: int, goes_on: bool) -> None:
    await archived(world)
    before = world.file()
    world.web.answers[LINK] = BadStatus(f"the server answered {status}", status=status)
    [outcome] = await world.after(HOUR)
    assert isinstance(outcome, Captured)
    assert (outcome.outcome, outcome.error_kind) == ("unchanged", "BadStatus")
    assert world.file() == before
    [article] = await world.rows("SELECT state, notice FROM articles")
    assert article == {"state": "archived", "notice": None if status == 503 else "page gone"}
    assert bool(await world.after(6 * HOUR)) is goes_on
    [row] = await world.rows("SELECT last_error, due_at FROM feed_items")
    assert row == {"last_error": None, "due_at": None}


async def test_a_wall_in_place_of_the_page_changes_nothing(world: World) -> None:
    await archived(world)
    answer(world, b"<html><body><h1>Log in</h1><p>Please sign in to go on reading.</p></body></html>")
    [outcome] = await world.after(HOUR)
    assert isinstance(outcome, Captured)
    assert outcome.error_kind == "NoArticle"
    assert await world.reasons() == ["first"]


async def test_nothing_is_asked_where_looks_are_switched_off(world: World) -> None:
    await archived(world)
    world.pipeline = replace(world.pipeline, polling=PollConfig(rechecks=()))
    asked = len(world.web.requests)
    assert len(await world.after(DAY)) == 1
    assert await world.after(30 * DAY) == []
    assert len(world.web.requests) == asked


async def test_what_was_old_when_it_was_found_is_looked_at_less(world: World) -> None:
    old = item(1, date="Mon, 10 Feb 2025 10:00:00 GMT")
    world.web.answers = {FEED.url: feed_bytes(old), LINK: html()}
    await world.turn(poll=True)
    assert await world.rows("SELECT recheck_at FROM feed_items") == [
        {"recheck_at": "2025-03-05T12:00:00.000000Z"}
    ]


# --------------------------------------------------------------------------- caps


async def test_a_page_that_goes_to_and_fro_comes_back_once(world: World) -> None:
    await archived(world)
    world.pipeline = replace(world.pipeline, polling=PollConfig(revisions_per_day=99, revisions=99))
    versions = [html(PROSE, SECOND), html(PROSE, SECOND.replace("forty", "fifty"))]
    for turn in range(1, 9):
        answer(world, versions[turn % 2])
        await world.after(HOUR)
    assert await world.reasons() == ["first", "page edited", "page edited", "page edited"]
    [back] = await world.rows("SELECT difference FROM revisions WHERE number = 3")
    assert json.loads(back["difference"])["returns_to"] == 1
    [row] = await world.rows("SELECT churn FROM feed_items")
    assert row["churn"] >= 1


async def test_edits_are_capped_by_day_and_in_all_but_corrections_are_not(world: World) -> None:
    await archived(world)
    world.pipeline = replace(world.pipeline, polling=PollConfig(revisions_per_day=2, revisions=3))
    for turn in range(5):
        answer(world, html(PROSE, SECOND, f"Version {turn} of this text was made in the harbour at noon."))
        await world.after(HOUR)
    assert await world.reasons() == ["first", "page edited", "page edited"]
    for turn in range(5, 30):
        answer(world, html(PROSE, SECOND, f"Version {turn} of this text was made in the harbour at noon."))
        await world.after(DAY)
    assert await world.reasons() == ["first", *["page edited"] * 3]
    world.web.answers[FEED.url] = feed_bytes(told(1, f"CORRECTION: {TITLE}"))
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    assert (await world.reasons())[-1] == "correction"


# --------------------------------------------------------------------------- reasons


async def test_a_feeds_edit_is_told_from_a_pages(world: World) -> None:
    await archived(world)
    world.web.answers[FEED.url] = feed_bytes(told(1, "Acme opens a second plant in Leeds"))
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    assert await world.reasons() == ["first", "feed edited"]
    world.web.answers[FEED.url] = feed_bytes(told(1, "Acme opens a third plant in Leeds"))
    answer(world, html(PROSE, SECOND.replace("forty", "fifty")))
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    assert (await world.reasons())[-1] == "feed and page edited"


async def test_the_page_takes_the_place_of_the_feeds_own_content(world: World) -> None:
    content = f"&lt;p&gt;{PROSE}&lt;/p&gt;&lt;p&gt;{SECOND}&lt;/p&gt;"
    world.web.answers = {FEED.url: feed_bytes(told(1, TITLE, content))}
    await world.turn(poll=True)
    assert (await world.rows("SELECT recheck_at FROM feed_items")) == [{"recheck_at": None}]
    answer(world, html(PROSE, SECOND, PROSE.replace("Acme", "It")))
    await world.after(HOUR)
    assert await world.reasons() == ["first", "page replaces the feed's own content"]
    [row] = await world.rows("SELECT recheck_at FROM feed_items")
    assert row["recheck_at"] == "2025-02-26T14:00:00.000000Z"


# --------------------------------------------------------------------------- what wires say


@pytest.mark.parametrize("where", ["in the text", "above the headline", "in the headline"])
async def test_an_embargoed_release_is_a_draft_until_it_may_be_published(world: World, where: str) -> None:
    line = "EMBARGOED UNTIL February 26, 2025 at 3:00 p.m. UTC"
    body = html(line, PROSE, SECOND) if where == "in the text" else html(PROSE, SECOND)
    puts = {"above the headline": f"<p>{line}</p><h1>", "in the headline": f"<h1>{line}: "}
    await archived(world, body.replace(b"<h1>", puts.get(where, "<h1>").encode()))
    assert (line in world.file().body) is (where == "in the text")
    assert world.file().draft is True
    assert await world.store.next_due(Selection(), polls=False) == NOON + 3 * HOUR
    assert await world.after(2 * HOUR) == []
    await world.after(HOUR)
    assert world.file().draft is False
    assert await world.reasons() == ["first", "embargo is over"]
    assert await world.rows("SELECT notice FROM articles") == [{"notice": "embargo"}]
    assert await world.store.next_due(Selection(), polls=False) is None


async def test_a_correction_is_linked_to_the_release_that_it_corrects(world: World) -> None:
    await archived(world)
    fixed = f"CORRECTING and REPLACING {TITLE}"
    second = "https://acme.example/news/2"
    world.web.answers[FEED.url] = feed_bytes(
        told(1, TITLE), told(2, fixed, date="Wed, 26 Feb 2025 11:50:00 GMT")
    )
    world.web.answers[second] = html(PROSE, SECOND, title=fixed)
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    [link] = await world.rows("SELECT article_id, kind, other_id, told FROM related")
    assert link == {"article_id": 2, "kind": "corrects", "other_id": 1, "told": TITLE}
    assert await world.rows("SELECT id, notice, draft FROM articles ORDER BY id") == [
        {"id": 1, "notice": None, "draft": 0}, {"id": 2, "notice": "correction", "draft": 0},
    ]  # fmt: skip


async def test_a_killed_release_becomes_a_draft_and_keeps_its_evidence(world: World) -> None:
    await archived(world)
    body = world.file().body
    kill = f"KILL NOTICE: {TITLE}"
    second = "https://acme.example/news/2"
    world.web.answers[FEED.url] = feed_bytes(
        told(1, TITLE), told(2, kill, date="Wed, 26 Feb 2025 11:50:00 GMT")
    )
    world.web.answers[second] = html(
        f'Readers should disregard the news release "{TITLE}".', PROSE, title=kill
    )
    world.web.answers[LINK] = BadStatus("gone", status=410)
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    await world.turn()
    assert await world.reasons() == ["first", "kill"]
    [revision] = await world.rows(
        "SELECT notice, draft, origin FROM revisions WHERE article_id = 1 AND number = 2"
    )
    assert revision == {"notice": "kill", "draft": 1, "origin": "page"}
    assert await world.rows("SELECT id, notice, draft FROM articles ORDER BY id") == [
        {"id": 1, "notice": "kill", "draft": 1}, {"id": 2, "notice": "kill notice", "draft": 0},
    ]  # fmt: skip
    [first] = await world.rows("SELECT path FROM revisions WHERE article_id = 1 AND number = 1")
    assert document.parse((world.root / first["path"]).read_bytes()).draft is False
    killed = document.parse(
        next((world.root / "content").rglob("2025-02-26-acme-opens-a-plant.md")).read_bytes()
    )
    assert (killed.draft, killed.body) == (True, body)
    world.web.answers[LINK] = html(PROSE, SECOND.replace("forty", "fifty"))
    world.web.answers[FEED.url] = feed_bytes(told(1, f"{TITLE} in Leeds"), told(2, kill))
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    assert (await world.rows("SELECT revision, draft, notice FROM articles WHERE id = 1")) == [
        {"revision": 3, "draft": 1, "notice": "kill"}
    ], "what was killed stays a draft whatever its page says"
    assert (await world.rows("SELECT draft FROM articles WHERE id = 2")) == [{"draft": 0}]


@pytest.mark.parametrize("gone", [False, True])
async def test_what_somebody_wrote_into_a_file_is_held_back_as_no_word_of_ours(
    world: World, gone: bool
) -> None:
    await archived(world)
    [path] = (world.root / "content").rglob("*.md")
    path.write_bytes(path.read_bytes().replace(b"Acme opens", b"Acme shuts"))
    await world.store._writer.run(
        lambda group: group.connection.execute(text("UPDATE articles SET notice = 'kill'"))
    )
    await world.store._writer.run(
        lambda group: group.connection.execute(text("UPDATE feed_items SET due_at = '2025'"))
    )
    if gone:
        world.web.answers[LINK] = BadStatus("gone", status=410)
    await world.turn()
    rows = await world.rows("SELECT title, draft, reason FROM revisions WHERE state IN ('done', 'intended')")
    held = {"title": TITLE, "draft": 1, "reason": "captured again"}
    first = {"title": TITLE, "draft": 0, "reason": "first"}
    assert rows == ([first] if gone else [held]), "its page is asked, and nothing is made of the file"
    if not gone:
        [aside] = (world.root / "revisions").rglob("found-*.md")
        assert b"Acme shuts" in aside.read_bytes()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"somebody else's")])
async def test_what_the_raw_archive_has_is_held_back_where_the_file_is_lost_and_the_page_gone(
    world: World, spoil: Callable[[Path], object]
) -> None:
    raw = WarcArchive(world.root)
    world.pipeline = replace(world.pipeline, raw=raw)
    await archived(world)
    [path] = (world.root / "content").rglob("*.md")
    first = path.read_bytes()
    spoil(path)
    world.web.answers[LINK] = BadStatus("gone", status=410)
    for change in ("articles SET notice = 'kill'", "feed_items SET due_at = '2025'"):
        await world.store._writer.run(
            lambda group, change=change: group.connection.execute(text(f"UPDATE {change}"))
        )
    await world.turn()
    await raw.close()
    assert await world.rows("SELECT reason, draft FROM revisions WHERE state = 'done'") == [
        {"reason": "kill", "draft": 1}
    ]
    assert path.read_bytes() == first.replace(b"draft = false", b"draft = true")


async def test_a_notice_that_came_before_its_release_finds_it_later(world: World) -> None:
    kill = f"ADVISORY, DISREGARD RELEASE: {TITLE}"
    second = "https://acme.example/news/2"
    world.web.answers = {
        FEED.url: feed_bytes(told(2, kill, date="Wed, 26 Feb 2025 11:50:00 GMT")),
        second: html(PROSE, SECOND, title=kill),
    }
    await world.turn(poll=True)
    assert await world.rows("SELECT other_id FROM related") == [{"other_id": None}]
    world.web.answers[FEED.url] = feed_bytes(told(1, TITLE), told(2, kill))
    world.web.answers[LINK] = html()
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    await world.turn()
    assert await world.rows("SELECT other_id FROM related") == [{"other_id": 2}]
    assert await world.rows("SELECT notice, draft, revision FROM articles WHERE id = 2") == [
        {"notice": "kill", "draft": 1, "revision": 2}
    ]


async def test_a_release_that_is_killed_at_its_own_address_is_held_back(world: World) -> None:
    await archived(world)
    answer(world, html(f"KILL NOTICE: {TITLE}", PROSE, SECOND))
    await world.after(HOUR)
    assert await world.reasons() == ["first", "kill"]
    assert world.file().draft is True
    assert await world.rows("SELECT notice FROM articles") == [{"notice": "kill"}]


async def test_what_was_killed_and_lost_its_file_is_captured_as_a_draft(world: World) -> None:
    await archived(world)
    next((world.root / "content").rglob("*.md")).unlink()
    await world.store._writer.run(
        lambda group: group.connection.execute(text("UPDATE articles SET notice = 'kill'"))
    )
    await world.store._writer.run(
        lambda group: group.connection.execute(text("UPDATE feed_items SET due_at = '2025'"))
    )
    await world.turn()
    assert world.file().draft is True
    assert world.clock.now() == NOON


# --------------------------------------------------------------------------- what is still to come is not forgotten

EMBARGO = "EMBARGOED UNTIL February 26, 2025 at 3:00 p.m. UTC"
LONG = "EMBARGOED UNTIL March 18, 2025 at 3:00 p.m. UTC"


async def test_a_visit_that_found_nothing_new_forgets_no_embargo(world: World) -> None:
    await archived(world, html(LONG, PROSE, f"{SECOND} It is the firm's own."))
    answer(world, html(LONG, PROSE, f"{SECOND} It is the firm’s own."))
    await world.store._writer.run(
        lambda group: group.connection.execute(text("UPDATE feed_items SET due_at = '2025'"))
    )
    [outcome] = await world.after(HOUR)
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "unchanged"
    for _ in range(9):  # all looks pass
        await world.after(DAY)
    await world.after(11 * DAY + 2 * HOUR)
    assert world.file().draft is False


async def test_an_embargo_that_a_look_finds_ends_in_time(world: World) -> None:
    await archived(world)
    answer(world, html(LONG, PROSE, SECOND))
    await world.after(HOUR)
    assert world.file().draft is True
    assert await world.store.next_due(Selection(), polls=False) == NOON + 20 * DAY + 3 * HOUR
    await world.after(20 * DAY + 2 * HOUR)
    assert world.file().draft is False


async def test_an_embargo_whose_end_found_no_page_is_over_with_the_next_look(world: World) -> None:
    await archived(world, html(EMBARGO, PROSE, SECOND), etag='"one"')
    await world.store._writer.run(  # all visits are given up
        lambda group: group.connection.execute(text("UPDATE feed_items SET due_at = NULL"))
    )
    answer(world, html(EMBARGO, PROSE, SECOND), etag='"one"')
    await world.after(6 * HOUR)
    assert world.web.requests[-1].validators == NO_VALIDATORS
    assert world.file().draft is False


async def test_a_look_that_finds_an_embargo_still_standing_waits_for_its_end(world: World) -> None:
    await archived(world, html(LONG, PROSE, SECOND), etag='"one"')
    await world.store._writer.run(  # as a rebuild or a removed feed may leave it
        lambda group: group.connection.execute(text("UPDATE feed_items SET due_at = NULL"))
    )
    [outcome] = await world.after(HOUR)
    assert isinstance(outcome, Captured)
    assert outcome.outcome == "unchanged"
    assert await world.store.next_due(Selection(), polls=False) == NOON + 20 * DAY + 3 * HOUR
