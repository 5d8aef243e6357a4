"""A release taken down: its text is nowhere any more, the fact of it everywhere, and it never comes back."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler import cli, config, document
from crawler.app.takedowns import Order, take_down
from crawler.app.verifying import Wish, verify
from crawler.archive.removal import Removal
from crawler.archive.warc.tombstones import Graveyard
from crawler.cli import stop
from crawler.errors import ArchiveError
from crawler.store.takedowns import SqlTakedowns
from tests.campaigns.rot import Silent
from tests.journey import Yard, control, differences, newsroom, plain_text
from tests.wire import SampleWire

ARTICLE = 3
WHY = ("--reason", "A court asked for it", "--requested-by", "Registry of the court", "--yes")


@pytest.fixture(scope="module")
def wire() -> Iterator[SampleWire]:
    with newsroom(releases=6, wires=1, seed=4) as found:
        yield found


@pytest.fixture(scope="module")
def filled(wire: SampleWire, tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Six articles, of which the third has two revisions."""
    yard = Yard(tmp_path_factory.mktemp("filled"))
    with yard:
        yard.configure(wire.config(), processes=1)
        assert yard.crawl().code == 0
        [row] = yard.rows("SELECT source_link FROM articles WHERE id = ?", ARTICLE)
        control(wire, f"edit?url={row['source_link']}&title=A+headline+that+nobody+had+seen+before")
        assert yard.crawl().code == 0
        [row] = yard.rows("SELECT revision FROM articles WHERE id = ?", ARTICLE)
        assert row["revision"] == 2
    return yard


@pytest.fixture
def yard(filled: Yard, tmp_path: Path) -> Iterator[Yard]:
    """An archive of its own for each test."""
    shutil.copytree(filled.folder, tmp_path / "yard")
    with Yard(tmp_path / "yard") as own:
        yield own


def taken_down(yard: Yard, **changes: Any) -> None:
    """The command, in this process."""
    order = Order(
        article=ARTICLE, reason="A court asked for it", requested_by="Registry of the court", **changes
    )
    asyncio.run(take_down(config.load(yard.config), order))


def article(yard: Yard) -> dict[str, Any]:
    return yard.rows("SELECT * FROM articles WHERE id = ?", ARTICLE)[0]


def body(yard: Yard) -> str:
    """A sentence of the release that stands in no other."""
    read = document.parse((yard.archive / article(yard)["path"]).read_bytes())
    return max(plain_text(read.body).splitlines(), key=len)[:60]


def unpacked(yard: Yard, *, feeds: bool = True) -> Iterator[tuple[str, bytes]]:
    """Every byte of the archive, records unpacked and bodies decoded as far as they are gzip."""
    for path in sorted(yard.archive.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.name.endswith(".warc.gz"):
            data = b"".join(record for record in _records(data) if feeds or not _of_a_feed(record))
        yield path.relative_to(yard.archive).as_posix(), data


def _records(data: bytes) -> Iterator[bytes]:
    while data:
        stream = zlib.decompressobj(31)
        yield stream.decompress(data) + stream.flush()
        data = stream.unused_data


def _of_a_feed(record: bytes) -> bool:
    return b"<rss" in record or b"<feed" in record or b"jsonfeed.org" in record


def test_the_text_is_gone_and_the_fact_stays(yard: Yard) -> None:
    before, sentence = article(yard), body(yard)
    revisions = yard.rows(
        "SELECT number, sha256, size FROM revisions WHERE article_id = ? ORDER BY number", ARTICLE
    )
    ended = yard.run("takedown", str(ARTICLE), *WHY)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"article {ARTICLE}: taken down; 2 revisions and 0 raw records removed")

    after = article(yard)
    read = document.parse((yard.archive / after["path"]).read_bytes())
    assert (read.draft, plain_text(read.body).strip()) == (True, "This release was taken down.")
    assert (read.title, read.source_link, read.article_id) == (
        before["title"],
        before["source_link"],
        ARTICLE,
    )
    assert (read.summary, read.description, read.enclosure) == ("", "", "")
    same = ("path", "url", "code", "date", "item_id", "state")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["taken_down_at"]
    now = yard.rows("SELECT * FROM revisions WHERE article_id = ? ORDER BY number", ARTICLE)
    assert [(row["state"], row["reason"]) for row in now] == [
        ("removed", "first"), ("removed", now[1]["reason"]), ("done", "taken down")
    ]  # fmt: skip
    assert [
        {"number": row["number"], "sha256": row["sha256"], "size": row["size"]} for row in now[:2]
    ] == revisions
    assert not list((yard.archive / "revisions").rglob("*.md"))
    assert hashlib.sha256((yard.archive / after["path"]).read_bytes()).hexdigest() == now[2]["sha256"]
    assert (yard.archive / now[2]["qrcode_path"]).is_file()
    assert json.loads(now[2]["statement"])["reason"] == "taken down"
    [row] = yard.rows("SELECT * FROM takedowns")
    assert (row["reason"], row["requested_by"], bool(row["done_at"])) == (
        "A court asked for it", "Registry of the court", True
    )  # fmt: skip
    assert [one["sha256"] for one in json.loads(row["removed"])["files"]] == [
        one["sha256"] for one in revisions
    ]
    left = {path for path, data in unpacked(yard) if sentence.encode() in data}
    assert all(path.endswith(".warc.gz") for path in left)
    assert yard.run("verify").code == 0


