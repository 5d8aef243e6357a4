"""Archives of another kind: without raw, older than testimonies, with what was taken down, with twins."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawler import config
from crawler.app import releases, takedowns
from crawler.app.comparing import histories
from crawler.config import Config
from crawler.errors import StoreError
from crawler.report import history
from tests.campaigns import rot
from tests.journey import Yard, differences, newsroom
from tests.journey.stand import TEXT
from tests.rebuilding.comparison import QUESTIONS, compare, rows
from tests.rebuilding.conftest import Lived, Rebuild
from tests.rebuilding.life import content, copy, database, hours_pass, lose_database, lose_files

#: What a file says of its article, whoever wrote it.
_SAID = """
    SELECT id AS row, item_id, url, code, date, title, source_link, source, source_key, draft, revision, path, sha256, size
    FROM articles WHERE revision > 0"""


def test_d50_without_a_raw_archive_all_that_the_files_say_comes_again(
    tmp_path: Path, rebuilt_in: Rebuild
) -> None:
    with newsroom(releases=6, wires=2) as wire, Yard(tmp_path / "silent") as yard:
        yard.configure(wire.config(), processes=1)
        text = yard.config.read_text()
        yard.config.write_text(text.replace('root = "archive"', 'root = "archive"\nraw = false'))
        assert yard.crawl().code == 0
        before, files = rows(database(yard), _SAID), yard.files()
        said = {row["id"]: row["url"] for row in yard.rows("SELECT id, url FROM feeds")}
        lose_database(yard)
        told = rebuilt_in(yard)["database"]
        assert told["files"] == len(before) >= 6
        assert rows(database(yard), _SAID) == before
        assert differences(files, yard.files()) == []
        assert told["stated"] == told["files"]
        [row] = yard.rows("SELECT count(*) AS n, min(reason) AS reason, min(state) AS state FROM revisions")
        assert row == {"n": len(before), "reason": "first", "state": "done"}
        found = rot.look(config.load(yard.config)).findings
        assert [one for one in found if one.severity != "notice"] == [], "rows, statements and leaves fit"
        assert len(said) == len(yard.rows("SELECT id FROM feeds"))
        hours_pass(yard)
        asked = len(wire.log)
        feeds = {row["url"].partition(f":{wire.port}")[2] for row in yard.rows("SELECT url FROM feeds")}
        assert yard.crawl().code == 0
        assert {one.target for one in list(wire.log)[asked:]} <= feeds | {"/robots.txt"}, "no page again"
        assert differences(files, yard.files()) == []
        assert yard.rows("SELECT count(*) AS n FROM revisions") == [{"n": len(before)}]


def test_d50_articles_older_than_testimonies_are_known_by_their_files(
    lived: Lived, copied: Yard, rebuild: Rebuild
) -> None:
    """The conversions are gone, as if another version had written the archive; pages and feeds are kept."""
    for row in copied.rows("SELECT path, start, size FROM warc_records WHERE type = 'conversion'"):
        raw = copied.archive / row["path"]
        data = bytearray(raw.read_bytes())
        data[row["start"] : row["start"] + 4] = b"\0\0\0\0"
        raw.write_bytes(bytes(data))
    before, files = rows(database(copied), _SAID), copied.files()
    lose_database(copied)
    told = rebuild("--database", code=1)["database"]
    revisions = lived.yard.rows("SELECT count(*) AS n FROM revisions WHERE state <> 'dropped'")[0]["n"]
    assert told["files"] == revisions
    now = rows(database(copied), _SAID)
    assert {name: row | {"date": 0} for name, row in now.items()} == {
        name: row | {"date": 0} for name, row in before.items()
    }
    assert differences(files, copied.files()) == []
    [left] = copied.rows(
        "SELECT count(*) AS n FROM feed_items WHERE state <> 'archived' OR due_at IS NOT NULL"
    )
    assert left == {"n": 0}
    numbers = "SELECT article_id || ' ' || number AS row, path, sha256, state FROM revisions WHERE state <> 'dropped'"
    assert rows(database(copied), numbers) == rows(database(lived.yard), numbers)


def reasons(settings: Config, article: int) -> list[str]:
    """Why its revisions were made, as ``crawler inspect history`` shows it."""

    async def chronicle() -> list[dict[str, Any]]:
        async with histories(settings) as search:
            return (await search.chronicle(article))["revisions"]

    return [row["reason"] for row in history.revisions(asyncio.run(chronicle())).rows]


def test_what_was_taken_down_stays_so_and_so_does_what_was_released(copied: Yard, rebuild: Rebuild) -> None:
    settings = config.load(copied.config)
    order = takedowns.Order(article=3, reason="a court's order", requested_by="Court")
    asyncio.run(takedowns.take_down(settings, order))
    assert reasons(settings, 3)[-1] == "taken down: a court's order, requested by Court"
    with pytest.raises(StoreError, match="article 3 was taken down, and that is final"):
        asyncio.run(releases.release(settings, releases.Order(article=3, reason="none")))
    assert copied.rows("SELECT outcome FROM runs ORDER BY id DESC LIMIT 1") == [{"outcome": "failed"}]
    copied.change("UPDATE articles SET notice = 'kill' WHERE id = 4")
    asyncio.run(releases.release(settings, releases.Order(article=4, reason="another company")))
    assert reasons(settings, 4)[-2:] == ["kill", "released: another company"]
    before, files = copied.folder / "taken.db", copied.files()
    copy(database(copied), before)
    lose_database(copied)
    lose_files(copied)
    rebuild()
    assert {path: data for path, data in copied.files().items() if not path.startswith(".")} == {
        path: data for path, data in files.items() if not path.startswith(".")
    }
    for table in ("articles", "revisions", "takedowns", "fields"):
        old, new = rows(before, QUESTIONS[table]), rows(database(copied), QUESTIONS[table])
        assert sorted(old) == sorted(new)
    [row] = copied.rows("SELECT taken_down_at IS NULL AS up, draft FROM articles WHERE id = 3")
    assert row == {"up": 0, "draft": 1}
    [row] = copied.rows("SELECT notice, draft FROM articles WHERE id = 4")
    assert row == {"notice": "released", "draft": 0}
    states = copied.rows("SELECT number, state FROM revisions WHERE article_id = 3 ORDER BY number")
    assert [one["state"] for one in states] == ["removed"] * (len(states) - 1) + ["done"]


# --------------------------------------------------------------------------- twins, redirects, fallbacks


@contextmanager
def served(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """An address whose answers are these."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, fields, body = answers.get(self.path, (404, {}, b"<h1>not here</h1>"))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | fields).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Standard error belongs to the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def page(title: str) -> tuple[int, dict[str, str], bytes]:
    told = "".join(f"<p>{title}: {sentence}</p>" for sentence in TEXT)
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{told}</article></body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8", "ETag": f'"{len(title)}"'}, html.encode()


