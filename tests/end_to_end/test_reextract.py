"""Kept pages read again by real processes: what is archived comes out of them byte for byte, or is revised."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Crawled
from tests.journey import Yard, differences, stand, until

pytestmark = pytest.mark.xdist_group("crawled")  # the wires are crawled once a run
_EVERY = "SELECT a.id, a.path, a.sha256, a.revision FROM articles a ORDER BY a.id"
_OLDER = "<p>As an older extractor read it.</p>"


def digest(yard: Yard) -> str:
    """Of every file of an archive, the database included: name, bytes and time of change.

    A reader of an SQLite database leaves an index in shared memory and a log, which must be empty.
    """
    told = hashlib.sha256()
    for path in sorted(yard.archive.rglob("*")):
        if path.is_file() and path.name != "crawler.db-shm" and path.stat().st_size:
            told.update(f"{path} {path.stat().st_mtime_ns} ".encode() + path.read_bytes())
    return told.hexdigest()


def copy(crawled: Crawled, folder: Path) -> Yard:
    """The same archive somewhere else, to be changed."""
    shutil.copytree(crawled.yard.folder, folder, dirs_exist_ok=True)
    yard = Yard(folder)
    yard.config.write_text(yard.config.read_text().replace("processes = 2", "processes = 1"))
    return yard


def read_otherwise(yard: Yard, articles: int) -> list[int]:
    """Make the first articles such as another extractor would have left them; their numbers."""
    changed = yard.rows(_EVERY)[:articles]
    for row in changed:
        file = yard.archive / row["path"]
        file.write_bytes(file.read_bytes() + _OLDER.encode())
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        for table in ("articles", "revisions"):
            yard.change(f"UPDATE {table} SET sha256 = ? WHERE path = ?", found, row["path"])
        yard.change(
            "UPDATE extractions SET extractor = 'older 1' WHERE id IN"
            " (SELECT extraction_id FROM revisions WHERE article_id = ?)",
            row["id"],
        )
    return [row["id"] for row in changed]


@pytest.fixture
def older(crawled: Crawled, tmp_path: Path) -> Iterator[Yard]:
    """An archive whose first nine articles an older extractor has read."""
    with copy(crawled, tmp_path / "older") as yard:
        read_otherwise(yard, 9)
        yield yard


# --------------------------------------------------------------------------- looking


def test_every_archived_file_comes_out_of_its_kept_page_again_byte_for_byte(crawled: Crawled) -> None:
    before = digest(crawled.yard)
    ended = crawled.yard.run("reextract", "--json")
    assert (ended.code, ended.err) == (0, ""), ended
    assert ended.json == {"counts": {"unchanged": len(crawled.wire.postings)}, "articles": []}
    assert digest(crawled.yard) == before
    [runs] = crawled.yard.rows("SELECT count(*) AS n FROM runs WHERE command = 'reextract'")
    assert runs["n"] == 0


def test_what_would_change_is_shown_beside_a_running_crawler_and_nothing_is_changed(older: Yard) -> None:
    before = digest(older)
    with (older.archive / "crawler.db.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = older.run("reextract", "--diff", "--extractor-older")
        refused = older.run("reextract", "--apply")
    assert ended.code == 0, ended.err
    head, *lines = ended.out.splitlines()
    assert head.split("\t")[:5] == ["article", "outcome", "fields", "characters gone", "characters come"]
    gone = str(len(_OLDER) - len("<p></p>"))
    rows = [line.split("\t")[:5] for line in lines[:9]]
    assert rows == [[str(number), "changed", "body", gone, "0"] for number in range(1, 10)]
    assert lines.count("-As an older extractor read it.") == 9
    assert sum(line.startswith("+++ article ") for line in lines) == 9
    assert "9 articles read again: 9 would change" in ended.err
    assert "--apply" in ended.err
    assert (refused.code, refused.out) == (1, "")
    assert "is writing to this archive" in refused.err
    assert digest(older) == before


def test_articles_are_chosen_by_their_names(older: Yard) -> None:
    [fifth] = older.rows("SELECT url FROM articles WHERE id = 5")
    told = older.run("reextract", "--json", "--id", "3", "--id", fifth["url"]).json
    assert [one["article"] for one in told["articles"]] == [3, 5]
    ended = older.run("reextract", "--json", "--id", "3", "--id", "99999999")
    assert (ended.code, ended.out) == (1, "")
    assert 'no article "99999999"' in ended.err


# --------------------------------------------------------------------------- applying


def test_changes_are_applied_once_however_often_the_process_is_killed(older: Yard, crawled: Crawled) -> None:
    before = older.files()
    for articles in (1, 3):
        running = older.start("reextract", "--apply")
        until(partial(_applied, older, articles), process=running.process, seconds=120)
        running.send(signal.SIGKILL)
        running.process.wait(10)
    ended = older.run("reextract", "--apply", "--json")
    assert ended.code == 0, ended.err
    assert set(ended.json["counts"]) <= {"unchanged", "applied"}
    assert_applied(older, before, crawled.yard.files())
    told = older.run("inspect", "provenance", "1").out
    assert "revision 2 re-extraction, from the page, done" in told
    assert "revision 1 first, from the page, superseded" in told
    assert not {"missing", "altered"} & set(told.split())
    files = older.files()
    again = older.run("reextract", "--apply", "--json")
    assert again.json["counts"] == {"unchanged": len(crawled.wire.postings)}
    assert differences(files, older.files()) == []


def assert_applied(older: Yard, before: dict[str, bytes], today: dict[str, bytes]) -> None:
    """Nine second revisions with today's bytes, the first ones beside them, nothing open or due."""
    [left] = older.rows(
        "SELECT (SELECT count(*) FROM revisions WHERE state = 'intended' OR number > 2) AS revisions,"
        " (SELECT count(*) FROM feed_items WHERE due_at IS NOT NULL) AS due,"
        " (SELECT count(*) FROM articles WHERE revision <> CASE WHEN id < 10 THEN 2 ELSE 1 END) AS articles"
    )
    assert left == dict.fromkeys(left, 0)
    found = older.files()
    assert {path for path in found if path.startswith("content/")} <= today.keys()
    assert all(
        found[path] == data for path, data in today.items() if path.startswith(("content/", "static/"))
    )
    assert _set_aside(older) == 9
    for row in older.rows(_EVERY)[:9]:
        kept = row["path"].replace("content/", "revisions/").removesuffix(".md") + "/1.md"
        assert found[kept] == before[row["path"]]


