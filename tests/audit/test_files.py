"""Files against rows, and rows against files."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.audit import files, strays
from crawler.audit.facts import Expected, FileLook
from tests.audit.samples import (
    CONTENT,
    DRAWN,
    FIRST,
    IMAGE,
    OLDER,
    SECOND,
    URL,
    article,
    document,
    look,
    revision,
)

WANT = Expected(path=CONTENT, sha256=SECOND, size=102, kind="content", article=7)


def test_an_article_wants_its_file_its_earlier_files_and_its_image() -> None:
    wanted = {(one.path, one.sha256, one.kind) for one in files.expected(article())}
    assert wanted == {(CONTENT, SECOND, "content"), (OLDER, FIRST, "revision"), (IMAGE, DRAWN, "qrcode")}


@pytest.mark.parametrize("kind", ["content", "revision", "qrcode"])
def test_d51_each_kind_of_file_is_named_when_it_is_missing_or_altered(kind: Any) -> None:
    want = Expected(path=CONTENT, sha256=SECOND, size=102, kind=kind, article=7)
    missing = files.judge(want, FileLook(path=CONTENT, place="missing"))
    altered = files.judge(want, look(sha256=FIRST))
    assert missing
    assert altered
    codes = {"content": ("F201", "F202"), "revision": ("F206", "F207"), "qrcode": ("F208", "F209")}
    assert (missing.code, altered.code) == codes[kind]
    assert (altered.where, altered.article, altered.wanted, altered.found) == (CONTENT, 7, SECOND, FIRST)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"size": 99}, "F202"),
        ({"sha256": FIRST, "size": 99}, "F202"),
        ({"sha256": None}, None),
        ({"sha256": None, "size": 99}, "F202"),
        ({"place": "link"}, "F204"),
        ({"place": "folder"}, "F204"),
        ({"place": "special"}, "F204"),
        ({"place": "unreadable"}, "F205"),
        ({"place": "long"}, "F205"),
    ],
)
def test_d51_what_lies_in_a_files_place_is_judged(changes: dict[str, Any], code: str | None) -> None:
    found = files.judge(WANT, look(**changes))
    assert (found.code if found else None) == code


def test_while_a_revision_is_written_its_file_may_be_the_newer_one() -> None:
    during = article(revision(1, state="superseded", path=OLDER), revision(2), revision(3, state="intended"))
    [want] = [one for one in files.expected(during) if one.kind == "content"]
    assert files.judge(want, look(sha256="3" * 64, size=103)) is None
    assert files.judge(want, look(sha256=None, size=103)) is None
    assert files.judge(want, look(sha256=FIRST, size=101)) is not None


def test_what_was_taken_down_must_not_be_there_again() -> None:
    down = article(revision(1, state="removed"), revision(2), taken_down_at="2026-04-01T00:00:00Z")
    [want] = [one for one in files.expected(down) if one.removed]
    assert files.judge(want, FileLook(path=CONTENT, place="missing")) is None
    assert files.judge(want, look()) is None  # the tombstone
    again = files.judge(want, look(sha256=FIRST))
    assert again
    assert again.code == "F215"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, False),
        ({"article_id": 8}, True),
        ({"feed_item_id": 8}, True),
        ({"title": "Another"}, True),
        ({"date": "2026-03-03T09:30:01Z"}, True),
        ({"draft": True}, True),
        ({"url": "another"}, True),
        ({"qrcode": "https://archive.example/stand-wire/qrcode/263/3/other.webp"}, True),
        ({"source_link": "https://stand.example/other"}, True),
    ],
)
def test_d51_front_matter_says_what_the_row_says(changes: dict[str, Any], wrong: bool) -> None:
    found = list(files.front(article(), look(document=document(**changes))))
    assert [one.code for one in found] == (["F203"] if wrong else [])


def test_a_file_that_is_no_article_is_named_only_if_it_is_the_one_that_was_written() -> None:
    broken = look(document=None, trouble="line 1: is no fence")
    assert [one.code for one in files.front(article(), broken)] == ["F203"]
    assert list(files.front(article(), look(sha256=FIRST))) == []


def test_an_earlier_files_link_is_not_the_newest_rows() -> None:
    older = look(OLDER, sha256=FIRST, document=document(source_link="https://stand.example/before"))
    assert list(files.front(article(), older)) == []
    assert list(files.front(article(source_link=None), look())) == []


# --------------------------------------------------------------------------- strays


PROOF = "static/stand-wire/proof/tideA1bC.json"


def test_a_published_proof_that_no_article_has_is_told_and_a_folder_of_that_name_without_images_is_not() -> (
    None
):
    for path in ("static/stand-wire/proof/nobodys.json", "static/stand-wire/proof/deep/x.json.old"):
        found = strays.judge(FileLook(path=path, place="file"), None)
        assert found is not None
        assert (found.code, found.where) == ("F210", path)
        assert strays.images_beside(path) == "static/stand-wire/qrcode"
    assert strays.images_beside(IMAGE) is strays.images_beside("static/proof/x.json") is None


def test_a_path_tells_by_which_row_it_may_be_known() -> None:
    assert strays.name(CONTENT) == strays.name(OLDER) == ("url", URL)
    assert strays.name(IMAGE) == ("code", "tideA1bC")
    assert strays.name(PROOF) == ("code", "tideA1bC")
    assert strays.name("content/about.md") is None
    assert strays.known(CONTENT, article())
    assert strays.known(IMAGE, article())
    assert strays.known(PROOF, article())
    assert not strays.known("static/other-wire/proof/tideA1bC.json", article())
    assert not strays.known("content/other.md", article())
    assert not strays.known(CONTENT, None)


def test_the_sites_own_files_are_not_ours() -> None:
    for path in (
        "content/_index.md",
        "content/about/index.md",
        "static/favicon.ico",
        "static/x/proof.json",
    ):
        assert strays.judge(FileLook(path=path, place="file", sha256=FIRST), None) is None
    assert strays.judge(FileLook(path="content/x", place="special"), None) is None
    assert strays.is_raw("warc/2026/03/a.cdxj")
    assert not strays.is_raw("warc/2026/03/a.txt")


@pytest.mark.parametrize(
    ("path", "changes", "code"),
    [
        ("content/stand-wire/2026/03/x.md", {"document": None}, "F210"),
        ("content/stand-wire/2026/03/x.md", {}, "F211"),
        ("content/x.md", {}, "F211"),
        ("content/x.md", {"document": None}, None),
        ("content/x", {"place": "link"}, "F213"),
        ("content/stand-wire/2026/03/x", {"place": "special"}, "F213"),
        ("revisions/stand-wire/2026/03/x/1.md", {"document": None}, "F210"),
        ("revisions/lost", {"place": "unreadable"}, "F213"),
        ("static/stand-wire/qrcode/263/3/x.webp", {"document": None}, "F210"),
        ("warc/2026/03/x.txt", {"document": None}, "F210"),
        ("static/.tmp-" + "0" * 24, {}, "F212"),
        ("static/.tmp-" + "0" * 24, {"place": "missing"}, None),
        ("revisions/a/found-222222222222.md", {}, None),
        ("revisions/a/found-222222222222.md", {"sha256": None}, None),
        ("revisions/a/found-111111111111.md", {}, "F214"),
        ("revisions/a", {"place": "missing"}, None),
        (f"quarantine/{SECOND}.bin", {}, None),
        (f"quarantine/{SECOND}.bin", {"sha256": None}, None),
        (f"quarantine/{FIRST}.bin", {}, "F214"),
        (f"quarantine/{FIRST}.json", {}, None),
        ("quarantine/warc/20260314-00001-8192.bin", {}, None),
        ("quarantine/notes.txt", {}, "F210"),
        ("quarantine/sub", {"place": "link"}, "F213"),
        ("log/.tmp-" + "0" * 24, {}, "F212"),
        ("log/notes.txt", {"document": None}, None),
    ],
)
def test_d51_a_file_that_no_row_knows_is_named(path: str, changes: dict[str, Any], code: str | None) -> None:
    found = strays.judge(look(path, **changes), None)
    assert (found.code if found else None) == code


def test_a_document_in_quarantine_and_what_is_said_of_it_belong_together() -> None:
    document, story = f"quarantine/{FIRST}.bin", f"quarantine/{FIRST}.json"
    assert (strays.partner(document), strays.partner(story)) == (story, document)
    assert strays.partner("quarantine/warc/20260314-00001-8192.bin") is None
    assert [strays.parted(path).code for path in (document, story)] == ["F216", "F217"]
    assert strays.needs_reading(document)
    assert not strays.needs_reading(story)


def test_a_revision_that_was_moved_aside_for_a_dropped_one_is_a_copy() -> None:
    path = OLDER.replace("1.md", "2.md")
    assert strays.judge(look(path), article()) is None
    assert strays.judge(look(path, sha256=None), article()) is None
    other = strays.judge(look(path, sha256="9" * 64, document=None), article())
    assert other
    assert (other.code, other.article) == ("F210", 7)
    assert strays.judge(look(CONTENT + "x", document=None), article()) is not None
    assert strays.needs_reading(path)
    assert strays.is_temporary(".tmp-" + "a" * 24)
