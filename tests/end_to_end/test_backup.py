"""Backups of real archives, taken beside a daemon that archives, and what is restored from them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import cli, config
from crawler.app.backup import Backup, Progress
from crawler.app.restore import restore
from crawler.archive.tree import Tree
from crawler.errors import ArchiveError, StoreError
from crawler.model.backup import BackedUp
from tests.end_to_end.conftest import Crawled
from tests.journey import Yard, control, judge, newsroom, until

pytestmark = pytest.mark.xdist_group("crawled")
SOON = 'initial = "1s"\nfloor = "1s"\nceiling = "1s"'


def looked_into(root: Path, question: str, *values: object) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{root}/crawler.db?mode=ro&immutable=1", uri=True)) as found:
        found.row_factory = sqlite3.Row
        return [dict(row) for row in found.execute(question, values)]


def members(data: bytes) -> Iterator[bytes]:
    """What the gzip members of a whole WARC file hold; fails on a torn one."""
    while data:
        stream = zlib.decompressobj(31)
        held = stream.decompress(data)
        assert stream.eof
        data = stream.unused_data
        yield held


def assert_whole(root: Path) -> int:
    """Database, files and raw records of a restored archive agree, by digests alone; how many articles."""
    assert looked_into(root, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    named = {}
    for row in looked_into(root, "SELECT * FROM revisions WHERE state IN ('done', 'superseded')"):
        named[row["path"]] = row["sha256"]
        named[row["qrcode_path"]] = row["qrcode_sha256"]
    for path, digest in named.items():
        assert hashlib.sha256((root / path).read_bytes()).hexdigest() == digest, path
    intended = {
        row["path"] for row in looked_into(root, "SELECT path FROM revisions WHERE state = 'intended'")
    }
    there = {path.relative_to(root).as_posix() for path in (root / "content").rglob("*.md")}
    assert there <= set(named) | intended
    for row in looked_into(root, "SELECT * FROM warc_records"):
        data = (root / row["path"]).read_bytes()[row["start"] : row["start"] + row["size"]]
        [record] = members(data)
        if row["type"] == "response":
            body = record.split(b"\r\n\r\n", 2)[2].removesuffix(b"\r\n\r\n")
            assert hashlib.sha256(body).hexdigest() == row["sha256"]
    for file in (root / "warc").rglob("*.warc.gz"):
        assert all(record.startswith(b"WARC/1.1\r\n") for record in members(file.read_bytes()))
        assert file.with_name(file.name.removesuffix(".warc.gz") + ".cdxj").is_file()
    assert not list((root / "warc").rglob("*.open"))
    return int(looked_into(root, "SELECT count(*) AS n FROM articles WHERE revision > 0")[0]["n"])


def taken(yard: Yard, target: Path, **options: Any) -> BackedUp:
    """A backup, in this process."""
    done = Backup(config=config.load(yard.config), target=target, **({"observe": lambda far: None} | options))
    return done.run()


def inodes(backup: Path) -> dict[str, int]:
    archive = backup / "archive"
    return {
        path.relative_to(archive).as_posix(): path.stat().st_ino
        for path in archive.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def copy(crawled: Crawled, tmp_path: Path) -> Yard:
    """A yard with an archive of its own, to be spoiled."""
    yard = Yard(tmp_path / "copy")
    shutil.copytree(crawled.yard.folder, yard.folder)
    return yard


# --------------------------------------------------------------------------- beside a daemon


def test_d54_backups_beside_a_daemon_that_archives_are_restored_whole_and_crawled_on(tmp_path: Path) -> None:
    with newsroom(releases=16, wires=4, seed=5) as wire, Yard(tmp_path / "yard") as yard:
        daemon = yard.configure(wire.config(), poll=SOON).start("run")
        until(lambda: yard.count() > 2, process=daemon.process)
        counts = []
        for number in range(3):
            control(wire, "publish?n=4")
            done = yard.run("backup", str(tmp_path / "backups"), "--json")
            assert done.code == 0, done.err
            root = tmp_path / f"restored{number}"
            restore(Path(done.json["backup"]), root, lambda far: None)
            counts.append(assert_whole(root))
            assert counts[-1] == done.json["counts"]["articles"]
        assert daemon.process.poll() is None
        daemon.send(signal.SIGTERM)
        assert daemon.wait(20).code == 0
        assert counts == sorted(counts)

        other = Yard(tmp_path / "other")
        with other:
            other.configure(wire.config(), poll=SOON)
            shutil.copytree(root, other.archive)
            verified = other.run("verify", "--json")
            assert verified.code == 0, verified.out
            known = {row["item_id"] for row in other.rows("SELECT item_id FROM articles WHERE revision > 0")}
            [due] = other.rows(
                "SELECT max(next_poll_at) AS at FROM feeds"
            )  # within its floor no feed is asked
            until(lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" > due["at"])
            ended = other.crawl()
            assert ended.code == 0, ended.err
            assert set(yard.documents()) <= set(
                other.documents()
            )  # what came last the daemon may not have seen
            assert judge(wire.postings, other.documents()).torn == []
            [run] = other.rows("SELECT max(id) AS id FROM runs")
            fetched = other.rows(
                "SELECT item_id FROM fetches WHERE run_id = ? AND item_id IS NOT NULL", run["id"]
            )
            assert not known & {row["item_id"] for row in fetched}
            assert_whole(other.archive)
            verified = other.run("verify", "--json")
            assert verified.code == 0, verified.out


def test_d54_a_killed_backup_leaves_nothing_under_a_final_name(crawled: Crawled, tmp_path: Path) -> None:
    for files in (0, 5, 20, 60):
        backing = crawled.yard.start("backup", str(tmp_path))

        def far(wanted: int = files) -> bool:
            partial = next(tmp_path.glob("*.partial"), None)
            return partial is not None and sum(len(names) for *_, names in os.walk(partial)) >= wanted

        until(far, process=backing.process)
        backing.send(signal.SIGKILL)
        if backing.process.wait(10) == -signal.SIGKILL:
            finished = [one for one in tmp_path.iterdir() if one.name[0] != "." and one.suffix != ".partial"]
            for one in finished:  # it was published before the signal came
                assert (one / "manifest.json").is_file()
    done = taken(crawled.yard, tmp_path)
    assert not list(tmp_path.glob("*.partial"))
    restore(Path(done.path), tmp_path.parent / "again", lambda far: None)
    assert assert_whole(tmp_path.parent / "again") == crawled.yard.count()


# --------------------------------------------------------------------------- what is copied


def test_a_second_backup_shares_what_has_not_changed(crawled: Crawled, tmp_path: Path) -> None:
    first, second = taken(crawled.yard, tmp_path), taken(crawled.yard, tmp_path)
    before, after = inodes(Path(first.path)), inodes(Path(second.path))
    assert before.keys() == after.keys()
    assert {path for path in before if before[path] != after[path]} == {"crawler.db"}
    assert second.manifest["counts"]["unchanged"] == len(before) - 1
    assert second.manifest["counts"]["copied_bytes"] < first.manifest["counts"]["copied_bytes"]


def test_what_rotted_in_a_backup_is_in_no_later_one(crawled: Crawled, tmp_path: Path) -> None:
    first = Path(taken(crawled.yard, tmp_path / "b").path) / "archive"
    for file in (next((first / "content").rglob("*.md")), next((first / "warc").rglob("*.warc.gz"))):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(bytes(data))
    second = taken(crawled.yard, tmp_path / "b")
    restore(Path(second.path), tmp_path / "root", lambda far: None)
    assert assert_whole(tmp_path / "root") == crawled.yard.count()


@pytest.mark.parametrize(
    ("name", "data"), [("files.jsonl", b"[]"), ("manifest.json", b"{"), ("manifest.json", b"{}")]
)
def test_a_damaged_backup_hinders_no_later_one(
    name: str, data: bytes, crawled: Crawled, tmp_path: Path
) -> None:
    damaged = Path(taken(crawled.yard, tmp_path / "b").path)
    (damaged / name).write_bytes(data)
    later = taken(crawled.yard, tmp_path / "b")
    restore(Path(later.path), tmp_path / "root", lambda far: None)
    assert assert_whole(tmp_path / "root") == crawled.yard.count()


def test_no_backup_lies_in_the_archive_and_no_archive_in_a_backup(copy: Yard, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="lies in the archive itself"):
        taken(copy, copy.archive / "backups")
    assert not (copy.archive / "backups").exists()
    backup = Path(taken(copy, tmp_path / "b").path)
    with pytest.raises(ArchiveError, match="lies in the backup itself"):
        restore(backup, backup / "root", lambda far: None)
    with pytest.raises(ArchiveError, match="is no folder"):
        restore(backup, tmp_path / "b" / ".lock", lambda far: None)


def test_copies_are_files_of_their_own_and_links_are_not(crawled: Crawled, tmp_path: Path) -> None:
    path = next(path for path in crawled.yard.files() if path.startswith("content/"))
    origin = (crawled.yard.archive / path).stat().st_ino
    assert inodes(Path(taken(crawled.yard, tmp_path / "copied").path))[path] != origin
    linked = taken(crawled.yard, tmp_path / "linked", link=True)
    assert inodes(Path(linked.path))[path] == origin
    restore(Path(linked.path), tmp_path / "root", lambda far: None)
    assert (tmp_path / "root" / path).stat().st_ino != origin
    assert assert_whole(tmp_path / "root") == crawled.yard.count()


def test_the_manifest_tells_every_file_with_size_and_digest(crawled: Crawled, tmp_path: Path) -> None:
    done = taken(crawled.yard, tmp_path)
    folder = Path(done.path)
    told = json.loads((folder / "manifest.json").read_text())
    lines = [json.loads(line) for line in (folder / "files.jsonl").read_text().splitlines()]
    assert {line["path"] for line in lines} == set(inodes(folder))
    for line in lines:
        data = (folder / "archive" / line["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (line["size"], line["sha256"])
    assert told["counts"]["files"] == len(lines)
    assert told["counts"]["bytes"] == sum(line["size"] for line in lines)
    assert (told["run"]["command"], told["run"]["outcome"], told["missing"]) == ("crawl", "done", [])


def test_no_configuration_and_no_secret_of_it_is_in_a_backup(crawled: Crawled, tmp_path: Path) -> None:
    done = taken(crawled.yard, tmp_path)
    names = {Path(path).name for path in inodes(Path(done.path))}
    assert not {name for name in names if name.endswith(".toml")}
    assert {Path(path).parts[0] for path in inodes(Path(done.path))} <= {
        "content", "static", "warc", "crawler.db", "revisions", "log", "quarantine"
    }  # fmt: skip


def test_the_oldest_backups_go_and_the_newest_never(crawled: Crawled, tmp_path: Path) -> None:
    now = datetime(2025, 2, 26, tzinfo=UTC)
    for day in range(3):
        taken(crawled.yard, tmp_path, now=lambda day=day: now + timedelta(days=day))
    (tmp_path / "20250101T000000Z").mkdir()  # not a backup: it has no manifest
    done = taken(crawled.yard, tmp_path, now=lambda: now, keep=2)
    assert Path(done.path).name == "20250226T000000Z-2"
    assert done.pruned == (
        "20250226T000000Z",
        "20250227T000000Z",
    )  # what was just made stays, whatever it is called
    assert {one.name for one in tmp_path.iterdir()} == {
        ".lock", "20250101T000000Z", "20250226T000000Z-2", "20250228T000000Z"
    }  # fmt: skip


def test_a_disk_that_is_too_small_is_told_before_it_is_full(
    crawled: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**6))  # type: ignore[attr-defined]
    with pytest.raises(ArchiveError, match=r"takes \d+ bytes more, but only 1000000 are free.*--keep"):
        taken(crawled.yard, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [".lock"]


# --------------------------------------------------------------------------- what happens meanwhile


def during(stage: str, deed: Callable[[], None]) -> Callable[[Progress], None]:
    """An observer that does something once, when a stage is at its end."""
    waiting = [deed]

    def observe(far: Progress) -> None:
        if waiting and far.stage == stage and far.done == far.total:
            waiting.pop()()

    return observe


def test_a_raw_file_that_is_written_anew_meanwhile_makes_no_backup(copy: Yard, tmp_path: Path) -> None:
    [volume] = (copy.archive / "warc").rglob("*.warc.gz")

    def taken_down() -> None:
        beside = volume.with_name(".tmp-beside")
        beside.write_bytes(volume.read_bytes())  # records give way to others of the same length
        beside.replace(volume)

    with pytest.raises(ArchiveError, match="changed meanwhile, as by a takedown; begin again"):
        taken(copy, tmp_path / "b", observe=during("files", taken_down))
    assert not list((tmp_path / "b").glob("2*"))
    assert taken(copy, tmp_path / "b").missing == ()


def test_a_file_that_a_newer_revision_replaces_meanwhile_is_found_where_it_was_moved(
    copy: Yard, tmp_path: Path
) -> None:
    [row] = copy.rows("SELECT path, sha256 FROM articles WHERE id = 7")

    def revise() -> None:
        old = (copy.archive / row["path"]).read_bytes()
        aside = row["path"].replace("content/", "revisions/", 1).removesuffix(".md") + "/1.md"
        Tree(copy.archive).write([(aside, old), (row["path"], b"a newer one")])

    done = taken(copy, tmp_path / "b", observe=during("database", revise))
    assert done.missing == ()
    kept = (Path(done.path) / "archive" / row["path"]).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == row["sha256"]


def test_of_a_warc_file_that_grows_and_is_closed_meanwhile_only_the_known_part_is_taken(
    copy: Yard, tmp_path: Path
) -> None:
    [file] = (copy.archive / "warc").rglob("*.warc.gz")
    index = file.with_name(file.name.removesuffix(".warc.gz") + ".cdxj")
    known, lines = file.read_bytes(), index.read_bytes()
    index.unlink()
    opened = file.rename(file.with_name(file.name + ".open"))

    def close() -> None:
        opened.write_bytes(known + known[:3000])  # records that the snapshot does not know, the last one torn
        opened.rename(file)

    done = taken(copy, tmp_path / "b", observe=during("database", close))
    assert done.missing == ()
    there = Path(done.path) / "archive" / file.relative_to(copy.archive)
    assert there.read_bytes() == known
    assert there.with_name(index.name).read_bytes() == lines


def test_what_is_gone_or_altered_is_named_and_no_older_backup_goes_for_it(
    copy: Yard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(taken(copy, tmp_path / "b").path, tmp_path / "b" / "20240101T000000Z")
    shutil.rmtree(next(path for path in (tmp_path / "b").iterdir() if path.name > "2025"))
    shutil.rmtree(tmp_path / "b" / "20240101T000000Z" / "archive")
    (gone, altered, *_) = sorted(path for path in copy.files() if path.startswith("content/"))
    (copy.archive / gone).unlink()
    (copy.archive / altered).write_bytes(b"somebody else's")
    ended = copy.run("backup", str(tmp_path / "b"), "--keep", "1")
    assert ended.code == 1
    assert [line for line in ended.lines if "not as the database has it" in line] == [
        f"crawler: not as the database has it: {path}" for path in (gone, altered)
    ]
    assert len(list((tmp_path / "b").glob("2*"))) == 2


def test_what_the_archive_has_lost_is_named_though_the_backup_before_has_it(
    copy: Yard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken(copy, tmp_path / "b", now=lambda: datetime(2024, 1, 1, tzinfo=UTC))
    (gone, cut, *_) = sorted(path for path in copy.files() if path.startswith("content/"))
    [raw] = (copy.archive / "warc").rglob("*.warc.gz")
    raw.unlink()
    (copy.archive / gone).unlink()
    (copy.archive / cut).write_bytes((copy.archive / cut).read_bytes()[:-1])
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(copy.config), "backup", str(tmp_path / "b"), "--keep", "1"])
    assert end.value.code == 1
    lost = [gone, cut, raw.relative_to(copy.archive).as_posix()]
    assert [
        line for line in capsys.readouterr().err.splitlines() if "not as the database has it" in line
    ] == [f"crawler: not as the database has it, taken from the backup before: {path}" for path in lost]
    [before, second] = sorted((tmp_path / "b").glob("2*"))
    assert before.name == "20240101T000000Z", "no older backup goes for it"
    told = json.loads((second / "manifest.json").read_text())
    assert (told["missing"], told["gone"]) == ([], lost)
    restore(second, tmp_path / "root", lambda far: None)
    assert assert_whole(tmp_path / "root") == len(copy.rows("SELECT id FROM articles WHERE revision > 0"))


def refusing(monkeypatch: pytest.MonkeyPatch, error: int, *paths: str) -> None:
    """From here on the system refuses to open these files of an archive."""
    opened = Tree.open

    def refused(tree: Tree, path: str) -> Any:
        if path in paths:
            raise OSError(error, os.strerror(error))
        return opened(tree, path)

    monkeypatch.setattr(Tree, "open", refused)


def test_what_permissions_forbid_to_read_is_named_and_all_else_is_backed_up(
    copy: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (article, known, *_) = sorted(path for path in copy.files() if path.startswith("content/"))
    [volume] = (copy.archive / "warc").rglob("*.warc.gz")
    raw, listed = volume.relative_to(copy.archive).as_posix(), os.scandir
    denied = (article, raw)

    def scandir(place: Any) -> Any:
        if str(place).endswith("/quarantine"):
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return listed(place)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", scandir)
        refusing(patched, errno.EACCES, *denied)
        first = taken(copy, tmp_path / "b", keep=1)
        assert sorted(first.missing) == sorted((article, raw, "quarantine"))
        assert (Path(first.path) / "archive" / known).is_file()
    whole = taken(copy, tmp_path / "b")
    refusing(monkeypatch, errno.EACCES, *denied)
    later = taken(copy, tmp_path / "b", keep=1)
    assert (later.missing, sorted(later.gone), later.pruned) == ((), sorted(denied), ())
    assert inodes(Path(later.path))[raw] == inodes(Path(whole.path))[raw]


@pytest.mark.parametrize("error", [errno.EMFILE, errno.EIO])
def test_what_says_nothing_of_the_file_ends_a_backup(
    error: int, crawled: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, error, next(path for path in crawled.yard.files() if path.endswith(".md")))
    with pytest.raises(ArchiveError, match="cannot be read: "):
        taken(crawled.yard, tmp_path / "b")
    assert not list((tmp_path / "b").glob("2*"))


def test_an_archive_that_cannot_be_written_is_backed_up_unless_somebody_begins_to_write(
    copy: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    for ending in ("-wal", "-shm"):  # of whoever looked before
        (copy.archive / f"crawler.db{ending}").unlink(missing_ok=True)
    there = sorted(copy.archive.iterdir())
    taken(copy, tmp_path / "b")
    assert sorted(copy.archive.iterdir()) == there
    touched = during("database", lambda: os.utime(copy.archive / "crawler.db"))
    with pytest.raises(StoreError, match=r"began to write while it was copied, .*; take the backup again"):
        taken(copy, tmp_path / "b", observe=touched)
    assert len(list((tmp_path / "b").glob("2*"))) == 1


def test_d51_what_rotted_at_the_same_size_and_time_is_named_where_a_backup_verifies(
    copy: Yard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ``--verify`` the good copy of before is taken over and nothing is said."""
    taken(copy, tmp_path / "b", now=lambda: datetime(2024, 1, 1, tzinfo=UTC))
    article, *_ = sorted(path for path in copy.files() if path.startswith("content/"))
    [raw] = [path.relative_to(copy.archive).as_posix() for path in (copy.archive / "warc").rglob("*.warc.gz")]
    for file in (copy.archive / article, copy.archive / raw):
        status, data = file.stat(), bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    blind = taken(copy, tmp_path / "b", now=lambda: datetime(2024, 1, 2, tzinfo=UTC))
    assert (blind.missing, blind.gone) == ((), ())
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(copy.config), "backup", str(tmp_path / "b"), "--verify", "--keep", "1"])
    assert end.value.code == 1
    told = capsys.readouterr().err.splitlines()
    for path in (article, raw):
        assert f"crawler: not as the database has it, taken from the backup before: {path}" in told
    [*before, newest] = sorted((tmp_path / "b").glob("2*"))
    assert len(before) == 2, "no older backup goes for it"
    restore(newest, tmp_path / "root", lambda far: None)
    assert assert_whole(tmp_path / "root") == len(copy.rows("SELECT id FROM articles WHERE revision > 0"))