def _applied(yard: Yard, articles: int) -> bool:
    return _set_aside(yard) >= articles


def _set_aside(yard: Yard) -> int:
    return sum(1 for _ in (yard.archive / "revisions").rglob("*.md"))


def test_a_new_rule_for_a_host_is_applied_to_what_was_archived_and_taken_back(tmp_path: Path) -> None:
    rule = '\n[[hosts]]\nhost = "127.0.0.1"\ncut_at = ["Ports in six countries"]\n'
    with stand() as wire, Yard(tmp_path) as yard:
        wire.page("/1", "Halvorsen Tidal opens a workshop")
        wire.feed("/feed", wire.item("Halvorsen Tidal opens a workshop", "/1"))
        yard.configure(wire.table(), processes=1)
        assert yard.crawl().code == 0
        first, asked, text = yard.files(), len(wire.asked), yard.config.read_text()
        [path] = yard.documents()
        yard.config.write_text(text + rule)
        ended = yard.run("reextract", "--effort", "fast", "--apply", "--diff")
        assert ended.code == 0, ended.err
        assert "-Ports in six countries have ordered machines" in ended.out
        assert b"Ports in six countries" not in yard.files()[path]
        [newest] = yard.rows("SELECT extractor FROM extractions ORDER BY id DESC LIMIT 1")
        assert newest["extractor"].endswith(", fast")
        yard.config.write_text(text)
        [again] = yard.run("reextract", "--apply", "--json").json["articles"]
        assert (again["outcome"], again["revision"]) == ("applied", 3)
        assert yard.files()[path] == first[path]
        assert len(wire.asked) == asked, "nothing is fetched"


# --------------------------------------------------------------------------- what cannot be


def test_an_archive_that_keeps_no_pages_says_which_setting_would(tmp_path: Path) -> None:
    with stand() as wire, Yard(tmp_path) as yard:
        wire.page("/1", "Halvorsen Tidal opens a workshop")
        wire.feed("/feed", wire.item("Halvorsen Tidal opens a workshop", "/1"))
        yard.configure(wire.table(), processes=1)
        text = yard.config.read_text().replace('root = "archive"', 'root = "archive"\nraw = false')
        yard.config.write_text(text)
        assert yard.crawl().code == 0
        ended = yard.run("reextract")
        assert ended.code == 2
        assert ended.err == (
            f"crawler: {yard.config}: archive.raw: this archive keeps no pages, so there is nothing to read "
            "again; set [archive] raw = true, and what is captured from then on can be\n"
        )
        yard.config.write_text(text.replace("raw = false", "raw = true"))
        ended = yard.run("reextract", "--json")
        assert (ended.code, ended.json["counts"]) == (1, {"missing": 1})


def test_a_kept_page_that_rotted_is_told_and_the_others_are_read(older: Yard) -> None:
    [row] = older.rows(
        "SELECT w.path, w.start, w.size FROM warc_records w JOIN fetches t ON t.id = w.fetch_id"
        " JOIN articles a ON a.item_id = t.item_id WHERE a.id = 2 AND t.status = 200"
    )
    raw = older.archive / row["path"]
    data = bytearray(raw.read_bytes())
    data[row["start"] + row["size"] // 2] ^= 0xFF
    raw.write_bytes(bytes(data))
    ended = older.run("reextract", "--json", "--id", "1", "--id", "2")
    assert (ended.code, ended.json["counts"]) == (1, {"changed": 1, "failed": 1})
    [failed] = [one for one in ended.json["articles"] if one["outcome"] == "failed"]
    assert failed["article"] == 2
    assert "is not whole" in failed["why"]
