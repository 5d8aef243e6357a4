"""``crawler verify`` and ``crawler repair`` on the archive of a real crawl that has older revisions."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crawler import cli, config, signing
from crawler.app.repairing import repair
from crawler.app.verifying.desk import writer
from crawler.archive.warc.members import packed
from crawler.cli import stop
from crawler.config import Config
from crawler.model import Finding
from crawler.store.auditing import SqlAudit
from tests.campaigns import rot
from tests.campaigns.rotting import Specimen
from tests.journey import Yard, newsroom, until

pytestmark = pytest.mark.xdist_group("rot")  # the archive is made once a run


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """The command takes Ctrl-C for itself; the test run gets it back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Yard, Specimen]:
    yard = rot.make(tmp_path_factory.mktemp("rot"), releases=8, wires=1, edits=2)
    return yard, Specimen(yard.archive)


@pytest.fixture
def yard(grown: tuple[Yard, Specimen]) -> Iterator[Yard]:
    """The archive, whole; whatever a test does to it is undone."""
    yield grown[0]
    grown[1].restore()


@pytest.fixture
def settings(yard: Yard) -> Config:
    return config.load(yard.config)


def grave(found: Any) -> list[Finding]:
    return [one for one in found.findings if one.severity != "notice"]


def codes(settings: Config, **wish: Any) -> set[str]:
    return {one.code for one in grave(rot.look(settings, **wish))}


