"""Holds taken back by a person, over a fake web and everything else real: SQLite, files, QR codes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from crawler import document
from crawler.editing.releasing import Freed, Order, Releasing
from crawler.errors import ArchiveError, StoreError
from crawler.model import Selection, sha256
from crawler.recovery import recover
from crawler.store.standings import SqlStandings
from tests.revising.test_visits import DAY, HOUR, SECOND, TITLE, World, archived, html, told, world
from tests.test_pipeline import FEED, LINK, PROSE, feed_bytes

__all__ = ["world"]
ORDER = Order(article=1, reason="Another company of that name", requested_by="The newsroom")
EMBARGOED = "EMBARGOED UNTIL February 27, 2025, 9:00 a.m. EST"


@asynccontextmanager
async def desk(world: World) -> AsyncIterator[Releasing]:
    async with SqlStandings(world.root / "crawler.db") as standings:
        yield Releasing(standings=standings, outbox=world.pipeline._outbox(), clock=world.clock)


async def released(world: World, order: Order = ORDER) -> Freed:
    async with desk(world) as releasing:
        return await releasing.run(order)


async def change(world: World, statement: str) -> None:
    await world.store._writer.run(lambda group: group.connection.execute(text(statement)))


async def killed(world: World) -> None:
    """An article that its wire kills by another release."""
    await archived(world)
    kill = f"KILL NOTICE: {TITLE}"
    world.web.answers[FEED.url] = feed_bytes(
        told(1, TITLE), told(2, kill, date="Wed, 26 Feb 2025 11:50:00 GMT")
    )
    world.web.answers["https://acme.example/news/2"] = html(
        f'Readers should disregard the news release "{TITLE}".', PROSE, title=kill
    )
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    await world.turn()
    assert await world.reasons() == ["first", "kill"]


async def state(world: World) -> dict[str, object]:
    [row] = await world.rows("SELECT notice, draft, revision FROM articles WHERE id = 1")
    return row


@pytest.mark.no_cover
async def test_a_wrong_kill_is_taken_back_by_a_revision_and_all_of_it_stays(world: World) -> None:
    await killed(world)
    held = next((world.root / "content").rglob("2025-02-26-acme-opens-a-plant.md")).read_bytes()
    done = await released(world)
    assert (done.revision, done.before) == (3, False)
    assert await world.reasons() == ["first", "kill", "released"]
    assert await state(world) == {"notice": "released", "draft": 0, "revision": 3}
    now = (world.root / done.path).read_bytes()
    assert document.render(document.parse(now)) == now == held.replace(b"draft = true", b"draft = false")
    rows = await world.rows(
        "SELECT number, notice, difference, statement FROM revisions WHERE article_id = 1"
    )
    assert [row["notice"] for row in rows] == [None, "kill", "released"]
    assert json.loads(rows[2]["statement"])["draft"] is False
    assert json.loads(rows[2]["difference"])["fields"] == ["draft"]
    [why] = await world.rows("SELECT value, source, rule FROM fields WHERE field = 'release'")
    assert why == {"value": ORDER.reason, "source": "requested by The newsroom", "rule": "released"}
    leaves = await world.rows("SELECT count(*) AS n FROM log_entries")
    assert leaves == [{"n": 4}], "three revisions of it, and the notice"
    assert await world.rows("SELECT kind, other_id FROM related") == [{"kind": "kills", "other_id": 1}]


async def test_what_was_released_stays_so_whatever_its_page_and_the_same_notice_say(world: World) -> None:
    await killed(world)
    await released(world)
    fifty = html(PROSE, SECOND.replace("firm", "company"), title=f"KILL NOTICE: {TITLE}")
    world.web.answers[LINK] = fifty
    world.clock.instant += 99 * DAY
    await change(world, f"UPDATE feed_items SET due_at = '{world.clock.instant:%Y-%m-%d}' WHERE id = 1")
    await world.turn(poll=True)
    assert await state(world) == {"notice": "released", "draft": 0, "revision": 4}
    assert (await world.reasons())[3] == "page edited", "a release is not taken for what an extractor read"


async def test_another_kill_holds_back_what_was_released(world: World) -> None:
    await killed(world)
    await released(world)
    kill = f"KILL NOTICE: {TITLE}"
    world.web.answers["https://acme.example/news/3"] = html(f"Again: {PROSE}", SECOND, title=kill)
    third = told(3, kill, date="Wed, 26 Feb 2025 11:55:00 GMT")
    world.web.answers[FEED.url] = feed_bytes(told(1, TITLE), told(2, kill), third)
    world.clock.instant += 99 * DAY
    await world.turn(poll=True)
    await world.turn()
    assert await state(world) == {"notice": "kill", "draft": 1, "revision": 4}


async def test_a_text_may_come_back_after_a_hold_and_its_end(world: World) -> None:
    """First, kill and release say the same: that is one time, not three."""
    await killed(world)
    await released(world)
    for page in (html(PROSE, SECOND.replace("firm", "company")), html()):
        world.web.answers[LINK] = page
        world.clock.instant += 2 * DAY
        await change(world, f"UPDATE feed_items SET due_at = '{world.clock.instant:%Y-%m-%d}' WHERE id = 1")
        await world.turn()
    assert (await world.reasons())[3:] == ["page edited", "page edited"]


async def test_what_is_killed_and_not_held_back_yet_gets_both_revisions(world: World) -> None:
    await archived(world)
    await change(world, "UPDATE articles SET notice = 'kill'")
    await released(world)
    assert await world.reasons() == ["first", "kill", "released"]
    assert await state(world) == {"notice": "released", "draft": 0, "revision": 3}


async def test_an_embargo_that_was_misread_is_taken_back(world: World) -> None:
    await archived(world, html(EMBARGOED, PROSE, SECOND))
    assert (await state(world))["draft"] == 1
    await released(world)
    assert await world.reasons() == ["first", "released"]
    await world.after(HOUR)
    await world.after(timedelta(days=3))
    assert await state(world) == {"notice": "released", "draft": 0, "revision": 2}


async def test_asking_twice_changes_nothing(world: World) -> None:
    await killed(world)
    await released(world)
    again = await released(world)
    assert (again.revision, again.before) == (3, True)
    assert (await state(world))["revision"] == 3


async def test_what_is_not_held_back_or_was_taken_down_is_refused(world: World) -> None:
    await archived(world)
    with pytest.raises(StoreError, match="is not held back"):
        await released(world)
    await change(world, "UPDATE articles SET draft = 1, taken_down_at = '2025-02-27'")
    with pytest.raises(StoreError, match="was taken down, and that is final"):
        await released(world)
    assert (await state(world))["revision"] == 1


async def entombed(world: World) -> bytes:
    """A tombstone of which the database knows nothing but the file, as an older version told it again."""
    await archived(world)
    [path] = (world.root / "content").rglob("*.md")
    left = replace(
        world.file(), draft=True, summary="", description="", enclosure="", body="<p>Taken down.</p>"
    )
    data = document.render(left)
    path.write_bytes(data)
    known = f"draft = 1, sha256 = '{sha256(data)}', size = {len(data)}"
    await change(world, f"UPDATE articles SET {known}, notice = 'kill'")
    await change(world, f"UPDATE revisions SET {known}, reason = 'rebuilt'")
    return data


async def test_what_was_taken_down_is_not_released_where_its_file_alone_tells_it(world: World) -> None:
    left = await entombed(world)
    with pytest.raises(StoreError, match=r"^article 1 was taken down, and that is final$"):
        await released(world)
    assert await state(world) == {"notice": "kill", "draft": 1, "revision": 1}
    assert document.render(world.file()) == left


async def test_no_visit_puts_a_text_over_a_tombstone_that_its_file_alone_tells(world: World) -> None:
    left = await entombed(world)
    await world.after(HOUR)  # its page is looked at again
    world.web.answers[LINK] = html(PROSE, SECOND.replace("firm", "company"))
    world.clock.instant += 2 * DAY
    await change(world, f"UPDATE feed_items SET due_at = '{world.clock.instant:%Y-%m-%d}' WHERE id = 1")
    await world.turn()
    assert await world.reasons() == ["rebuilt"]
    assert document.render(world.file()) == left
    captures = await world.rows("SELECT outcome, retry_at FROM captures ORDER BY id")
    assert captures[-1] == {"outcome": "unchanged", "retry_at": None}


async def test_a_file_that_somebody_altered_is_not_released(world: World) -> None:
    await killed(world)
    [path] = (world.root / "content").rglob("2025-02-26-acme-opens-a-plant.md")
    path.write_bytes(path.read_bytes().replace(b"plant", b"plank"))
    with pytest.raises(ArchiveError, match="altered since it was archived"):
        await released(world)
    assert await world.rows("SELECT id FROM revisions WHERE state = 'intended'") == []


async def test_d46_a_release_that_was_killed_before_its_end_is_finished_by_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(world)

    async def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "revise", die)
        with pytest.raises(KeyboardInterrupt):
            await released(world)
    assert (await state(world))["revision"] == 2
    found = await recover(world.store, world.pipeline.archive)
    assert (found.finished, found.dropped) == (1, 0)
    assert await state(world) == {"notice": "released", "draft": 0, "revision": 3}
    assert await world.store.next_due(Selection(), polls=False) is None, "nothing is asked for it"
    assert (await released(world)).before is True


async def test_a_teaser_that_is_held_back_may_be_released_until_its_page_is_there(world: World) -> None:
    teaser = (
        "&lt;p&gt;Acme opens a plant in Leeds on Monday, with four hundred new posts in the north.&lt;/p&gt;"
    )
    world.web.answers = {FEED.url: feed_bytes(told(1, TITLE, teaser))}
    await world.turn(poll=True)
    assert (await state(world))["draft"] == 1
    await released(world)
    world.web.answers[LINK] = html()
    world.clock.instant += 2 * DAY
    await world.turn()
    assert await world.reasons() == ["first", "released", "page replaces the feed's own content"]
    assert (await state(world))["draft"] == 0


async def test_a_released_embargo_is_not_held_back_by_what_its_own_page_says_later(world: World) -> None:
    world.web.answers[FEED.url] = feed_bytes(told(1, TITLE))
    world.web.answers[LINK] = html(EMBARGOED, PROSE, SECOND)
    await world.turn(poll=True)
    await released(world)
    world.web.answers[LINK] = html(PROSE, SECOND, title=f"KILL NOTICE: {TITLE}")
    world.clock.instant += 99 * DAY
    await change(world, f"UPDATE feed_items SET due_at = '{world.clock.instant:%Y-%m-%d}' WHERE id = 1")
    await world.turn()
    await world.turn()
    assert ((await state(world))["notice"], (await state(world))["draft"]) == ("released", 0)


@pytest.mark.parametrize(("captured", "draft"), [("2025-02-26", 1), ("2027-02-20", 0)])
async def test_an_embargo_without_a_year_is_of_the_releases_own_year(
    world: World, captured: str, draft: int
) -> None:
    """A backfill two years later meets no embargo of next week."""
    world.web.answers[FEED.url] = feed_bytes(told(1, TITLE))
    world.web.answers[LINK] = html("EMBARGOED UNTIL 28 February, 00:01 GMT", PROSE, SECOND)
    world.clock.instant = datetime.fromisoformat(f"{captured}T12:00").replace(tzinfo=UTC)
    await world.turn(poll=True)
    assert (await state(world))["draft"] == draft
