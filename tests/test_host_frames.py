"""From page to provenance: a host's frame is learnt from its releases, taken out of later ones, and explained."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from crawler.archive.local import LocalArchive
from crawler.config import ArchiveConfig, BannersConfig, PollConfig, Topic
from crawler.config.selectors import selector
from crawler.model import Captured, Feed, HostRule, Selection
from crawler.pipeline import Pipeline
from crawler.report import hosts
from crawler.report.provenance import print_chain
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from crawler.workers.inline import InlineWorkers
from tests.fakes import NOON, FakeClock, FakeWeb

FEED = Feed(id=0, name="quay", url="https://quay.example/feed", source="Quay Wire", source_key="quaywire")
NOTE = "Every morning we choose the stories that matter on the quay, and send them before the first ferry leaves."
PLACES = "amber brook cedar delta ember fjord grove heath islet".split()
COUNT = 8


def address(number: int) -> str:
    return f"https://quay.example/news/{number}"


def html(number: int, day: str = "2025-02-26") -> bytes:
    place = PLACES[number].title()
    said = (
        f"{place} Lamps opened plant number {number} for reading lamps at {place} Hill and hired two hundred people.",
        f"The works at {place} Hill make {number}00 lamps an hour, twice what the older ones of {place} Lamps made.",
        f"Gardeners of {place} had waited {number} months for the lamps, {place} Lamps said in a statement.",
    )
    first, *rest = (f"<p>{text}</p>" for text in said)
    return (
        f'<html lang="en"><head><title>{place} Lamps opens plant {number}</title>'
        f'<meta property="article:published_time" content="{day}T09:00:00+01:00"></head><body><main><article>'
        f"<h1>{place} Lamps opens plant {number}</h1><div class='text'>{first}<div class='letter'><p>{NOTE}</p></div>"
        f"{''.join(rest)}</div></article></main></body></html>"
    ).encode()


def feed_bytes() -> bytes:
    items = "".join(
        f"<item><title>{PLACES[number].title()} Lamps opens plant {number}</title><link>{address(number)}</link>"
        f"<guid>{number}</guid><pubDate>Wed, 26 Feb 2025 08:0{number}:00 GMT</pubDate></item>"
        for number in range(COUNT)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'.encode()


class World:
    """A pipeline on a real store, over a fake web of one host."""

    def __init__(
        self, folder: Path, store: SqlStore, archive: LocalArchive, rule: HostRule | None = None
    ) -> None:
        clock = FakeClock()
        self.folder, self.store = folder, store
        self.web = FakeWeb(clock=clock, answers={address(number): html(number) for number in range(COUNT)})
        self.web.answers[FEED.url] = feed_bytes()
        self.pipeline = Pipeline(
            web=self.web,
            workers=InlineWorkers(frames=store, rules={"quay.example": rule} if rule else {}),
            archive=archive,
            store=store,
            clock=clock,
            files=ArchiveConfig(root=folder),
            polling=PollConfig(),
            banners=BannersConfig(topics=(Topic(name="business", images=("business-1.svg",)),)),
        )

    async def run(self) -> list[int]:
        """Poll, then capture every item in order; the numbers of the articles."""
        await self.store.call_feeds(Selection(), NOON)
        [piece] = await self.store.lend(NOON, Selection(), slots=9, busy=())
        await self.store.give_back([piece.host])
        await self.store.settle_poll(await self.pipeline.poll(piece.polls[0]))
        lent = await self.store.lend(NOON, Selection(), slots=9, busy=())
        found = []
        for due in sorted((due for one in lent for due in one.items), key=lambda due: due.entry.guid or ""):
            outcome = await self.pipeline.capture(due)
            assert isinstance(outcome, Captured)
            await self.store.settle(outcome)
            found.append(outcome.article_id)
        return found

    async def told(self, article: int) -> tuple[dict[str, Any], str]:
        """Provenance, as a value and as a person reads it."""
        async with Search(self.folder / "crawler.db") as search:
            chain = await search.provenance(article)
        console = Console(file=io.StringIO(), width=400)
        print_chain(chain, console)
        assert isinstance(console.file, io.StringIO)
        return chain, console.file.getvalue()


@pytest.fixture
async def parts(migrated: Path, tmp_path: Path) -> AsyncIterator[tuple[Path, SqlStore, LocalArchive]]:
    archive = LocalArchive(tmp_path)
    path = Path(shutil.copy(migrated, tmp_path / "crawler.db"))
    async with SqlStore(path, now=lambda: NOON) as store:
        await store.open_run("test", {})
        await store.register([FEED], NOON)
        yield tmp_path, store, archive
    await archive.close()


async def test_a_hosts_newsletter_is_learnt_taken_out_and_explained(parts: Any) -> None:
    world = World(*parts)
    articles = await world.run()
    holds = [NOTE in path.read_text("utf-8") for path in sorted(parts[0].rglob("*.md"))]
    assert sorted(holds) == [False] * 3 + [True] * 5
    chain, told = await world.told(articles[-1])
    [revision] = chain["revisions"]
    assert revision["extraction"]["removed"] == [
        {"text": NOTE, "reason": "stands on 7 of 7 pages of this host"}
    ]
    assert "furniture known of this host: 7 pages" in told
    assert f"taken out {NOTE} (stands on 7 of 7 pages of this host)" in told
    assert "tools crawler 0." in told
    assert "body from trafilatura" in told
    async with Search(parts[0] / "crawler.db") as search:
        shown = hosts.furniture(await search.furniture())
    assert list(shown.lines())[1:] == [f"quay.example\t8 of 8\t{NOTE[:80]}"]


async def test_a_page_that_names_another_day_than_its_feed_is_flagged_for_a_person(parts: Any) -> None:
    world = World(*parts)
    world.web.answers[address(3)] = html(3, day="2025-01-02")
    _, told = await world.told((await world.run())[3])
    assert "disagreement another day by page.meta article:published_time 2025-01-02" in told
    assert '(written "2025-01-02T09:00:00+01:00")' in told


async def test_a_rule_and_what_it_missed_are_shown(parts: Any) -> None:
    rule = HostRule(host="quay.example", remove=(selector("div.letter"),), body=selector("div.gone"))
    world = World(*parts, rule=rule)
    articles = await world.run()
    assert not any(NOTE in path.read_text("utf-8") for path in parts[0].rglob("*.md"))
    _, told = await world.told(articles[0])
    assert "host rule remove: div.letter" in told
    assert "host rule found no body: div.gone" in told
    async with Search(parts[0] / "crawler.db") as search:
        shown = list(hosts.rules(await search.rules(), {"quay.example", "other.example"}, NOON).lines())
    assert shown[1].startswith(
        "quay.example\tdoes not match, never did\t0\t8\tbody: div.gone\thttps://quay.example/news/"
    )
    assert shown[2].startswith("other.example\tno page read yet")
