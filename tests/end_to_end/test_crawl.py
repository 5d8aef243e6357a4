"""One crawl of twelve wires: every release is there, once, whole, and every part of its file is real."""

from __future__ import annotations

import hashlib
import io
import tomllib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import zxingcpp
from PIL import Image

from crawler import document
from tests.end_to_end.conftest import Crawled
from tests.journey import ROOT, Yard, differences, judge

pytestmark = pytest.mark.xdist_group("crawled")  # the wires are crawled once a run
PUBLIC = "https://archive.example/"
KEYS = (
    "title date draft summary description source_link enclosure article_id feed_item_id url qrcode source"
).split()


def test_every_release_is_archived_once_with_its_title_date_and_text(crawled: Crawled) -> None:
    assert crawled.ended.code == 0, crawled.ended.err
    judgement = judge(crawled.wire.postings, crawled.yard.documents())
    assert judgement.faults == 0, judgement
    assert len(judgement.scores) == len(crawled.wire.postings) > 40  # some stand on two wires


def test_each_file_is_what_our_reader_and_any_other_read(crawled: Crawled) -> None:
    for path, data in crawled.yard.files().items():
        if not path.startswith("content/"):
            continue
        read = document.parse(data)
        assert document.render(read) == data
        front, _, body = data.decode().removeprefix("+++\n").partition("\n+++\n\n")
        values = tomllib.loads(front)
        assert list(values) == KEYS
        assert values == {key: getattr(read, key) for key in KEYS}
        assert body == read.body
        assert path == f"content/{_folder(read)}/{read.url}.md"
        assert read.draft is False


def _folder(read: document.Document) -> str:
    key = "".join(sign for sign in read.source.lower() if sign.isascii() and sign.isalnum())
    return f"{key}/{read.date[:4]}/{read.date[5:7]}"


def test_each_qr_image_leads_to_its_article(crawled: Crawled) -> None:
    files = crawled.yard.files()
    codes = set()
    for read in crawled.yard.documents().values():
        path = "static/" + read.qrcode.removeprefix(PUBLIC)
        [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(files[path])).convert("RGB"))
        assert found.text == f"{PUBLIC}{read.url}/"
        codes.add(path)
    assert codes == {path for path in files if path.startswith("static/")}


def test_each_enclosure_is_an_image_of_ours_or_of_the_wire(crawled: Crawled) -> None:
    ours = 0
    for read in crawled.yard.documents().values():
        if read.enclosure.startswith(PUBLIC):
            ours += 1
            assert (ROOT / "config/hugo/static" / read.enclosure.removeprefix(PUBLIC)).is_file(), (
                read.enclosure
            )
            continue
        assert urlsplit(read.enclosure).hostname == urlsplit(read.source_link).hostname
        with urlopen(read.enclosure, timeout=10) as answer:
            assert answer.headers.get_content_maintype() == "image"
    assert ours < len(crawled.wire.postings)


def test_the_database_knows_every_file_by_its_digest(crawled: Crawled) -> None:
    rows = crawled.yard.rows(
        "SELECT r.path, r.sha256, r.size, r.qrcode_path, r.qrcode_sha256, a.path AS newest, a.sha256 AS latest"
        " FROM revisions r JOIN articles a ON a.id = r.article_id WHERE r.state = 'done'"
    )
    known = {row["path"]: row["sha256"] for row in rows} | {
        row["qrcode_path"]: row["qrcode_sha256"] for row in rows
    }
    assert known == {path: hashlib.sha256(data).hexdigest() for path, data in crawled.yard.files().items()}
    assert all(row["newest"] == row["path"] and row["latest"] == row["sha256"] for row in rows)


def test_a_second_crawl_asks_only_whether_feeds_have_changed_and_archives_nothing(crawled: Crawled) -> None:
    before = crawled.yard.files()
    asked = len(crawled.wire.log)
    again = crawled.yard.crawl("--json")
    assert again.code == 0
    assert sum(line["archived"] + line["new"] for line in again.json["feeds"]) == 0
    assert differences(before, crawled.yard.files()) == []
    log = [entry for entry in list(crawled.wire.log)[asked:] if entry.target != "/robots.txt"]
    assert len(log) == len(crawled.wire.feeds) - len(again.json["resting"])
    assert {one["why"] for one in again.json["resting"]} == {"its server asked to wait"}
    assert {entry.status for entry in log} == {304}
    assert all(entry.header("If-None-Match") or entry.header("If-Modified-Since") for entry in log)


def test_json_is_for_programs_and_lines_are_for_pipes(crawled: Crawled) -> None:
    lines = [line.split("\t") for line in crawled.ended.out.splitlines()]
    assert lines[0] == ["feed", "seen", "new", "archived", "from feed", "failed", "skipped", "why"]
    assert len(lines) == len(crawled.wire.feeds) + 2
    assert lines[-1][0] == "all feeds"
    assert int(lines[-1][3]) == len(crawled.wire.postings)
    told = crawled.yard.run("inspect", "articles", "--json", "--limit", "1000")
    assert (told.code, told.err) == (0, "")
    assert {row["path"] for row in told.json} == set(crawled.yard.documents())
    assert crawled.yard.run("inspect", "failures", "--json").json == []


def test_since_until_and_feed_choose_what_is_archived(crawled: Crawled) -> None:
    wire = crawled.wire
    since, until = (datetime.now(UTC) - timedelta(days=days) for days in (5, 2))
    feed = wire.feeds[0]
    wanted = {
        posting.url
        for posting in wire.postings
        if posting.site.wire.name == feed.source and since <= posting.release.published < until
    }
    with Yard(crawled.yard.folder.with_name("window")) as yard:
        yard.configure(wire.config())
        window = ("--since", since.isoformat(), "--until", until.isoformat(), "--feed", feed.name)
        ended = yard.run("crawl", *window, "--json")
        assert ended.code == 0, ended.err
        assert {read.source_link for read in yard.documents().values()} == wanted != set()
        [line] = ended.json["feeds"]
        assert line["skipped"] == line["seen"] - len(wanted) > 0
        assert set(line["why"]) == {"before --since", "not before --until"}