def test_progress_ends_where_it_said_that_it_would(crawled: Crawled, tmp_path: Path) -> None:
    seen: list[Progress] = []
    taken(crawled.yard, tmp_path / "b", observe=seen.append)
    files = [far for far in seen if far.stage == "files"]
    assert [far.done for far in files] == list(range(1, len(files) + 1))
    assert {far.total for far in files} == {len(files)}


# --------------------------------------------------------------------------- restoring


@pytest.mark.parametrize("spoil", ["flip", "cut", "remove", "list"])
def test_a_damaged_backup_is_refused_and_nothing_of_it_stays(
    spoil: str, crawled: Crawled, tmp_path: Path
) -> None:
    backup = Path(taken(crawled.yard, tmp_path / "b").path)
    file = sorted((backup / "archive" / "content").rglob("*.md"))[3]
    data = file.read_bytes()
    match spoil:
        case "flip":
            file.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
        case "cut":
            file.write_bytes(data[:-1])
        case "remove":
            file.unlink()
        case "list":
            file = backup / "files.jsonl"
            file.write_bytes(file.read_bytes() + b"{}\n")
    with pytest.raises(ArchiveError, match=file.name):
        restore(backup, tmp_path / "root", lambda far: None)
    assert {one.name for one in tmp_path.iterdir()} == {"b"}


def test_the_command_restores_and_tells_what(crawled: Crawled, tmp_path: Path) -> None:
    backup = taken(crawled.yard, tmp_path / "b").path
    ended = crawled.yard.run("restore", backup, str(tmp_path / "root"), "--json")
    assert ended.code == 0, ended.err
    assert ended.json["restored"] == str(tmp_path / "root")
    assert ended.json["counts"]["articles"] == assert_whole(tmp_path / "root")


def test_nothing_is_restored_over_anything(crawled: Crawled, tmp_path: Path) -> None:
    backup = Path(taken(crawled.yard, tmp_path / "b").path)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "mine").write_text("all of it")
    with pytest.raises(ArchiveError, match="is not empty"):
        restore(backup, tmp_path / "root", lambda far: None)
    with pytest.raises(ArchiveError, match="not a backup"):
        restore(tmp_path / "root", tmp_path / "other", lambda far: None)
    (tmp_path / "root" / "mine").unlink()
    restore(backup, tmp_path / "root", lambda far: None)
    assert assert_whole(tmp_path / "root") == crawled.yard.count()
