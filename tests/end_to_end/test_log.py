"""The log of a real crawl: it fits, it outlives kills, and its key stays outside."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image

from crawler import signing
from crawler.transparency import checkpoint, merkle
from tests.end_to_end.conftest import Crawled
from tests.journey import Yard, newsroom


def fits(yard: Yard) -> None:
    """Every revision that is done is in the log, and the log, its rows and all files agree."""
    ended = yard.run("log", "verify", "--files", "--json")
    assert [one for one in ended.json["findings"] if one["severity"] != "notice"] == []
    assert ended.code == 0
    [row] = yard.rows("SELECT (SELECT count(*) FROM log_entries) AS leaves, count(*) AS done FROM revisions "
                      "WHERE done_at IS NOT NULL")  # fmt: skip
    assert row["leaves"] == row["done"] > 0
    texts = sorted((yard.archive / "log/entries").iterdir(), key=lambda path: int(path.name.split("-")[0]))
    grown = merkle.EMPTY.extend(
        merkle.leaf_hash(line) for path in texts for line in path.read_bytes().split(b"\n")[:-1]
    )
    note = checkpoint.parse_note((yard.archive / "log/checkpoint").read_bytes())
    told = checkpoint.parse(note.text)
    assert (told.size, told.root) == (row["leaves"], grown.root())


def test_the_log_of_a_crawl_fits_its_files_and_its_rows(crawled: Crawled) -> None:
    fits(crawled.yard)


def test_d45_a_log_fits_after_kills_and_signs_with_a_key_from_outside(tmp_path: Path) -> None:
    secret, public = signing.generate("archive.example/log")
    signing.keep(secret, tmp_path / "keys" / "log.key")
    with newsroom(releases=14, wires=2) as wire, Yard(tmp_path / "yard") as yard:
        yard.folder.mkdir(exist_ok=True)
        yard.configure(wire.config(), archive='qr_target = "https://check.example/?proof={proof}"')
        with yard.config.open("a") as settings:
            settings.write(f'\n[log]\nkey = "{tmp_path}/keys/log.key"\npublish = true\nentries = 3\n')
        yard.kill_after(3)
        yard.kill_after(3)
        assert yard.crawl().code == 0
        fits(yard)
        proofs = sorted((yard.archive / "static").glob("*/proof/*.json"))
        assert len(proofs) == yard.count()
        address = proofs[0].relative_to(yard.archive / "static").as_posix()
        drawn = next((yard.archive / "static").glob(f"*/qrcode/*/*/{proofs[0].stem}.webp"))
        [read] = zxingcpp.read_barcodes(Image.open(drawn))
        assert read.text == f"https://check.example/?proof=https://archive.example/{address}"
        assert yard.run("log", "check", str(proofs[0]), "--key", str(public)).code == 0
        seed = secret.split("+", 4)[4]
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.parent.name != "keys":
                assert seed.encode() not in path.read_bytes(), path
