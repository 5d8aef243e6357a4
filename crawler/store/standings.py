"""Looking in for re-extraction: what stands, and what is known of the hosts that it came from.

Read-only, without the lock, also while a crawler writes; ``app/rereading`` opens it.
"""

from __future__ import annotations

from crawler.model import DueItem, Frame, Page, RereadSelection, Standing
from crawler.store import rereading
from crawler.store.search import Search


class SqlStandings(Search):
    """Keeps ``reextracting.Standings`` and ``ports.Frames``."""

    async def chosen(self, want: RereadSelection) -> list[int]:
        """Numbers of the archived articles that meet every condition, in order."""
        async with self._look() as connection:
            return await rereading.chosen(connection, want)

    async def frame(self, host: str) -> Frame:
        """Keeps ``ports.Frames``: the lines that recur on a host's pages."""
        async with self._look() as connection:
            return await rereading.frame(connection, host)

    async def repeated(self, item: DueItem, page: Page, key: str) -> bool:
        """Whether the page's host shows a text (``quality.suspicion``) for other items too."""
        async with self._look() as connection:
            return await rereading.repeated(connection, item, page, key)

    async def keeps_pages(self) -> bool:
        """Whether anything that was fetched was ever kept raw."""
        async with self._look() as connection:
            return await rereading.keeps_pages(connection)

    async def standing(self, article_id: int) -> Standing:
        """An article's newest revision and what it came from."""
        async with self._look() as connection:
            return await rereading.standing(connection, article_id)