def test_with_raw_it_is_in_no_file_of_the_archive_but_in_the_feeds_own_documents(yard: Yard) -> None:
    sentence = body(yard).encode()
    offsets = {row["id"]: row for row in yard.rows("SELECT * FROM warc_records")}
    assert [path for path, data in unpacked(yard, feeds=False) if sentence in data]
    ended = yard.run("takedown", str(ARTICLE), *WHY, "--raw")
    assert ended.code == 0, ended.err
    assert [path for path, data in unpacked(yard, feeds=False) if sentence in data] == []

    gone = yard.rows("SELECT * FROM warc_records WHERE type = 'removed'")
    assert {offsets[row["id"]]["type"] for row in gone} == {"response", "conversion"}
    for row in gone:
        data = (yard.archive / row["path"]).read_bytes()[row["start"] : row["start"] + row["size"]]
        [record] = _records(data)
        assert b"removed: taken down" in record
        assert {**row, "type": ""} == {**offsets[row["id"]], "type": ""}
    warcs = [str(path) for path in (yard.archive / "warc").rglob("*.warc.gz")]
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *warcs], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")
    assert yard.run("verify").code == 0


def test_what_a_kill_left_in_the_raw_archive_goes_too(yard: Yard) -> None:
    """A page and a testimony that were durable before the database heard of them: no row refers to either."""
    sentence, item = body(yard).encode(), article(yard)["item_id"]
    own = "path || ':' || start AS place FROM warc_records"
    page = f"SELECT {own} WHERE fetch_id = (SELECT max(id) FROM fetches WHERE item_id = ? AND status = 200)"
    testimony = f"SELECT {own} WHERE revision_id = (SELECT max(id) FROM revisions WHERE article_id = ?)"
    left = {*map(str, (row["place"] for row in yard.rows(page, item) + yard.rows(testimony, ARTICLE)))}
    assert len(left) == 2
    for place in left:
        assert yard.change("DELETE FROM warc_records WHERE path || ':' || start = ?", place) == 1
    taken_down(yard, raw=True)
    assert [path for path, data in unpacked(yard, feeds=False) if sentence in data] == []
    gone = {row["place"] for row in yard.rows(f"SELECT {own} WHERE type = 'removed'")}
    assert left <= gone
    [row] = yard.rows("SELECT removed FROM takedowns")
    told = {f"{one['path']}:{one['start']}": one["type"] for one in json.loads(row["removed"])["records"]}
    assert {told[place] for place in left} == {"response", "conversion"}
    found = asyncio.run(verify(config.load(yard.config), Wish(), Silent())).findings
    assert {one.code for one in found} == {"L409"}, "no key, and nothing else"


