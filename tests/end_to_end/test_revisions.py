"""Pages that change between two runs of real processes: found, kept as revisions, and shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Crawled
from tests.journey import Yard, differences, judge, newsroom, stand

_DUE = "UPDATE feed_items SET recheck_at = '2020-01-01T00:00:00.000000Z' WHERE recheck_at IS NOT NULL"


def test_a_wires_edited_page_becomes_a_revision_and_all_others_answer_304(tmp_path: Path) -> None:
    with newsroom(releases=15, wires=5) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config())
        assert yard.crawl().code == 0
        assert judge(wire.postings, yard.documents()).faults == 0
        files = yard.files()
        [looks] = yard.rows(
            "SELECT count(*) AS n, min(recheck_at) > max(captured_at) AS later FROM feed_items WHERE recheck_at IS NOT NULL"
        )
        assert looks["n"] > 5
        assert looks["later"] == 1
        assert yard.crawl().code == 0
        assert differences(files, yard.files()) == [], "what is not due is not asked for"
        [chosen] = yard.rows(
            "SELECT a.id, a.source_link, a.path FROM articles a JOIN feed_items i ON i.id = a.item_id"
            " WHERE i.recheck_at IS NOT NULL AND i.content IS NULL AND i.page_etag IS NOT NULL ORDER BY a.id LIMIT 1"
        )
        wire.edit(chosen["source_link"], paragraph="Seventeen further berths were ordered on the same day.")
        yard.change(_DUE)
        asked = len(wire.log)
        ended = yard.crawl()
        assert ended.code == 0, ended.err
        pages = [entry for entry in list(wire.log)[asked:] if "page" not in entry.target]
        answers = [
            entry.status
            for entry in pages
            if entry.target.endswith(chosen["source_link"].partition("//")[2].partition("/")[2])
        ]
        assert answers == [200]
        unchanged = yard.rows(
            "SELECT count(*) AS n FROM captures WHERE stage = 'recheck' AND outcome = 'unchanged' AND error IS NULL"
        )
        assert unchanged[0]["n"] == looks["n"] - 1
        statuses = yard.rows(
            "SELECT t.status, count(*) AS n FROM fetches t JOIN captures c ON c.id = t.capture_id WHERE c.stage = 'recheck' GROUP BY t.status"
        )
        assert {row["status"]: row["n"] for row in statuses}[304] > looks["n"] / 2
        assert_revised(yard, chosen["id"], chosen["path"], files)


def assert_revised(yard: Yard, article: int, path: str, before: dict[str, bytes]) -> None:
    """The commands tell the edit, and the first revision is there byte for byte."""
    told = yard.run("inspect", "history", str(article), "--json").json
    assert [(one["number"], one["reason"], one["on_disk"]) for one in told["revisions"]] == [
        (1, "first", "intact"), (2, "page edited", "intact"),
    ]  # fmt: skip
    assert told["revisions"][1]["difference"]["words_added"] == 9
    assert told["revisions"][1]["difference"]["words_removed"] == 0
    raw = yard.run("inspect", "show", str(article), "--revision", "1", "--raw")
    assert raw.out.encode() == before[path]
    assert yard.run("inspect", "show", str(article), "--raw").out.encode() == yard.files()[path]
    diff = yard.run("inspect", "diff", str(article)).out.splitlines()
    assert diff[0].startswith(f"--- article {article}, revision 1 (first), ")
    assert "+Seventeen further berths were ordered on the same day." in diff
    back = yard.run("inspect", "diff", str(article), "2", "1", "--json").json
    assert (back["from"], back["to"], back["words_removed"]) == (2, 1, 9)
    changes = yard.run("inspect", "changes", "--since", "1h", "--json").json
    assert [(one["article"], one["revision"], one["reason"]) for one in changes] == [
        (article, 2, "page edited")
    ]


def test_commands_explain_themselves_where_there_is_nothing_to_show(crawled: Crawled, tmp_path: Path) -> None:
    shutil.copytree(crawled.yard.folder, tmp_path, dirs_exist_ok=True)
    with Yard(tmp_path) as yard:
        one = yard.run("inspect", "diff", "1")
        assert (one.code, one.out) == (0, "")
        assert one.err == "article 1 has one revision: there is nothing to compare it with\n"
        assert yard.run("inspect", "diff", "1", "--json").json == {"article": 1, "from": None, "to": None}
        none = yard.run("inspect", "diff", "1", "3", "4")
        assert (none.code, none.err) == (1, "crawler: article 1 has no revision 4; it has only 1\n")
        assert yard.run("inspect", "changes", "--since", "7d").out == "nothing changed\n"
        history = yard.run("inspect", "history", "1").out.splitlines()
        assert history[0].split("\t")[:4] == ["revision", "archived (UTC)", "why", "what changed"]
        assert history[1].split("\t")[2] == "first"
        assert history[2].startswith("its page is looked at again in ")


test_commands_explain_themselves_where_there_is_nothing_to_show = pytest.mark.xdist_group("crawled")(
    test_commands_explain_themselves_where_there_is_nothing_to_show
)


def test_a_release_that_its_wire_killed_is_a_draft_and_nothing_is_lost(tmp_path: Path) -> None:
    first = "Halvorsen Tidal opens a second workshop in Bergen"
    kill = f"KILL NOTICE: {first}"
    with stand() as wire, Yard(tmp_path) as yard:
        wire.page("/1", first)
        wire.feed("/feed", wire.item(first, "/1"))
        yard.configure(wire.table(), processes=1)
        assert yard.crawl().code == 0
        [path] = yard.documents()
        before = yard.files()[path]
        wire.page("/2", kill)
        wire.page("/1", first, status=410)
        wire.feed(
            "/feed", wire.item(first, "/1"), wire.item(kill, "/2", date="Tue, 03 Mar 2026 11:00:00 GMT")
        )
        assert yard.crawl().code == 0
        documents = yard.documents()
        assert {one.title: one.draft for one in documents.values()} == {first: True, kill: False}
        [row] = yard.rows("SELECT path FROM revisions WHERE article_id = 1 AND number = 1")
        assert yard.files()[row["path"]] == before
        told = yard.run("inspect", "history", "1").out
        assert "notice: kill" in told
        assert f"killed by article 2: {kill}" in told
        other = yard.run("inspect", "history", "2").out
        assert f"kills article 1: {first}" in other
        changes = yard.run("inspect", "changes", "--since", "1h", "--json").json
        assert {(one["article"], one["reason"], one["notice"]) for one in changes} == {
            (1, "kill", "kill"), (2, "first", "kill notice"),
        }  # fmt: skip
        assert yard.run("verify").code == 0
