"""The port without processes tells failures the way the pool does."""

from __future__ import annotations

import pytest

from crawler.errors import NoArticle, WorkerFailed
from crawler.model import FeedDocument, FeedInfo
from crawler.workers import tasks
from crawler.workers.inline import InlineWorkers


async def test_expected_failures_pass_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(target: str) -> bytes:
        raise NoArticle(target)

    monkeypatch.setattr(tasks, "draw_qrcode", refuse)
    with pytest.raises(NoArticle, match=r"^nothing here$"):
        await InlineWorkers().draw_qrcode("nothing here")


async def test_unexpected_failures_become_worker_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(target: str) -> bytes:
        raise ZeroDivisionError(f"{target}\n\x1b[0m")

    monkeypatch.setattr(tasks, "draw_qrcode", break_down)
    with pytest.raises(WorkerFailed, match=r"^ZeroDivisionError: plate \[0m$"):
        await InlineWorkers().draw_qrcode("plate")


async def test_the_limit_on_entries_reaches_the_feed_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []

    def parse(body: bytes, *, limit: int, **_: object) -> FeedDocument:
        limits.append(limit)
        return FeedDocument(info=FeedInfo(format="rss20"), entries=())

    monkeypatch.setattr("crawler.feeds.parse", parse)
    tasks.warm_up()  # its own sample feed comes first
    await InlineWorkers(entries=7).read_feed(tasks._sample(b"x"), feed_name="lantern")
    assert limits[-1] == 7