def test_it_never_comes_back(yard: Yard, wire: SampleWire) -> None:
    taken_down(yard, raw=True)
    before, link = yard.files(), article(yard)["source_link"]
    control(wire, f"edit?url={link}&title=Another+headline+again")
    assert (
        yard.change("UPDATE feed_items SET due_at = '2020-01-01T00:00:00.000000Z', recheck_at = '2020'") == 6
    )
    ended = yard.crawl()
    assert ended.code == 0, ended.err
    item = article(yard)["item_id"]
    [run] = yard.rows("SELECT max(id) AS id FROM runs")
    asked = {row["item_id"] for row in yard.rows("SELECT item_id FROM fetches WHERE run_id = ?", run["id"])}
    assert item not in asked
    assert asked - {None}  # the others were
    [row] = yard.rows("SELECT due_at, recheck_at, summary, content FROM feed_items WHERE id = ?", item)
    assert row == dict.fromkeys(row)
    told = yard.run("reextract", "--id", str(ARTICLE), "--json").json
    assert told["counts"] == {"taken down": 1}
    after = yard.files()
    assert {path for path in before if after[path] != before[path]} <= {"log/checkpoint"}


@pytest.mark.parametrize("raw", [False, True])
def test_a_rebuild_of_the_database_does_not_resurrect_it(raw: bool, yard: Yard) -> None:
    taken_down(yard, raw=raw)
    question = (
        "SELECT number, state, reason, sha256, statement FROM revisions WHERE article_id = ? ORDER BY number"
    )
    revisions, files = yard.rows(question, ARTICLE), yard.files()
    for database in yard.archive.glob("crawler.db*"):
        database.unlink()
    ended = yard.run("rebuild")
    assert ended.code == 0, ended.err
    assert yard.rows(question, ARTICLE) == revisions
    assert differences(files, yard.files()) == []
    assert article(yard)["taken_down_at"]
    [row] = yard.rows("SELECT reason, requested_by FROM takedowns")
    assert row == {"reason": "A court asked for it", "requested_by": "Registry of the court"}
    [row] = yard.rows(
        "SELECT due_at, summary, content FROM feed_items WHERE id = ?", article(yard)["item_id"]
    )
    assert row == dict.fromkeys(row)
    assert yard.run("verify").code == 0


def test_a_second_takedown_has_nothing_to_do_and_raw_may_follow(yard: Yard) -> None:
    taken_down(yard)
    files = yard.files()
    again = yard.run("takedown", str(ARTICLE), *WHY)
    assert "taken down before, nothing is left to remove" in again.out
    titled = yard.run("takedown", str(ARTICLE), *WHY, "--title", "Another")
    assert (titled.code, "--title was not applied" in titled.err) == (1, True)
    raw = yard.run("takedown", str(ARTICLE), *WHY, "--raw", "--json").json
    assert (raw["files"], {one["type"] for one in raw["records"]}) == ([], {"response", "conversion"})
    assert differences(files, yard.files()) == []
    assert len(yard.rows("SELECT id FROM takedowns WHERE done_at IS NOT NULL")) == 2


def test_provenance_tells_of_it(yard: Yard) -> None:
    taken_down(yard, raw=True)
    shown = yard.run("inspect", "provenance", str(ARTICLE))
    assert shown.code == 0, shown.err
    assert "A court asked for it, requested by Registry of the court" in shown.out
    yard.run("takedown", "4", "--reason", "Nobody in particular", "--yes")
    shown = yard.run("inspect", "provenance", "4")
    assert ("takedown takedown" in shown.out, "takedown taken down" in shown.out) == (False, True), shown.out
    told = yard.run("inspect", "provenance", str(ARTICLE), "--json").json
    assert [one["files"]["document"]["on_disk"] for one in told["revisions"]] == [
        "taken down", "taken down", "intact"
    ]  # fmt: skip
    raw = {fetch["raw_on_disk"] for one in told["captures"] for fetch in one["fetches"] if fetch["raw_file"]}
    assert raw <= {"taken down", "intact"}
    assert "taken down" in yard.run("inspect", "show", str(ARTICLE)).out


def test_a_title_may_go_too(yard: Yard) -> None:
    title = article(yard)["title"]
    taken_down(yard, title="A release")
    assert article(yard)["title"] == "A release"
    assert document.parse((yard.archive / article(yard)["path"]).read_bytes()).title == "A release"
    rows = yard.rows("SELECT title FROM revisions WHERE article_id = ?", ARTICLE)
    assert {row["title"] for row in rows} == {"A release"}
    assert not yard.rows("SELECT id FROM feed_items WHERE title = ?", title)
    assert (
        yard.run("verify").code == 0
    )  # the statement keeps the old title, and that is no change of the rows


