"""The daemon: it finds what is published while it runs, and replaces what stood in for a page."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path

from crawler import document
from tests.journey import Yard, control, judge, newsroom, plain_text, stand, until
from tests.journey.stand import TEXT

SOON = 'initial = "1s"\nfloor = "1s"\nceiling = "2s"'
TITLE = "Halvorsen Tidal opens a second workshop"


def test_a_release_that_is_published_while_the_daemon_runs_is_archived(tmp_path: Path) -> None:
    with newsroom(releases=6, wires=3, seed=9) as wire, Yard(tmp_path) as yard:
        daemon = yard.configure(wire.config(), poll=SOON, processes=1).start("run")
        until(lambda: yard.count() == len(wire.postings), process=daemon.process)
        [url] = control(wire, "publish?n=1")
        until(lambda: yard.count() == len(wire.postings) == 7, process=daemon.process)
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(10)
        assert ended.code == 0, ended.err
        assert judge(wire.postings, yard.documents()).faults == 0
        [found] = [line for line in ended.lines if "event=capture" in line and url in line]
        assert "outcome=archived" in found
        polls = yard.rows("SELECT outcome, status FROM polls")
        assert {(row["outcome"], row["status"]) for row in polls} == {("changed", 200), ("unchanged", 304)}


def test_an_article_from_the_feed_is_replaced_when_its_page_comes(tmp_path: Path) -> None:
    with stand() as at, Yard(tmp_path) as yard:
        at.feed("/feed", at.item(TITLE, "/release", own=True))
        at.page("/release", TITLE, status=503)
        yard.configure(at.table(), poll=SOON, web="attempts = 1", processes=1)
        ended = yard.crawl("--json")
        assert ended.code == 1
        [line] = ended.json["feeds"]
        assert (line["archived"], line["fallback"], line["why"]) == (0, 1, {"BadStatus": 1})
        [(path, old)] = [(path, data) for path, data in yard.files().items() if path.startswith("content/")]
        assert plain_text(document.parse(old).body).split() == " ".join(TEXT).split()

        at.page("/release", TITLE)
        assert yard.change("UPDATE feed_items SET due_at = '2026-01-01T00:00:00.000000Z'") == 1  # hours pass
        daemon = yard.start("run")
        until(lambda: (yard.archive / path).read_bytes() != old, process=daemon.process)
        daemon.send(signal.SIGTERM)
        assert daemon.wait(10).code == 0

        aside = "revisions/" + path.removeprefix("content/").removesuffix(".md") + "/1.md"
        files = yard.files()
        assert files[aside] == old
        assert set(files) == {path, aside, *(name for name in files if name.startswith("static/"))}
        revisions = yard.rows(
            "SELECT number, state, reason, origin, path, sha256 FROM revisions ORDER BY number"
        )
        assert revisions == [
            {
                "number": 1, "state": "superseded", "reason": "first", "origin": "feed",
                "path": aside, "sha256": hashlib.sha256(old).hexdigest(),
            },
            {
                "number": 2, "state": "done", "reason": "page replaces the feed's own content", "origin": "page",
                "path": path, "sha256": hashlib.sha256(files[path]).hexdigest(),
            },
        ]  # fmt: skip
        before, after = document.parse(old), document.parse(files[path])
        assert (before.url, before.article_id, before.qrcode) == (after.url, after.article_id, after.qrcode)
        assert yard.run("inspect", "failures", "--json").json == []
        assert yard.crawl().code == 0


def test_a_changed_page_that_the_feed_announces_becomes_a_revision(tmp_path: Path) -> None:
    with newsroom(releases=3, wires=3, seed=4) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), processes=1)
        assert yard.crawl().code == 0
        before = yard.files()
        posting = wire.postings[0]
        control(wire, f"edit?url={posting.url}&title=A%20corrected%20headline%20for%20the%20same%20release")
        assert yard.crawl().code == 0
        after = yard.files()
        [aside] = set(after) - set(before)
        [path] = [name for name in before if before[name] != after[name]]
        assert after[aside] == before[path]
        assert document.parse(after[path]).title == "A corrected headline for the same release"
        assert document.parse(after[path]).url == document.parse(before[path]).url
        assert [row["state"] for row in yard.rows("SELECT state FROM revisions WHERE number = 1")].count(
            "superseded"
        ) == 1