def feed(url: str, *items: tuple[str, str], older: str = "") -> tuple[int, dict[str, str], bytes]:
    told = "".join(
        f"<item><title>{title}</title><link>{url}{path}</link><guid>{path}</guid>"
        f"<pubDate>Tue, 03 Mar 2026 09:30:00 GMT</pubDate>"
        f"<description>{' '.join(TEXT)}</description></item>"
        for title, path in items
    )
    past = f'<atom:link rel="prev-archive" href="{url}{older}"/>' if older else ""
    body = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel><title>Pier</title>{past}{told}</channel></rss>"
    )
    return 200, {"Content-Type": "application/rss+xml"}, body.encode()


def test_d50_twins_redirects_fallbacks_and_what_was_never_archived_come_again(
    tmp_path: Path, rebuilt_in: Rebuild
) -> None:
    answers: dict[str, Any] = {}
    with served(answers) as url, Yard(tmp_path / "pier") as yard:
        items = [
            ("Halvorsen opens a workshop", "/1"),
            ("Halvorsen opens a workshop", "/go/1"),
            ("A second barge", "/go/2"),
        ]
        items += [("The page is gone", "/gone"), ("Behind a wall", "/wall")]
        answers |= {
            "/feed": feed(url, *items),
            "/other": feed(url, *items[2:], ("Only here", "/3"), older="/old/2"),
        }
        answers |= {"/old/2": feed(url, ("Long ago", "/4"), older="/old/1"), "/4": page("Long ago")}
        answers |= {"/old/1": feed(url, ("Longer ago", "/5"), items[2]), "/5": page("Longer ago")}
        answers |= {
            "/1": page("Halvorsen opens a workshop"),
            "/2": page("A second barge"),
            "/3": page("Only here"),
        }
        answers |= {f"/go/{number}": (302, {"Location": f"/{number}"}, b"over there") for number in (1, 2)}
        answers["/wall"] = (
            200,
            {"Content-Type": "text/html"},
            b"<html><body>Please accept our cookies</body></html>",
        )
        tables = "".join(
            f'[[feeds]]\nname = "{name}"\nurl = "{url}/{name}"\nsource = "Pier Wire"\n'
            for name in ("feed", "other")
        )
        yard.configure(tables, processes=1)
        assert yard.crawl().code in {0, 1}
        outcomes = {row["outcome"] for row in yard.rows("SELECT outcome FROM captures")}
        assert {"archived", "duplicate", "fallback"} <= outcomes
        before = yard.folder / "before.db"
        copy(database(yard), before)
        files = content(yard)
        lose_database(yard)
        lose_files(yard)
        rebuilt_in(yard)
        compared = compare(before, database(yard))
        assert compared.differing == []
        assert compared.rows["feed_pages"] == 2
        assert content(yard) == files
        hops = yard.rows("SELECT hop, location FROM fetches WHERE status = 302 ORDER BY location")
        assert [(row["hop"], row["location"]) for row in hops] == [(0, "/1"), (0, "/2")]


