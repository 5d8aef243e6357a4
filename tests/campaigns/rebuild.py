"""D50 at full length: an archive of many releases, its database lost, its files lost, both; what comes again.

``python -m tests.campaigns.rebuild --releases 10000 [--shared] [--json]``: the real crawler fills the archive from the
sample wire (``--shared``: with the releases of ../shared, where they are), edits make second revisions; then three
rebuilds, each compared row by row and byte for byte.  Exit 1 if anything is not there again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.journey import ROOT, Yard, newsroom
from tests.rebuilding.comparison import compare
from tests.rebuilding.life import database, hours_pass, lose_database, lose_files
from tests.rehearsal.run import sample
from tests.wire import Release, SampleWire, load_records

PATIENCE = 24 * 3600.0
_SHARED = ROOT.parent / "shared/data/releases/releases.jsonl.gz"
_FAST = '\n[extract]\neffort = "fast"\n'
_SHOWN = 20

Tell = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """One rebuild."""

    lost: str
    seconds: float
    cpu: float  #: seconds of it and its workers
    rows: int = 0  #: compared
    differing: int = 0
    files: int = 0  #: compared
    other: int = 0  #: that are missing, more, or have other bytes
    code: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Figures:
    """What the campaign found."""

    articles: int = 0
    revisions: int = 0
    warc_bytes: int = 0
    crawl_seconds: float = 0.0
    crawl_cpu: float = 0.0
    rebuilds: list[Rebuilt] = field(default_factory=list)

    @property
    def violations(self) -> int:
        """How much is not there again."""
        return sum(one.differing + one.other + (one.code != 0) for one in self.rebuilds)


class Counted(Yard):
    """Its crawlers are children of this process, so that their processor time is counted here."""

    @property
    def before(self) -> tuple[str, ...]:
        """Nothing but their start: forked ones are children of the template's process."""
        return ("env",)


def fill(wire: SampleWire, yard: Yard, found: Figures, tell: Tell) -> None:
    """Crawl all that the wire has, edit a twentieth of it, crawl again."""
    began, cpu = time.monotonic(), _cpu()
    yard.configure(wire.config(), web=_FAST, poll="concurrency = 24\nentries = 20000")
    tell(f"crawling {len(wire.postings)} releases in {len(wire.feeds)} feeds")
    found_code = yard.crawl(seconds=PATIENCE).code
    for posting in wire.postings[::20]:
        wire.edit(posting.url)
    hours_pass(yard)
    tell("crawling a twentieth again that was edited")
    found_code = yard.crawl(seconds=PATIENCE).code or found_code
    tell(f"crawled, exit {found_code}")
    found.crawl_seconds, found.crawl_cpu = round(time.monotonic() - began, 1), round(_cpu() - cpu, 1)
    [row] = yard.rows(
        "SELECT (SELECT count(*) FROM articles WHERE revision > 0) AS articles, count(*) AS revisions FROM revisions"
    )
    found.articles, found.revisions = row["articles"], row["revisions"]
    found.warc_bytes = sum(path.stat().st_size for path in (yard.archive / "warc").rglob("*.warc.gz"))


def try_all(yard: Yard, found: Figures, tell: Tell) -> None:
    """Lose, rebuild, compare: three times."""
    before = yard.folder / "before.db"
    shutil.copy(_folded(yard), before)
    files = digests(yard)
    for lost in ("database", "files", "both"):
        if lost != "files":
            lose_database(yard)
        if lost != "database":
            lose_files(yard)
        tell(f"lost: {lost}; rebuilding")
        began, cpu = time.monotonic(), _cpu()
        what = ["--files"] if lost == "files" else []  # a database that is whole is left alone
        ended = yard.run("rebuild", *what, "--json", seconds=PATIENCE)
        one = Rebuilt(
            lost=lost, seconds=round(time.monotonic() - began, 1), cpu=round(_cpu() - cpu, 1), code=ended.code
        )
        _judge(one, yard, before, files)
        found.rebuilds.append(one)
        tell(f"lost: {lost}: {one.differing} of {one.rows} rows and {one.other} of {one.files} files differ")


def _judge(one: Rebuilt, yard: Yard, before: Path, files: dict[str, str]) -> None:
    compared, now = compare(before, database(yard)), digests(yard)
    one.rows, one.differing = sum(compared.rows.values()), len(compared.differing)
    one.files = len(files)
    other = [path for path in files.keys() | now.keys() if files.get(path) != now.get(path)]
    one.other = len(other)
    one.examples = [*compared.differing[:_SHOWN], *other[:_SHOWN]]


def _folded(yard: Yard) -> Path:
    """The database with its log in it."""
    yard.change("PRAGMA wal_checkpoint(TRUNCATE)")
    return database(yard)


def digests(yard: Yard) -> dict[str, str]:
    """Every file of an article: path → SHA-256."""
    found = {}
    for folder in ("content", "static", "revisions"):
        for path in (yard.archive / folder).rglob("*"):
            if path.is_file():
                found[path.relative_to(yard.archive).as_posix()] = hashlib.sha256(
                    path.read_bytes()
                ).hexdigest()
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def releases_of(count: int, *, shared: bool) -> int | list[Release]:
    """How many the wire is to write, or those of ../shared."""
    return sample(load_records(_SHARED), count) if shared and _SHARED.exists() else count


def main() -> int:
    """The campaign; 1 when anything is not there again."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.rebuild", description=__doc__)
    parser.add_argument("--releases", type=int, default=10_000, metavar="N")
    parser.add_argument("--shared", action="store_true", help="releases of ../shared instead of written ones")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    found = Figures()
    releases = releases_of(options.releases, shared=options.shared)
    with (
        TemporaryDirectory(prefix="rebuild-") as folder,
        newsroom(releases=releases, log_limit=1000) as wire,
        Counted(Path(folder)) as yard,
    ):
        fill(wire, yard, found, tell)
        try_all(yard, found, tell)
    told = asdict(found) | {"violations": found.violations}
    sys.stdout.write(json.dumps(told, indent=None if options.json else 2) + "\n")
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main())
