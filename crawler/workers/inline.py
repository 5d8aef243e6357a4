"""The same port without processes: for tests and small scripts, never for foreign bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from crawler import urls
from crawler.errors import CrawlError, WorkerFailed
from crawler.model import NO_FRAME, NO_RULES, Comparison, Entry, Extraction, FeedDocument, HostRule, Page
from crawler.ports import Frames
from crawler.workers import tasks
from crawler.workers.child import describe

T = TypeVar("T")


class InlineWorkers:
    """Calls the steps directly, on the event loop: no limits, no isolation, same failures."""

    def __init__(
        self,
        *,
        entries: int = 5000,
        frames: Frames | None = None,
        rules: Mapping[str, HostRule] = NO_RULES,
    ) -> None:
        self._entries = entries
        self._frames = frames
        self._rules = rules

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        """Part of ``ports.Workers``."""
        return _run(lambda: tasks.read_feed(page, feed_name, self._entries))

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        """Part of ``ports.Workers``."""
        host = urls.politeness_key(page.final_url)
        frame = await self._frames.frame(host) if self._frames else NO_FRAME
        return _run(lambda: tasks.read_page(page, want_date, frame=frame, rule=self._rules.get(host)))

    async def read_entry(self, entry: Entry) -> Extraction | None:
        """Part of ``ports.Workers``."""
        return _run(lambda: tasks.read_entry(entry))

    async def draw_qrcode(self, target: str) -> bytes:
        """Part of ``ports.Workers``."""
        return _run(lambda: tasks.draw_qrcode(target))

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        """Part of ``ports.Workers``."""
        return _run(lambda: tasks.compare(before, after, known))


def _run(task: Callable[[], T]) -> T:
    try:
        return task()
    except CrawlError:
        raise
    except Exception as error:
        raise WorkerFailed(describe(error)) from error
