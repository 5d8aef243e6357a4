"""Whatever claims arrive together or apart: addresses and codes are unique, one release is one article."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import urls
from crawler.model import Claim, DueItem, Entry, Feed
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_items, lend, with_items
from tests.store.examples import (
    DAY,
    HOUR,
    NOON,
    addressed,
    captured,
    draft,
    entry,
    failed,
    feed,
    polled,
    record,
)
from tests.store.test_intake import read

SLUGS = st.sampled_from(
    ["2025-02-26-a", "2025-02-26-a-2", "2025-02-26-b", "2025-02-26-" + "long-" * 12 + "x"]
)
LINKS = st.sampled_from(
    ["https://a.example/1", "http://www.a.example/1/", "https://a.example/2", "", "https://a.example/1?b=2"]
)
SEEDS = st.sampled_from(["seed", "other"])


@given(st.lists(st.lists(st.tuples(SLUGS, LINKS, SEEDS), min_size=1, max_size=6), max_size=4))
@settings(max_examples=8, deadline=None)
def test_claims_never_collide(migrated: Path, groups: list[list[tuple[str, str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(migrated, Path(folder) / "crawler.db"))
        links, claims = asyncio.run(_claim(path, groups))
    own = [claim for claim in claims if claim.duplicate_of is None]
    assert len({claim.url for claim in own}) == len(own)
    assert len({claim.code.lower() for claim in own}) == len(own)
    assert len({claim.article_id for claim in own}) == len(own)
    assert all(len(claim.url) <= 60 for claim in own)
    owners: dict[str, int] = {}
    for link, claim in zip(links, claims, strict=True):
        if key := urls.identity(link):
            assert owners.setdefault(key, claim.article_id) == claim.article_id
        else:
            assert claim.duplicate_of is None
    assert sum(claim.duplicate_of is None for claim in claims) == len(owners) + links.count("")


async def _claim(path: Path, groups: list[list[tuple[str, str, str]]]) -> tuple[list[str], list[Claim]]:
    wishes = [wish for group in groups for wish in group]
    async with SqlStore(path, slice_items=100, slug_bytes=60) as store:
        _, items = await with_items(store, *addressed(*range(len(wishes))))
        claims: list[Claim] = []
        for group in groups:
            mine = items[len(claims) : len(claims) + len(group)]
            claims += await asyncio.gather(
                *(
                    store.claim(item, draft(item, slug=slug[:60], source_link=link), code_seed=seed)
                    for item, (slug, link, seed) in zip(mine, group, strict=True)
                )
            )
    return [link for _, link, _ in wishes], claims


PAGE = "https://www.orbitwire.example/release/9"
LANDING = "https://www.orbitwire.example/releases"
FRONT = "https://www.orbitwire.example/"


def keyed(key: str, number: int, link: str | None) -> Entry:
    return replace(entry(number), key=key, source_link=link)


@pytest.mark.parametrize(
    ("key", "link", "address"),
    [
        ("guid:orbit:{}", None, "https://feeds.orbitwire.example/orbit.xml"),
        ("guid:orbit:{}", FRONT, FRONT),
        ("guid:orbit:{}", FRONT, f"{FRONT}home"),  # where the front page redirects to
        ("text:orbit:{}", None, "https://feeds.orbitwire.example/orbit.xml"),
        ("url:orbitwire.example/releases#guid:{}", LANDING, LANDING),
        ("url:orbitwire.example/releases#guid:{}", LANDING, f"{LANDING}/all"),
        ("url:orbitwire.example/releases#{}", LANDING, LANDING),
    ],
)
async def test_releases_that_share_an_address_are_articles_of_their_own(
    store: SqlStore, key: str, link: str | None, address: str
) -> None:
    _, items = await with_items(store, *(keyed(key.format(n), n, link) for n in (1, 2, 3)))
    claims = [await store.claim(item, draft(item, source_link=address), code_seed="x") for item in items]
    assert [claim.duplicate_of for claim in claims] == [None, None, None]
    assert len({claim.article_id for claim in claims}) == 3


async def test_redirects_to_the_front_page_make_no_twins(store: SqlStore) -> None:
    _, items = await with_items(store, *addressed(1, 2))
    claims = [await store.claim(item, draft(item, source_link=FRONT), code_seed="x") for item in items]
    assert [claim.duplicate_of for claim in claims] == [None, None]


async def test_an_article_goes_by_the_address_its_page_turned_out_to_have(
    store: SqlStore, path: Path
) -> None:
    _, [redirector, direct] = await with_items(store, *addressed(1, 9))
    article = await archive(store, redirector, outcome="fallback", retry_at=NOON)
    upgraded = draft(redirector, source_link=PAGE)
    claim = await store.claim(redirector, upgraded, code_seed="")
    await store.intend(record(redirector, claim, upgraded))
    await store.settle(captured(redirector, article))
    assert (await store.claim(direct, draft(direct), code_seed="")).duplicate_of == article
    [told] = read(path, "SELECT url_key, source_link FROM articles")
    assert told == {"url_key": "orbitwire.example/release/9", "source_link": PAGE}


async def test_what_the_feed_alone_told_later_does_not_undo_a_redirect(store: SqlStore) -> None:
    _, [redirector, direct] = await with_items(store, *addressed(1, 9))
    claim = await store.claim(redirector, draft(redirector, source_link=PAGE), code_seed="")
    await store.claim(redirector, draft(redirector), code_seed="")
    assert (await store.claim(direct, draft(direct), code_seed="")).duplicate_of == claim.article_id


async def test_an_unwritten_article_whose_page_is_anothers_is_left_for_that_one(store: SqlStore) -> None:
    _, [redirector, direct] = await with_items(store, *addressed(1, 9))
    await store.claim(redirector, draft(redirector), code_seed="")
    article = await archive(store, direct)
    claim = await store.claim(redirector, draft(redirector, source_link=PAGE), code_seed="")
    assert claim.duplicate_of == article
    await store.settle(captured(redirector, article, outcome="duplicate"))
    assert await due_items(store, NOON + DAY) == []


async def test_a_written_article_stays_its_items_own(store: SqlStore, path: Path) -> None:
    _, [redirector, direct] = await with_items(store, *addressed(1, 9))
    mine = await archive(store, redirector, outcome="fallback", retry_at=NOON)
    await archive(store, direct)
    claim = await store.claim(redirector, draft(redirector, source_link=PAGE), code_seed="")
    assert (claim.article_id, claim.duplicate_of, claim.revision) == (mine, None, 2)
    keys = [row["url_key"] for row in read(path, "SELECT url_key FROM articles ORDER BY id")]
    assert keys == ["orbitwire.example/release/1", "orbitwire.example/release/9"]


async def twins(store: SqlStore) -> tuple[Feed, DueItem, DueItem, Claim]:
    """The first claims the second's address, and has written nothing yet."""
    one, [owner, twin] = await with_items(store, *addressed(1, 9))
    mine = await store.claim(owner, draft(owner, source_link=PAGE), code_seed="")
    assert (await store.claim(twin, draft(twin), code_seed="")).duplicate_of == mine.article_id
    return one, owner, twin, mine