def test_nobody_to_be_asked_is_wrong_usage_and_changes_nothing(yard: Yard) -> None:
    before = yard.files()
    ended = yard.run("takedown", str(ARTICLE), "--reason", "none")
    assert ended.code == 2
    assert "--yes" in ended.err
    missing = yard.run("takedown", "999", *WHY)
    assert missing.code == 1
    assert 'no article "999"' in missing.err
    assert differences(before, yard.files()) == []
    assert yard.rows("SELECT id FROM takedowns") == []


STEPS = {
    "the tombstone is intended": (SqlTakedowns, "revise"),
    "files are removed": (Removal, "remove"),
    "records are buried": (Graveyard, "bury"),
    "all is done": (SqlTakedowns, "finish_takedown"),
}


@pytest.mark.parametrize("step", STEPS)
async def test_what_was_interrupted_is_finished_by_asking_again(
    step: str, yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step fails once; the second time everything is as if nothing had happened."""
    sentence = body(yard).encode()
    settings = config.load(yard.config)
    order = Order(article=ARTICLE, reason="A court asked for it", raw=True)

    def fail(*_: object, **__: object) -> None:
        raise ArchiveError("the disk is gone")

    with monkeypatch.context() as broken:
        owner, name = STEPS[step]
        broken.setattr(owner, name, fail)
        with pytest.raises(ArchiveError):
            await take_down(settings, order)
    [row] = yard.rows("SELECT done_at FROM takedowns")
    assert row["done_at"] is None
    assert article(yard)["taken_down_at"]
    await take_down(settings, order)
    assert [path for path, data in unpacked(yard, feeds=False) if sentence in data] == []
    states = yard.rows(
        "SELECT state, reason FROM revisions WHERE article_id = ? AND state <> 'dropped'", ARTICLE
    )
    assert [row["state"] for row in states] == ["removed", "removed", "done"]
    [row] = yard.rows("SELECT done_at FROM takedowns")
    assert row["done_at"]
    assert yard.rows("SELECT id FROM revisions WHERE state = 'intended'") == []


def torn(path: Path) -> None:
    """The heads of two records in the middle are gone."""
    data = bytearray(path.read_bytes())
    for place in [match.start() for match in re.finditer(rb"\x1f\x8b\x08\x00", data)][3:5]:
        data[place : place + 40] = bytes(40)
    path.write_bytes(data)


def replaced(path: Path) -> None:
    """A link that leads nowhere stands in its place."""
    path.unlink()
    path.symlink_to("/nowhere")


@pytest.mark.parametrize("harm", [torn, replaced])
def test_a_raw_file_that_cannot_be_searched_is_told_and_the_rest_is_done(
    yard: Yard, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of a raw file that no row knows, as a restore from elsewhere leaves it: nobody can say what it holds."""
    sentence = body(yard).encode()
    [whole, *_] = sorted((yard.archive / "warc").rglob("*.warc.gz"))
    other = whole.with_name(f"19990101000000-1{whole.name[-12:]}")
    shutil.copy(whole, other)
    harm(other)
    name = other.relative_to(yard.archive).as_posix()
    code, out, err = command(yard, capsys, "--raw")
    assert (code, out.startswith(f"article {ARTICLE}: taken down; 2 revisions and ")) == (1, True)
    assert f"crawler: {name} could not be searched from byte " in err
    assert "give the same command again" in err
    aside = other.rename(yard.folder / "aside")
    assert [path for path, data in unpacked(yard, feeds=False) if sentence in data] == []
    aside.rename(other)
    code, out, err = command(yard, capsys, "--raw", "--json")
    told = json.loads(out)
    assert (code, err, told["before"], {one["file"] for one in told["unsearched"]}) == (1, "", True, {name})
    assert all(one["why"] and one["offset"] >= 0 for one in told["unsearched"])
    assert command(yard, capsys)[0] == 0  # without --raw nothing is searched
    other.unlink()
    code, out, _ = command(yard, capsys, "--raw", "--json")
    assert (code, json.loads(out)["unsearched"]) == (0, [])


def test_a_reader_that_keeps_the_text_in_the_database_is_told_and_the_repeat_clears_it(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what was deleted before: free pages, and rows that an ordinary visit wrote over."""
    sentence, database = body(yard).encode(), yard.archive / "crawler.db"
    yard.change("CREATE TABLE dropped AS SELECT ? || hex(zeroblob(9000)) AS old", sentence.decode())
    yard.change("DROP TABLE dropped")
    assert sentence in database.read_bytes()
    settings = yard.config.read_text()
    yard.config.write_text(f'{settings}\n[store]\nbusy_timeout = "100ms"\n')
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN").execute("SELECT count(*) FROM articles").fetchall()
        code, out, err = command(yard, capsys)
        assert (code, out.startswith(f"article {ARTICLE}: taken down; 2 revisions")) == (1, True)
        assert err.splitlines() == [
            f"crawler: the text may still stand in {database}: a reader holds the database; "
            "give the same command again when that is over"
        ]
        [told] = json.loads(command(yard, capsys, "--json")[1])["lingering"]
        assert (told["file"], told["why"]) == (str(database), "a reader holds the database")
    assert command(yard, capsys)[0] == 0
    assert not [path for path in yard.archive.glob("crawler.db*") if sentence in path.read_bytes()]


def test_what_was_set_aside_goes_too_and_what_cannot_be_told_apart_is_named(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the folders of ``repair``, in quarantine, and in a database that a rebuild replaced."""
    sentence, own = body(yard).encode(), article(yard)
    document_, root = (yard.archive / own["path"]).read_bytes(), yard.archive
    others = (root / yard.rows("SELECT path FROM articles WHERE id = 1")[0]["path"]).read_bytes()
    [volume, *_] = sorted((root / "warc").rglob("*.warc.gz"))
    kept = {
        f"repaired/{own['path']}.0123456789ab": b"cut " + sentence,
        "orphans/content/elsewhere.md": document_.replace(b"<p>", b"<p>Altered. ", 1),
        "orphans/content/exact.md": document_,
    }
    named = {
        "orphans/notes.txt": own["source_link"].encode() + sentence,
        "orphans/warc/volume.warc.gz": volume.read_bytes(),
        "quarantine/warc/19990101000000-1.bin": b"torn",
    }
    left = {"orphans/content/other.md": others, "repaired/log/entries": own["source_link"].encode()}
    for path, data in {**kept, **named, **left}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (root / "orphans/link").symlink_to("/nowhere")
    lost = root / "crawler.db.lost-20260101T000000000000Z"
    lost.write_bytes(sentence)
    code, out, err = command(yard, capsys, "--raw")
    assert (code, "text may still stand in orphans/notes.txt: the article's link stands in it" in err) == (
        1,
        True,
    )
    assert all(f"set aside: {path}\n" in out and not (root / path).exists() for path in kept)
    told = json.loads(command(yard, capsys, "--raw", "--json")[1])
    assert (told["aside"], {one["file"] for one in told["lingering"]}) == ([], {*named, str(lost)})
    assert {path: (root / path).read_bytes() for path in {**named, **left}} == {**named, **left}
    for path in (*named, lost.name):
        (root / path).unlink()
    assert command(yard, capsys, "--raw")[0] == 0


def command(yard: Yard, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The takedown in this process: exit code, and what it says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stop, "leave", lambda code: code)  # the test's process goes on
        with pytest.raises(SystemExit) as ended:
            cli.main(["--config", str(yard.config), "takedown", str(ARTICLE), *WHY, *words])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


async def test_a_raw_file_that_cannot_be_written_keeps_no_other_from_being_cleared(yard: Yard) -> None:
    """The takedown is not finished, and ends when it can be."""
    sentence = body(yard).encode()
    rows = yard.rows(
        "SELECT DISTINCT w.path FROM warc_records w JOIN revisions r ON r.id = w.revision_id WHERE r.article_id = ?",
        ARTICLE,
    )
    first, second = sorted(yard.archive / row["path"] for row in rows)
    aside = first.rename(yard.folder / "aside")
    first.mkdir()
    order = Order(article=ARTICLE, reason="A court asked for it", raw=True)
    with pytest.raises(ArchiveError):
        await take_down(config.load(yard.config), order)
    assert b"removed: taken down" in b"".join(_records(second.read_bytes()))
    first.rmdir()
    aside.rename(first)
    await take_down(config.load(yard.config), order)
    assert [path for path, data in unpacked(yard, feeds=False) if sentence in data] == []
