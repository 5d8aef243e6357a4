"""The newsroom of the failing host: articles behind failing paths, and a feed that lists them."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from tests.wire import failures, page, prose, weird
from tests.wire.reply import Reply, respond
from tests.wire.weird import Content
from tests.wire.wires import FeedPlace, Posting, Site, Wire

_NEWEST = datetime(2026, 6, 1, 11, tzinfo=UTC)
_WIRE = Wire(
    key="failing", name="Failing Wire", template="kestrel", path="/fail/ok?item={number}", links="absolute",
    feeds=(
        FeedPlace("articles", "/fail/feed", "rss-full"),
        FeedPlace("items", "/fail/items", "rss-full"),
        FeedPlace("messy", "/fail/messy", "rss-full"),
        FeedPlace("turned", "/fail/turned?as=feed&after=1", "rss-full"),
        FeedPlace("flaky", "/fail/flaky?as=feed&fails=2", "rss-full"),
        FeedPlace("empty", "/fail/empty-feed", "rss-full"),
        FeedPlace("consent", "/fail/consent?as=feed", "rss-full"),
    ),
)  # fmt: skip


class FailingNewsroom:
    """Answers everything below ``/fail/``."""

    def __init__(self, host: str, prefix: str) -> None:
        self.site = Site(_WIRE, host, prefix)
        self._host = failures.FailingHost(self._content)

    def answer(self, request: web.BaseRequest, target: str) -> web.StreamResponse | None:
        """The response for a failing path; None for a path that is none."""
        if failures.split(target)[0] == "feed":
            return respond(self._articles(), request)
        return self._host.answer(request, target, self.site.base_url)

    def posting(self, identity: str) -> Posting:
        """The article behind a failing path; its identity alone decides what it says."""
        number = 1 + zlib.crc32(identity.encode()) % 9_000
        release = prose.write(
            0,
            number,
            wire=_WIRE.name,
            language="en",
            published=_NEWEST - timedelta(minutes=number),
            stride=10**6,
        )
        title = weird.ODD_TITLES.get(identity, release.title)
        posting = Posting(site=self.site, release=replace(release, key=identity, title=title), number=number)
        posting.path = "/fail/" + identity.replace("/#", "#").replace("#", "?item=")
        return posting

    def _content(self, identity: str, feed: bool) -> Content:
        if not feed:
            return Content(page.render(self.posting(identity)), "text/html; charset=utf-8")
        items = [self._item(f"ok?item={number}", own=False) for number in range(101, 106)]
        reply = weird.feed(f"A feed at {identity.partition('#')[0]}", items, self.site.base_url)
        return Content(reply.body, reply.content_type)

    def _articles(self) -> Reply:
        """Every failing article twice: without and with a text of its own in the feed."""
        items: list[str] = []
        for path in failures.ARTICLES:
            for own in (False, True):
                items.append(self._item(f"{path}{'&' if '?' in path else '?'}item={len(items) + 1}", own=own))
        return weird.feed("Articles on failing paths", items, self.site.base_url)

    def _item(self, path: str, *, own: bool) -> str:
        posting = self.posting(failures.identity(f"/fail/{path}"))
        release = posting.release
        return weird.item(
            release.title,
            f"{self.site.base_url}/fail/{path}",
            date=release.published,
            own=page.content_html(posting) if own else None,
        )