async def test_the_twin_of_an_article_that_failed_meanwhile_gets_its_place(store: SqlStore) -> None:
    _, owner, twin, mine = await twins(store)
    await store.settle(failed(owner, retry_at=None))
    await store.settle(captured(twin, mine.article_id, outcome="duplicate"))
    [again] = await due_items(store)
    assert again.item_id == twin.item_id
    assert await archive(store, again) == mine.article_id


async def test_the_twin_of_an_article_that_rests_with_its_feed_gets_its_place(store: SqlStore) -> None:
    _, owner, twin, mine = await twins(store)
    await store.settle(failed(owner, retry_at=NOON + HOUR))
    await store.register([feed("other", host="other.example")], NOON)
    [other] = [due.feed for piece in await lend(store) for due in piece.polls]
    await store.settle_poll(polled(other, addressed(9)))
    [again] = await due_items(store)
    assert again.item_id == twin.item_id
    assert await archive(store, again) == mine.article_id


async def test_a_duplicate_is_final_only_when_its_article_is_written(store: SqlStore) -> None:
    _, owner, twin, mine = await twins(store)
    await store.settle(captured(twin, mine.article_id, outcome="duplicate"))
    assert [item.item_id for item in await due_items(store, NOON + HOUR)] == [owner.item_id, twin.item_id]
    await store.intend(record(owner, mine))
    await store.settle(captured(owner, mine.article_id))
    assert await due_items(store, NOON + DAY) == []


async def test_a_duplicate_waits_for_its_owners_turn(store: SqlStore) -> None:
    _, owner, twin, mine = await twins(store)
    await store.settle(failed(owner, retry_at=NOON + 2 * HOUR))
    await store.settle(captured(twin, mine.article_id, outcome="duplicate"))
    assert await due_items(store, NOON + HOUR) == []
    assert len(await due_items(store, NOON + 2 * HOUR)) == 2


async def test_a_waiting_duplicate_that_was_edited_is_read_again(store: SqlStore) -> None:
    one, owner, twin, mine = await twins(store)
    await store.settle(captured(twin, mine.article_id, outcome="duplicate"))
    edited = [*addressed(1), *addressed(9, title="Corrected")]
    await store.settle_poll(polled(one, edited, at=NOON + HOUR / 60))
    await store.intend(record(owner, mine))
    await store.settle(captured(owner, mine.article_id))
    assert [item.entry.title for item in await due_items(store, NOON + HOUR)] == ["Corrected"]
