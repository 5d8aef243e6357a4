"""Whatever claims arrive together or apart: addresses and codes are unique, one release is one article."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import urls
from crawler.model import Claim
from crawler.store.sql import SqlStore
from tests.store.contract import with_items
from tests.store.examples import draft, entries

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
        _, items = await with_items(store, *entries(*range(len(wishes))))
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
