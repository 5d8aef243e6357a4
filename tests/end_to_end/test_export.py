"""What is in an export, by its bytes alone; the tools of others judge it in ``tests/replay``."""

from __future__ import annotations

import ctypes
import gzip
import hashlib
import json
import os
import re
import shutil
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crawler import cli
from tests.end_to_end.conftest import Crawled
from tests.end_to_end.test_backup import members
from tests.journey import Yard

pytestmark = pytest.mark.xdist_group("crawled")


def exported(yard: Yard, out: Path, *selection: str) -> dict[str, Any]:
    ended = yard.run("export", "wacz", str(out), *selection, "--json")
    assert ended.code == 0, ended.err
    told: dict[str, Any] = ended.json
    return told


def read(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as opened:
        assert {one.compress_type for one in opened.infolist()} == {zipfile.ZIP_STORED}
        return {name: opened.read(name) for name in opened.namelist()}


def records(package: Path) -> list[bytes]:
    return [
        record
        for path, data in read(package).items()
        if path.startswith("archive/")
        for record in members(data)
    ]


def test_the_same_selection_gives_the_same_bytes(crawled: Crawled, tmp_path: Path) -> None:
    told = exported(crawled.yard, tmp_path / "one.wacz")
    exported(crawled.yard, tmp_path / "two.wacz")
    assert (tmp_path / "one.wacz").read_bytes() == (tmp_path / "two.wacz").read_bytes()
    assert told["articles"] == told["pages"] == crawled.yard.count()


@pytest.mark.parametrize("kind", ["wacz", "bagit"])
@pytest.mark.parametrize("place", ["content/mine", "static/x/mine", "mine"])
def test_nothing_is_exported_into_the_archive_where_it_would_be_published(
    kind: str, place: str, crawled: Crawled, capsys: pytest.CaptureFixture[str]
) -> None:
    out = crawled.yard.archive / place
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(crawled.yard.config), "export", kind, str(out), "--article", "4"])
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        f"crawler: {out}: lies in the archive itself, and what lies in content/ or static/ is published; "
        "name a place outside of it\n"
    )
    assert not out.exists()


@pytest.mark.parametrize(
    ("raw", "code", "said"),
    [
        (False, 2, "archive.raw: .* set \\[archive\\] raw = true .* or use `crawler export bagit`"),
        (True, 1, "no page is kept"),
    ],
)
def test_where_no_page_was_kept_there_is_nothing_to_replay(
    raw: bool, code: int, said: str, crawled: Crawled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    yard = Yard(tmp_path / "bare")
    shutil.copytree(crawled.yard.folder, yard.folder, ignore=shutil.ignore_patterns("*.warc.gz"))
    yard.change("DELETE FROM warc_records")
    told = yard.config.read_text(encoding="utf-8")
    assert "[archive]\n" in told
    yard.config.write_text(
        told.replace("[archive]\n", f"[archive]\nraw = {str(raw).lower()}\n"), encoding="utf-8"
    )
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(yard.config), "export", "wacz", str(tmp_path / "some.wacz")])
    assert end.value.code == code
    assert re.search(said, capsys.readouterr().err)
    assert not (tmp_path / "some.wacz").exists()


