"""What a person sees of subscriptions: everything but the secrets, and nothing that a hub could forge."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from crawler.model import Selection
from crawler.report import pushes
from crawler.report.listing import show
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.websub.examples import FEED, HOUR, MINUTE, NOON, SECRET, subscription, verified


def printed(found: list[dict[str, object]], *, as_json: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False)
    show(pushes.subscriptions(found, NOON + HOUR), console, as_json=as_json, raw=found)
    return out.getvalue()


async def test_c43_subscriptions_are_shown_without_secrets_and_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "crawler.db"
    async with SqlStore(path, now=lambda: NOON) as store:
        await store.register([FEED], NOON)
        [piece] = await store.lend(NOON + 24 * HOUR, Selection(), slots=1, busy=())
        feed = piece.polls[0].feed
        hostile = "denied by the hub: \x1b[2Jno\r\nevent=poll feed=forged \u202e"
        known = verified(feed=feed, pushes=3, last_push_at=NOON + 30 * MINUTE, note=hostile)
        await store.keep_subscription(known)
        assert await store.subscriptions() == [known]
        async with Search(path) as looking:
            found = await looking.subscriptions()
    text, told = printed(found), printed(found, as_json=True)
    for shown in (text, told, str(found)):
        assert SECRET not in shown
        assert "token" not in shown
    assert "\x1b" not in text + told
    assert "\u202e" not in text
    assert not any(line.startswith("event=") for line in text.splitlines())
    assert "verified" in text
    assert "30m ago" in text or "30 min ago" in text


async def test_a_subscription_is_kept_and_read_back_as_it_was(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "crawler.db", now=lambda: NOON) as store:
        await store.register([FEED], NOON)
        [piece] = await store.lend(NOON + 24 * HOUR, Selection(), slots=1, busy=())
        feed = piece.polls[0].feed
        for known in (
            subscription(feed=feed),
            verified(
                feed=feed, called_at=NOON, missed_at=NOON, not_before=NOON, forged=2, failures=3, note="n"
            ),
            subscription(feed=feed, secret="another", state="ended"),
        ):
            await store.keep_subscription(known)
            assert await store.subscriptions() == [known]
        assert await store.removed() == []
        await store.keep_subscription(verified(feed=feed))
        await store.register([], NOON)
        assert await store.removed() == [feed.id]
        assert [known.wanted for known in await store.subscriptions()] == [False]


def test_an_empty_table_says_why() -> None:
    assert "callback is not set" in printed([])
