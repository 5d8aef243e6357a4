"""Contestant: Scrapy with feedparser and trafilatura, as people combine them; JSON lines are its archive.

``python -m tests.bench.spider FEEDS.toml OUT``
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from trafilatura import bare_extraction
from trafilatura.settings import Document

SETTINGS = {
    "CONCURRENT_REQUESTS": 32,  # this crawler's default [poll] concurrency
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": False,
}


class Wires(scrapy.Spider):
    """Feeds → links → articles."""

    name = "wires"

    def __init__(self, feeds: list[str]) -> None:
        super().__init__()
        self.feeds = feeds

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.feeds:
            yield scrapy.Request(url, callback=self.parse, dont_filter=True)

    def parse(self, response: Response, **_: Any) -> Iterator[scrapy.Request]:
        for entry in feedparser.parse(BytesIO(response.body)).entries:
            yield scrapy.Request(entry.link, callback=self.read, cb_kwargs={"entry": entry})

    def read(self, response: Response, entry: Any) -> Iterator[dict[str, Any]]:
        found = bare_extraction(response.body, url=response.url, with_metadata=True, include_comments=False)
        article = found.as_dict() if isinstance(found, Document) else {}
        kept = {key: article.get(key) for key in ("title", "author", "date", "description", "image", "text")}
        yield {"page": response.url, "feed_title": entry.title, **kept, "at": time.time()}


def main(config: Path, out: Path) -> None:
    """Crawl all feeds of the configuration once."""
    feeds = [feed["url"] for feed in tomllib.loads(config.read_text(encoding="utf-8"))["feeds"]]
    process = CrawlerProcess({**SETTINGS, "FEEDS": {str(out): {"format": "jsonlines"}}})
    _ = process.crawl(Wires, feeds=feeds)
    process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