def test_d50_an_embargo_outlives_a_lost_database(tmp_path: Path, rebuilt_in: Rebuild) -> None:
    until = datetime.now(UTC) + timedelta(days=20)
    held = f"</h1><p>EMBARGOED UNTIL {until:%B %d, %Y} at 3:00 p.m. UTC</p>".encode()
    answers: dict[str, Any] = {}
    with served(answers) as url, Yard(tmp_path / "pier") as yard:
        answers["/feed"] = feed(url, ("A second barge", "/1"))
        status, fields, body = page("A second barge")
        answers["/1"] = status, fields, body.replace(b"</h1>", held)
        yard.configure(f'[[feeds]]\nname = "pier"\nurl = "{url}/feed"\nsource = "Pier Wire"\n', processes=1)
        assert yard.crawl().code == 0
        [before] = yard.rows("SELECT a.draft, i.due_at FROM articles a JOIN feed_items i ON i.id = a.item_id")
        assert (before["draft"], before["due_at"][:10]) == (1, f"{until:%Y-%m-%d}")
        lose_database(yard)
        rebuilt_in(yard, "--database")
        assert yard.rows("SELECT draft, due_at IS NOT NULL AS due FROM articles, feed_items") == [
            {"draft": 1, "due": 1}
        ]


def test_d50_what_was_taken_down_stays_so_where_a_rebuild_knows_nothing_but_its_file(
    tmp_path: Path, rebuilt_in: Rebuild
) -> None:
    with newsroom(releases=4, wires=1) as wire, Yard(tmp_path / "silent") as yard:
        yard.configure(wire.config(), processes=1)
        text = yard.config.read_text()
        yard.config.write_text(text.replace('root = "archive"', 'root = "archive"\nraw = false'))
        assert yard.crawl().code == 0
        settings = config.load(yard.config)
        order = takedowns.Order(article=3, reason="a court's order")
        asyncio.run(takedowns.take_down(settings, order))
        lose_database(yard)
        shutil.rmtree(yard.archive / "log")
        left = yard.files()
        assert rebuilt_in(yard, "--database")["database"]["held"] == []
        [row] = yard.rows("SELECT taken_down_at IS NOT NULL AS down FROM articles WHERE id = 3")
        assert row == {"down": 1}
        with pytest.raises(StoreError, match=r"^article 3 was taken down, and that is final$"):
            asyncio.run(releases.release(settings, releases.Order(article=3, reason="none")))
        assert asyncio.run(takedowns.take_down(settings, order)).finished, "there is nothing left to do"
        now = {path: data for path, data in yard.files().items() if path.startswith("content/")}
        assert now == {path: data for path, data in left.items() if path.startswith("content/")}
        found = rot.look(settings).findings
        assert [one for one in found if one.severity == "error"] == []