def test_a_package_describes_itself(crawled: Crawled, tmp_path: Path) -> None:
    exported(crawled.yard, tmp_path / "some.wacz", "--article", "4", "--article", "9")
    files = read(tmp_path / "some.wacz")
    described = json.loads(files["datapackage.json"])
    assert described["wacz_version"] == "1.1.1"
    for one in described["resources"]:
        data = files.pop(one["path"])
        assert (one["bytes"], one["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
    assert set(files) == {"datapackage.json", "datapackage-digest.json"}
    digest = hashlib.sha256(files["datapackage.json"]).hexdigest()
    assert json.loads(files["datapackage-digest.json"])["hash"] == f"sha256:{digest}"


def test_the_index_leads_to_every_answer_and_the_pages_to_the_index(crawled: Crawled, tmp_path: Path) -> None:
    exported(crawled.yard, tmp_path / "some.wacz", "--article", "4", "--article", "9")
    files = read(tmp_path / "some.wacz")
    packed = files["indexes/index.cdx.gz"]
    lines = gzip.decompress(packed).decode().splitlines()
    assert lines == sorted(lines)
    for line in lines:
        told = json.loads(line[line.index("{") :])
        data = files[f"archive/{told['filename']}"][int(told["offset"]) :][: int(told["length"])]
        [record] = members(data)
        assert f"WARC-Target-URI: {told['url']}\r\n".encode() in record
    meta, block = files["indexes/index.idx"].decode().splitlines()
    place = json.loads(block[block.index("{") :])
    assert json.loads(meta.removeprefix("!meta 0 "))["filename"] == "index.cdx.gz"
    assert packed[place["offset"] : place["offset"] + place["length"]] == packed
    head, *pages = [json.loads(line) for line in files["pages/pages.jsonl"].splitlines()]
    assert head["format"] == "json-pages-1.0"
    assert {page["id"] for page in pages} == {"4", "9"}
    stamps = {(json.loads(line[line.index("{") :])["url"], line.split(" ")[1]) for line in lines}
    for page in pages:
        assert (page["url"], "".join(sign for sign in page["ts"] if sign.isdigit())[:14]) in stamps
        [row] = crawled.yard.rows("SELECT title FROM articles WHERE id = ?", int(page["id"]))
        assert page["title"] == row["title"]
        assert len(page["text"]) > 100


def test_an_article_brings_its_own_records_and_no_others(crawled: Crawled, tmp_path: Path) -> None:
    exported(crawled.yard, tmp_path / "one.wacz", "--article", "4")
    [row] = crawled.yard.rows("SELECT item_id FROM articles WHERE id = 4")
    urls = {
        row["url"] for row in crawled.yard.rows("SELECT url FROM fetches WHERE item_id = ?", row["item_id"])
    }
    types = [record.split(b"\r\n")[1] for record in records(tmp_path / "one.wacz")]
    assert set(types) == {
        b"WARC-Type: warcinfo", b"WARC-Type: response", b"WARC-Type: request", b"WARC-Type: metadata",
        b"WARC-Type: conversion", b"WARC-Type: resource",
    }  # fmt: skip
    for record in records(tmp_path / "one.wacz"):
        if record.split(b"\r\n")[1] in {b"WARC-Type: response", b"WARC-Type: request"}:
            fields = dict(
                line.split(b": ", 1) for line in record.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
            )
            assert fields[b"WARC-Target-URI"].decode() in urls


def test_a_revisit_brings_the_body_it_stands_for(crawled: Crawled, tmp_path: Path) -> None:
    """Another article's page is made one of the same body, as the database would have it."""
    yard = Yard(tmp_path / "copy")
    shutil.copytree(crawled.yard.folder, yard.folder)
    page = (
        "SELECT w.id FROM warc_records w JOIN fetches t ON t.id = w.fetch_id JOIN articles a USING (item_id)"
    )
    [first] = yard.rows(f"{page} WHERE a.id = 4 AND t.status = 200")
    [other] = yard.rows(f"{page} WHERE a.id = 9 AND t.status = 200")
    yard.change("UPDATE warc_records SET refers_to = ? WHERE id = ?", first["id"], other["id"])
    exported(yard, tmp_path / "one.wacz", "--article", "9")
    [row] = yard.rows("SELECT url FROM warc_records WHERE id = ?", first["id"])
    assert any(f"WARC-Target-URI: {row['url']}\r\n".encode() in one for one in records(tmp_path / "one.wacz"))


def test_what_cannot_be_read_is_named_and_left_out(crawled: Crawled, tmp_path: Path) -> None:
    yard = Yard(tmp_path / "copy")
    shutil.copytree(crawled.yard.folder, yard.folder)
    [row] = yard.rows("SELECT * FROM warc_records WHERE type = 'response' ORDER BY id DESC LIMIT 1")
    data = bytearray((yard.archive / row["path"]).read_bytes())
    data[row["start"] + row["size"] // 2] ^= 1
    (yard.archive / row["path"]).write_bytes(data)
    gone = next(path for path in yard.files() if path.startswith("content/"))
    (yard.archive / gone).unlink()
    ended = yard.run("export", "bagit", str(tmp_path / "bag"))
    assert ended.code == 1
    named = [line for line in ended.lines if "not exported" in line]
    assert len(named) == 2
    assert any(gone in line for line in named)
    assert any(f"the record at {row['start']} is not whole" in line for line in named)
    assert (tmp_path / "bag" / "bagit.txt").is_file()


@pytest.mark.parametrize(
    "command",
    [("export", "bagit", "b"), ("reextract",), ("inspect", "articles"), ("inspect", "changes")],
    ids=" ".join,
)
def test_a_mistyped_wire_is_wrong_usage_also_beside_a_right_one(
    command: tuple[str, ...],
    crawled: Crawled,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    right = crawled.yard.rows("SELECT source FROM articles WHERE revision > 0")[0]["source"]
    beside = () if command[0] == "inspect" else ("--source", right)
    for wrong in (right.swapcase(), right[:1] + right):
        with pytest.raises(SystemExit) as end:
            cli.main(["--config", str(crawled.yard.config), *command, *beside, "--source", wrong])
        said = " ".join(capsys.readouterr().err.split())
        assert (end.value.code, f'no wire is named "{wrong}"; did you mean "{right}"?' in said) == (2, True)
    assert not list(tmp_path.iterdir())


def test_a_bag_is_made_of_what_can_be_read(
    crawled: Crawled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A link, a folder and a forbidden file in the places of others, and a link in the place of a folder."""
    yard = Yard(tmp_path / "copy")
    shutil.copytree(crawled.yard.folder, yard.folder)
    link, folder, forbidden, *_ = sorted(path for path in yard.files() if path.startswith("content/"))
    [row] = yard.rows("SELECT qrcode_path FROM revisions WHERE path = ?", link)
    image, chosen = (
        row["qrcode_path"],
        [word for path in (link, folder, forbidden) for word in ("--article", path)],
    )
    for path in (link, folder):
        (yard.archive / path).unlink()
    (yard.archive / link).symlink_to("/nowhere")
    (yard.archive / folder).mkdir()
    (yard.archive / forbidden).chmod(0)
    named = [link, folder, image]
    (yard.archive / image).parent.rename(yard.folder / "aside")
    (yard.archive / image).parent.symlink_to(yard.folder / "aside")
    with _without_privileges() as forbids, pytest.raises(SystemExit) as end:
        cli.main(["--config", str(yard.config), "export", "bagit", str(tmp_path / "bag"), *chosen])
    told = [line for line in capsys.readouterr().err.splitlines() if "not exported" in line]
    for path in [*named, forbidden] if forbids else named:
        assert any(path in line for line in told), path
    assert (end.value.code, (tmp_path / "bag" / "bagit.txt").is_file()) == (1, True)


@contextmanager
def _without_privileges() -> Iterator[bool]:
    """Root's own right to read everything, laid down for this thread and those it starts; whether that could be done."""
    if os.geteuid() != 0:
        yield True
        return
    library = ctypes.CDLL(None, use_errno=True)
    head = struct.pack("<Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread (capabilities(7))
    before = ctypes.create_string_buffer(24)
    if library.capget(head, before) != 0:
        yield False
        return
    effective, *others = struct.unpack("<6I", before.raw)
    reduced = struct.pack("<6I", effective & ~0b110, *others)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    done = library.capset(head, reduced) == 0
    try:
        yield done
    finally:
        library.capset(head, before)


def test_a_bag_holds_each_file_its_provenance_and_right_checksums(crawled: Crawled, tmp_path: Path) -> None:
    ended = crawled.yard.run("export", "bagit", str(tmp_path / "bag"), "--article", "4")
    assert ended.code == 0, ended.err
    bag = tmp_path / "bag"
    files = {path.relative_to(bag).as_posix() for path in (bag / "data").rglob("*") if path.is_file()}
    [row] = crawled.yard.rows("SELECT path, sha256 FROM articles WHERE id = 4")
    assert f"data/{row['path']}" in files
    for name in ("sha256", "sha512"):
        told = dict(
            line.split("  ")[::-1] for line in (bag / f"manifest-{name}.txt").read_text().splitlines()
        )
        assert set(told) == files
        assert all(hashlib.new(name, (bag / path).read_bytes()).hexdigest() == told[path] for path in files)
    chain = json.loads((bag / "data/provenance/4.json").read_text())
    assert chain["revisions"][-1]["files"]["document"]["sha256"] == row["sha256"]
    size = sum((bag / path).stat().st_size for path in files)
    assert f"Payload-Oxum: {size}.{len(files)}\n" in (bag / "bag-info.txt").read_text()


@pytest.mark.parametrize("form", ["wacz", "bagit"])
def test_nothing_is_overwritten_and_an_empty_selection_is_told(
    form: str, crawled: Crawled, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("all of it")
    ended = crawled.yard.run("export", form, str(tmp_path / "mine"))
    assert (ended.code, "nothing is ever overwritten" in ended.err) == (1, True)
    assert (tmp_path / "mine").read_text() == "all of it"
    ended = crawled.yard.run("export", form, str(tmp_path / "none"), "--until", "1990-01-01")
    assert (ended.code, "no article matches" in ended.err) == (1, True)
    assert {one.name for one in tmp_path.iterdir()} == {"mine"}