def run(yard: Yard, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    """A command in this process: exit code, its JSON, what it told a person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            stop, "leave", lambda code: code
        )  # the test's process has threads of its own, and goes on
        with pytest.raises(SystemExit) as ended:
            cli.main(["--config", str(yard.config), *words])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), json.loads(out) if out.startswith("{") else out, err


def newest(yard: Yard) -> dict[str, Any]:
    [row] = yard.rows("SELECT * FROM articles WHERE revision = 2 ORDER BY id LIMIT 1")
    return row


# --------------------------------------------------------------------------- verify


def test_d51_a_healthy_archive_is_clean_and_stays_as_it_is(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rot.fingerprint(yard.archive)
    code, told, err = run(yard, capsys, "verify", "--json")
    assert (code, err, told["clean"]) == (0, "", True)
    assert told["found"] == {"error": 0, "warning": 0, "notice": told["found"]["notice"]}
    [counted] = yard.rows("SELECT count(*) AS n FROM warc_records")
    assert told["looked_at"]["records"] > counted["n"]
    assert told["looked_at"]["articles"] == len(yard.documents())
    assert run(yard, capsys, "verify", "--quick", "--only", "files")[0] == 0
    code, out, err = run(yard, capsys, "verify", "--only", "files", "--only", "raw")
    assert (code, out) == (0, "")
    assert err.startswith("verified ")
    assert err.endswith("clean\n")
    assert rot.fingerprint(yard.archive) == before


def test_d51_thirty_faults_are_named_and_nothing_is_changed_by_looking(yard: Yard) -> None:
    """A thousand: ``scripts/campaign rot --faults 1000``."""
    tally = rot.campaign(yard, many=30, seed=51, tell=lambda line: None, mend_every=3, alike=2)
    assert tally.wrong == []
    assert sum(tally.named.values()) == sum(tally.injected.values()) == 30
    assert len(tally.injected) >= 22  # kinds
    assert tally.changed == 0
    assert tally.mended >= 3


def test_each_finding_says_what_where_and_what_to_do(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    row = newest(yard)
    (yard.archive / row["path"]).write_bytes(b"other bytes")
    code, told, _ = run(yard, capsys, "verify", "--json")
    [found] = [one for one in told["findings"] if one["severity"] == "error"]
    assert (code, told["clean"], told["codes"]["F202"]) == (1, False, 1)
    assert (found["code"], found["where"], found["article"]) == ("F202", row["path"], row["id"])
    assert found["wanted"] == row["sha256"]
    assert "crawler repair" in found["cure"]
    code, out, err = run(yard, capsys, "verify")
    assert code == 1
    assert "F202" in out
    assert "1 error" in err


def test_a_selection_looks_at_no_more_than_was_asked_for(
    yard: Yard, settings: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    row = newest(yard)
    (yard.archive / row["path"]).unlink()
    assert codes(settings, article=row["id"]) == {"F201"}
    assert codes(settings, article=row["id"] + 1) == set()
    assert codes(settings, only=frozenset({"database"})) == set()
    assert codes(settings, only=frozenset({"raw"})) == set()
    assert codes(settings, quick=True) == {"F201"}
    assert run(yard, capsys, "verify", "--article", row["url"], "--json")[1]["looked_at"]["articles"] == 1
    assert run(yard, capsys, "verify", "--since", "2999-01-01", "--json")[1]["looked_at"] == {}
    assert run(yard, capsys, "verify", "--since", "1h")[0] == 1
    assert run(yard, capsys, "verify", "--older-than", "long", "--remember")[0] == 2
    assert run(yard, capsys, "verify", "--article", "nobody")[0] == 1


def test_the_raw_records_of_one_article_are_looked_at_by_themselves(yard: Yard, settings: Config) -> None:
    [row] = yard.rows("""SELECT w.*, r.article_id FROM warc_records w JOIN revisions r ON r.id = w.revision_id
                         ORDER BY w.id LIMIT 1""")
    file = yard.archive / row["path"]
    data = file.read_bytes()
    file.write_bytes(data[: row["start"] + 30] + b"\0" + data[row["start"] + 31 :])
    assert codes(settings, article=row["article_id"]) == {"F306"}
    file.unlink()
    assert codes(settings, article=row["article_id"]) == {"F306"}
    assert codes(settings, only=frozenset({"raw"})) == {"F301", "F313"}
    assert codes(settings, quick=True, only=frozenset({"raw"})) == {"F301", "F313"}


def test_what_was_verified_is_remembered_until_it_changes_or_too_long_ago(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    row = newest(yard)
    file = yard.archive / row["path"]
    assert run(yard, capsys, "verify", "--remember")[0] == 0
    was = file.stat()
    data = file.read_bytes()
    file.write_bytes(data[:-1] + b"!")
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert run(yard, capsys, "verify", "--remember")[0] == 0  # it looks as it did
    assert run(yard, capsys, "verify", "--remember", "--older-than", "0s")[0] == 1
    assert run(yard, capsys, "verify")[0] == 1
    os.utime(file)
    assert run(yard, capsys, "verify", "--remember")[0] == 1
    (yard.archive / "verify.db").write_bytes(b"no database")
    assert run(yard, capsys, "verify", "--remember")[0] == 2


def test_a_raw_file_that_is_another_one_than_before_is_named_though_it_is_whole(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(yard, capsys, "verify", "--remember")[0] == 0
    file = next(iter(sorted((yard.archive / "warc").rglob("*.warc.gz"))))
    last = file.read_bytes()
    block = b"odd: one\r\n"
    told = b"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Block-Digest: sha256:%b\r\nContent-Length: %d\r\n\r\n%b\r\n\r\n"
    file.write_bytes(last + packed(told % (hashlib.sha256(block).hexdigest().encode(), len(block), block), 6))
    code, found, _ = run(yard, capsys, "verify", "--json")
    assert code == 0
    code, found, _ = run(yard, capsys, "verify", "--remember", "--json")
    assert (code, found["codes"].get("F317")) == (1, 1)


def test_fetches_are_looked_through_only_for_records_that_lost_their_rows(
    yard: Yard, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are read for it: not for each robots.txt, which is of no fetch, and once for many."""
    asked: list[int] = []
    forsaken = SqlAudit.forsaken

    async def counted(audit: SqlAudit, known: Sequence[str]) -> set[str]:
        asked.append(len(known))
        return await forsaken(audit, known)

    monkeypatch.setattr(SqlAudit, "forsaken", counted)
    assert yard.rows("SELECT 1 FROM warc_records WHERE fetch_id IS NULL AND revision_id IS NULL")
    assert codes(settings, only=frozenset({"raw"})) == set()
    assert asked == []
    yard.change("DELETE FROM warc_records WHERE fetch_id IS NOT NULL")
    files = len(yard.rows("SELECT DISTINCT path FROM warc_records"))
    found = rot.look(settings, only=frozenset({"raw"})).findings
    lost = sum(one.code == "F308" for one in found)
    assert sum(asked) >= lost > 10
    assert len(asked) <= 2 * files


def test_repair_indexes_all_again_that_lost_its_rows(
    yard: Yard, settings: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    question = """SELECT w.path, w.start, w.type, w.fetch_id, w.revision_id, o.path AS first, o.start AS at
                  FROM warc_records w LEFT JOIN warc_records o ON o.id = w.refers_to ORDER BY 1, 2"""
    before = yard.rows(question)
    yard.change("PRAGMA foreign_keys = OFF")
    yard.change("DELETE FROM warc_records WHERE type IN ('response', 'conversion') AND id % 2 = 0")
    assert run(yard, capsys, "repair", "--apply", "--json")[0] == 0
    assert yard.rows(question) == before
    assert codes(settings) == set()


def test_d51_quarantine_is_known_and_what_is_altered_in_it_is_named(yard: Yard, settings: Config) -> None:
    place = yard.archive / "quarantine"
    place.mkdir()
    names = [hashlib.sha256(body).hexdigest() for body in (b"whole", b"altered", b"alone", b"gone")]
    for name in names:
        (place / f"{name}.bin").write_bytes(b"whole")
        (place / f"{name}.json").write_text("{}")
    (place / f"{names[2]}.bin").write_bytes(b"alone")
    (place / f"{names[2]}.json").unlink()
    (place / f"{names[3]}.bin").unlink()
    (place / "stray").write_bytes(b"")
    found = rot.look(settings, only=frozenset({"files"})).findings
    assert sorted((one.code, one.where.removeprefix("quarantine/")) for one in found if "quarantine" in one.where) == [
        ("F210", "stray"), ("F214", f"{names[1]}.bin"), ("F216", f"{names[2]}.bin"), ("F217", f"{names[3]}.json"),
    ]  # fmt: skip


def test_a_database_that_sqlite_finds_damaged_is_named(yard: Yard, settings: Config) -> None:
    data = bytearray((yard.archive / "crawler.db").read_bytes())
    for page in range(4096 * 20, len(data), 4096 * 9):
        data[page : page + 8] = b"\xff" * 8
    (yard.archive / "crawler.db").write_bytes(data)
    assert "F101" in codes(settings, only=frozenset({"database"}))


def test_d51_a_published_proof_of_no_article_is_named_and_set_aside(yard: Yard, settings: Config) -> None:
    row = newest(yard)
    code = yard.rows("SELECT code FROM articles WHERE path = ?", row["path"])[0]["code"]
    wire = next((yard.archive / "static").iterdir())
    (wire / "proof").mkdir()
    for name in (f"{code}.json", "nobodys.json"):
        (wire / "proof" / name).write_text("{}")
    (yard.archive / "static/own/proof").mkdir(parents=True)
    (yard.archive / "static/own/proof/of-concept.json").write_text("{}")
    stray = f"static/{wire.name}/proof/nobodys.json"
    assert [(one.code, one.where) for one in grave(rot.look(settings))] == [("F210", stray)]
    asyncio.run(repair(settings, rot.Silent(), article=None, apply=True))
    assert (yard.archive / "orphans" / stray).read_text() == "{}"
    assert codes(settings) == set()


def test_z72_nothing_outside_the_archive_is_read_or_waited_for(
    yard: Yard, settings: Config, tmp_path: Path
) -> None:
    row = newest(yard)
    outside = tmp_path / "outside"
    outside.mkdir()
    whole = (yard.archive / row["path"]).read_bytes()
    (outside / Path(row["path"]).name).write_bytes(whole)
    folder = (yard.archive / row["path"]).parent
    folder.rename(folder.with_name("moved"))
    folder.symlink_to(outside)
    found = rot.look(settings)
    assert {"F204", "F211", "F213"} <= {one.code for one in found.findings}
    assert any(one.where == row["path"] and one.code == "F204" for one in found.findings)
    asyncio.run(repair(settings, rot.Silent(), article=None, apply=True))
    assert (yard.archive / row["path"]).read_bytes() == whole
    assert codes(settings) == set()
    assert len(list(outside.iterdir())) == 1


# --------------------------------------------------------------------------- beside a crawler


def test_beside_a_running_crawler_nothing_is_found_that_is_only_on_its_way(tmp_path: Path) -> None:
    looks, found = 0, []
    with newsroom(releases=24, wires=2) as wire, Yard(tmp_path / "beside") as yard:
        yard.configure(wire.config())
        crawler = yard.start("crawl", "--since", "2000-01-01")
        until(lambda: yard.count() > 2, process=crawler.process)
        settings = config.load(yard.config)
        while crawler.process.poll() is None:
            found += grave(rot.look(settings))
            looks += 1
        assert crawler.wait().code == 0
        assert codes(settings) == set()
    assert found == []
    assert looks


def test_what_a_kill_leaves_is_no_loss_and_repair_settles_it_as_a_start_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with newsroom(releases=20, wires=1) as wire, Yard(tmp_path / "killed") as yard:
        yard.configure(wire.config())
        assert yard.kill_after(5)
        settings = config.load(yard.config)
        found = grave(rot.look(settings))
        assert {one.severity for one in found} == {"warning"}
        assert "F314" in {one.code for one in found}
        code, told, _ = run(yard, capsys, "repair", "--apply", "--json")
        assert code == 0
        assert "as a start of the crawler does" in {one["deed"] for one in told["mendings"]}
        assert codes(settings) == set()


def test_who_writes_is_known_without_touching_the_lock(tmp_path: Path) -> None:
    database = tmp_path / "crawler.db"
    lock = tmp_path / "crawler.db.lock"
    assert writer(database) is None
    for text, process in (
        (f"{os.getpid()} run\n", os.getpid()),
        ("", None),
        ("x", None),
        ("999999999 run", None),
    ):
        lock.write_text(text)
        assert writer(database) == process
    lock.write_text("1 run\n")
    assert writer(database) == 1


# --------------------------------------------------------------------------- repair


def test_repair_says_first_and_does_it_only_when_told(
    yard: Yard, grown: tuple[Yard, Specimen], capsys: pytest.CaptureFixture[str]
) -> None:
    row = newest(yard)
    file = yard.archive / row["path"]
    file.write_bytes(b"other bytes")
    (yard.archive / "content" / "orphan").symlink_to("/etc/hostname")
    before = rot.fingerprint(yard.archive)
    code, told, _ = run(yard, capsys, "repair", "--json")
    assert (code, told["applied"], told["mended"], told["mendable"]) == (1, False, 0, 2)
    assert {one["finding"]["code"] for one in told["mendings"] if one["mendable"]} == {"F202", "F213"}
    assert rot.fingerprint(yard.archive) == before
    code, out, err = run(yard, capsys, "repair")
    assert code == 1
    assert "would be" in out
    assert "--apply" in err
    code, told, _ = run(yard, capsys, "repair", "--apply", "--json")
    assert code == 0
    assert file.read_bytes() == grown[1].files[row["path"]]
    [kept] = (yard.archive / "repaired").rglob("*.md.*")
    assert kept.read_bytes() == b"other bytes"
    assert (yard.archive / "orphans/content/orphan").is_symlink()
    code, told, _ = run(yard, capsys, "repair", "--apply", "--json")
    assert (code, told["mended"]) == (0, 0)


def test_d51_a_lost_log_folder_is_named_with_its_cure_and_repair_writes_it_again(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in (yard.archive / "log").rglob("*") if path.is_file()}
    assert len(before) >= 3
    shutil.rmtree(yard.archive / "log")
    code, told, _ = run(yard, capsys, "verify", "--log", "--json")
    [lost] = [one for one in told["findings"] if one["severity"] == "error"]
    assert (code, lost["code"], lost["where"]) == (1, "L405", "log")
    assert "crawler repair --apply" in lost["cure"]
    _, told, _ = run(yard, capsys, "repair", "--json")
    [would] = told["mendings"]
    assert would["deed"] == f"{len(before)} files of the log written again from the database"
    assert not (yard.archive / "log").exists()
    assert run(yard, capsys, "repair", "--apply", "--json")[0] == 0
    assert {path: path.read_bytes() for path in (yard.archive / "log").rglob("*") if path.is_file()} == before
    assert run(yard, capsys, "verify", "--log", "--json")[0] == 0


def test_d51_lost_proofs_are_named_where_they_are_published_and_repair_writes_them_again(
    yard: Yard, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Publishing begins here with heads that nobody had signed: those of before are made by repair."""
    secret, _ = signing.generate("wires.example/log")
    signing.keep(secret, tmp_path / "log.key")
    plain = yard.config.read_text()
    yard.config.write_text(f'{plain}\n[log]\npublish = true\nkey = "{tmp_path}/log.key"\n')
    try:
        assert run(yard, capsys, "log", "head")[0] == 0
        assert run(yard, capsys, "repair", "--apply", "--json")[0] == 0
        before = {path: path.read_bytes() for path in yard.archive.glob("static/*/proof/*.json")}
        assert len(before) == len(yard.documents())
        assert run(yard, capsys, "verify", "--log", "--json")[0] == 0
        first, second, *_ = before
        first.unlink()
        second.write_bytes(b"{}")
        code, told, _ = run(yard, capsys, "verify", "--log", "--json")
        found = [one for one in told["findings"] if one["severity"] == "error"]
        assert (code, {one["code"] for one in found}) == (1, {"L412"})
        assert {yard.archive / one["where"] for one in found} == {first, second}
        assert all(one["article"] and "crawler repair --apply" in one["cure"] for one in found)
        assert run(yard, capsys, "log", "verify")[0] == 1
        _, told, _ = run(yard, capsys, "repair", "--json")
        assert [one["deed"][:31] for one in told["mendings"]] == ["written again from the database"] * 2
        assert not first.exists()
        code, told, _ = run(yard, capsys, "repair", "--apply", "--json")
        assert (code, told["mended"]) == (0, 2)
        assert {path: path.read_bytes() for path in yard.archive.glob("static/*/proof/*.json")} == before
        [kept] = (yard.archive / "repaired/static").rglob("*.json.*")
        assert kept.read_bytes() == b"{}"
        first.unlink()
    finally:
        yard.config.write_text(plain)
    told = run(yard, capsys, "verify", "--log", "--json")[1]
    assert set(told["codes"]) == {"L411"}  # nobody publishes now


def test_repair_writes_no_log_again_of_a_database_that_does_not_fit_it(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(yard.archive / "log")
    yard.change(
        "UPDATE revisions SET statement = replace(statement, '\"revision\":', '\"revision\": ') WHERE id = 1"
    )
    code, told, _ = run(yard, capsys, "repair", "--apply", "--json")
    [left] = [one["deed"] for one in told["mendings"] if one["finding"]["code"] == "L405"]
    assert code == 1
    assert re.match(r"nothing is written again: leaf \d+ is not the hash of what its revision states; ", left)
    assert not (yard.archive / "log").exists()


def test_repair_leaves_what_it_cannot_mend_and_says_why(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    row = newest(yard)
    yard.change(
        "UPDATE revisions SET sha256 = ? WHERE article_id = ? AND state = 'done'", "0" * 64, row["id"]
    )
    code, told, _ = run(yard, capsys, "repair", "--apply", "--json")
    assert code == 1
    left = {one["finding"]["code"]: one["deed"] for one in told["mendings"] if not one["done"]}
    assert {"F105", "F110", "F202", "F315"} <= set(left)
    assert "keeps nothing of it" in left["F202"] or "restore" in left["F202"]
    assert (yard.archive / row["path"]).exists()


def test_repair_is_refused_while_a_crawler_runs(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    (yard.archive / "static/x/qrcode").mkdir(parents=True)
    (yard.archive / "static/x/qrcode/stray").write_bytes(b"x")
    with (yard.archive / "crawler.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, out, err = run(yard, capsys, "repair", "--apply")
    assert (code, out) == (1, "")
    assert "is writing to this archive" in err
    assert (yard.archive / "static/x/qrcode/stray").exists()
