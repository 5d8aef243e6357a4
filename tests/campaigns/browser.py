"""C42 at full length: every hostile body by every way in, crawled, built by Hugo and by CommonMark, read in Chromium.

``python -m tests.campaigns.browser [--every N] [--batch N] [--json]``; exit 1 on anything that acts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crawler.document import Document
from tests.xss import site
from tests.xss.bodies import BODIES
from tests.xss.browser import Browser, browser, found
from tests.xss.crawl import Parcel, crawl, every
from tests.xss.looking import in_commonmark, in_hugo, raw_page
from tests.xss.nodes import active
from tests.xss.ways import WAYS


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    case: str
    figure: str
    holds: bool


def told(what: str) -> None:
    """Where the time goes, for who waits."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def written(folder: Path, parcels: list[Parcel]) -> tuple[dict[str, Document], list[Row]]:
    """What a real crawl makes of the parcels, by its name on the site."""
    told(f"crawling {len(parcels)} hostile articles")
    yard = crawl(folder, parcels, seconds=3600)
    documents = {document.url: document for document in yard.documents().values()}
    wrong = {name: strange for name, document in documents.items() if (strange := active(document))}
    for name, strange in wrong.items():
        told(f"{name}: {strange}")
    share = len(documents) / len(parcels)
    return documents, [
        Row(case="bodies × ways in", figure=f"{len(BODIES)} × {len(WAYS)}, {len(parcels)} taken", holds=len(BODIES) >= 100),
        Row(case="archived by a real crawl", figure=str(len(documents)), holds=share > 0.9),
        Row(case="with an active node, or changed by CommonMark", figure=str(len(wrong)), holds=not wrong),
    ]  # fmt: skip


def built(folder: Path, documents: Mapping[str, Document]) -> tuple[Path, Row]:
    """The site, and whether Hugo left every body as it is."""
    told("building the site")
    public = site.build(folder, site.files(documents))
    changed = [
        name
        for name, document in documents.items()
        if site.body_of((public / name / "index.html").read_bytes()) != document.body
    ]
    return public, Row(case="bodies changed by Hugo", figure=str(len(changed)), holds=not changed)


async def looked(opened: Browser, documents: Mapping[str, Document], batch: int) -> list[Row]:
    """Both renderings in the browser."""
    told("looking at what CommonMark makes of them")
    by_commonmark = await in_commonmark(opened, documents, batch=batch)
    told("looking at what Hugo makes of them")
    first = "/page/1/"  # leads to the front page
    lists = [path for path in opened.pages if path == "/" or (path.startswith("/page/") and path != first)]
    by_hugo = await in_hugo(opened, [*lists, *(f"/{name}/" for name in documents)])
    for path, strange in (by_commonmark | by_hugo).items():
        told(f"{path}: {strange}")
    return [
        Row(case=f"CommonMark pages that did anything, {len(documents)} articles", figure=str(len(by_commonmark)), holds=not by_commonmark),
        Row(case=f"Hugo pages that did anything, {len(documents)} articles, {len(lists)} lists", figure=str(len(by_hugo)), holds=not by_hugo),
    ]  # fmt: skip


async def controls(opened: Browser, raw: list[str], names: list[str]) -> list[Row]:
    """The same bodies where nothing cleans them: alone, and on the site with and without its second lock."""
    told("looking at the bodies as they come")
    opened.pages.update({f"/raw/{name}/": raw_page(BODIES[name]) for name in names})
    bare = await in_hugo(opened, [f"/raw/{name}/" for name in names])
    lawless = await asyncio.gather(*(opened.look(path) for path in raw))
    lawful = await asyncio.gather(*(opened.look(path, lawful=True) for path in raw))
    ran, still = sum(bool(sight.scripts) for sight in lawless), sum(bool(sight.scripts) for sight in lawful)
    return [
        Row(case="the same bodies as they come", figure=f"{len(bare)} of {len(names)} act", holds=3 * len(bare) > len(names)),
        Row(case="… put into the site's pages, without its policy", figure=f"{ran} of {len(raw)} run a script", holds=ran > 0),
        Row(case="… put into the site's pages, with its policy", figure=f"{still} of {len(raw)} run a script", holds=still == 0),
    ]  # fmt: skip


async def run(parcels: list[Parcel], names: list[str], batch: int) -> list[Row]:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        documents, rows = written(Path(folder, "yard"), parcels)
        quiet = next(iter(documents.values()))
        uncleaned = {f"raw-{name}": replace(quiet, url=f"raw-{name}", body=BODIES[name]) for name in names}
        public, row = built(Path(folder, "site"), documents)
        raw = site.build(Path(folder, "raw"), site.files(uncleaned))
        async with browser(site.pages(public) | site.pages(raw) | site.pages(public)) as opened:
            rows += [row, *await looked(opened, documents, batch)]
            rows += await controls(opened, [f"/raw-{name}/" for name in names], names)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.campaigns.browser", description=__doc__)
    parser.add_argument(
        "--every", type=int, default=1, help="take only every so many-th of bodies and ways in"
    )
    parser.add_argument("--batch", type=int, default=16, help="articles on a page by CommonMark")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not found() or not site.HUGO:
        sys.exit("scripts/campaign browser: needs Chromium and the package hugo; install what is missing")
    rows = asyncio.run(run(every()[:: given.every], list(BODIES)[:: given.every], given.batch))
    width = max(len(row.case) for row in rows)
    for row in rows:
        line = f"{row.case:<{width}}  {row.figure:<28}  {'holds' if row.holds else 'FAILS'}"
        print(json.dumps(asdict(row), ensure_ascii=False) if given.json else line)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
