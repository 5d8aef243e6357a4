"""D51: a real archive rots, one fault at a time; ``verify`` names each and changes nothing, ``repair`` mends.

``scripts/campaign rot --faults 1000``: the archive of a real crawl of the sample wire (with edits, so that
there are older revisions); bits flipped, files cut, lengthened, deleted, swapped, replaced by links and pipes;
values of rows touched; stretches of raw files gone; strays added.  Exit 1 where one is not named.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from crawler import config
from crawler.app.repairing import repair
from crawler.app.verifying import Verified, Wish, verify
from crawler.config import Config
from crawler.model import Finding
from tests.campaigns.rotting import Fault, Refused, Specimen, faults
from tests.journey import Yard, control, newsroom


class Silent:
    """Nobody waits for bars here."""

    def begin(self, bar: str, total: int | None) -> None:
        """Part of ``verifying.Watch``."""

    def advance(self, bar: str, by: int) -> None:
        """Part of ``verifying.Watch``."""

    def found(self, finding: Finding) -> None:
        """Part of ``verifying.Watch``."""


@dataclass(slots=True)
class Tally:
    """What came of the faults."""

    injected: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    mended: int = 0
    mendable: int = 0
    changed: int = 0  #: verifications after which the archive was another one
    wrong: list[str] = field(default_factory=list)
    processor: float = 0.0  #: seconds


def make(folder: Path, *, releases: int = 20, wires: int = 3, edits: int = 4) -> Yard:
    """An archive in which some articles have older revisions."""
    with newsroom(releases=releases, wires=wires) as wire, Yard(folder) as yard:
        yard.configure(wire.config())
        assert yard.crawl().code == 0
        for posting in list(wire.postings)[:edits]:
            control(wire, f"edit?url={posting.url}&title=Corrected+{quote(posting.release.title)}")
        assert yard.crawl().code == 0
    return yard


def look(settings: Config, **wish: object) -> Verified:
    """``crawler verify`` in this process."""
    return asyncio.run(verify(settings, Wish(**wish), Silent()))  # type: ignore[arg-type]


def fingerprint(root: Path) -> str:
    """Of everything below the root: kind, name, time of change, bytes; a reader's WAL index aside."""
    told = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        if path.name.endswith("-shm") or (path.name.endswith("-wal") and not status.st_size):
            continue
        if path.is_dir() and not path.is_symlink():
            told.update(f"{path} {status.st_mode}".encode())
            continue
        told.update(f"{path} {status.st_mode} {status.st_mtime_ns}".encode())
        if path.is_file() and not path.is_symlink():
            told.update(path.read_bytes())
    return told.hexdigest()


def campaign(
    yard: Yard, *, many: int, seed: int, tell: Callable[[str], None], mend_every: int = 5, alike: int | None = None
) -> Tally:  # fmt: skip
    """So many faults, each alone; of the mendable ones every ``mend_every``-th is mended.

    ``alike``: no more than so many of one kind.
    """
    settings, specimen, tally = config.load(yard.config), Specimen(yard.archive), Tally()
    clean = [one for one in look(settings).findings if one.severity != "notice"]
    assert not clean, clean
    wanted = fingerprint(yard.archive)
    began = time.process_time()
    for fault in faults(specimen, seed):
        if sum(tally.injected.values()) >= many:
            break
        if tally.injected[fault.kind] == alike:
            continue
        try:
            fault.do(yard.archive)
        except Refused:
            continue
        _judge(settings, specimen, fault, tally, mend_every)
        specimen.restore()
        done = sum(tally.injected.values())
        if done % 100 == 0:
            tell(f"{done} of {many}, {sum(tally.named.values())} named, {len(tally.wrong)} faults of ours")
    tally.processor = time.process_time() - began
    assert fingerprint(yard.archive) == wanted
    return tally


def _judge(settings: Config, specimen: Specimen, fault: Fault, tally: Tally, mend_every: int) -> None:
    tally.injected[fault.kind] += 1
    before = fingerprint(specimen.root)
    found = look(settings).findings
    if fingerprint(specimen.root) != before:
        tally.changed += 1
        tally.wrong.append(f"changed: {fault.kind}: {fault.what}")
    if not fault.named(found):
        told = [(one.code, one.where) for one in found]
        tally.wrong.append(f"not named: {fault.kind}: {fault.what}: {told[:6]}")
        return
    tally.named[fault.kind] += 1
    if fault.mendable:
        tally.mendable += 1
        if tally.mendable % mend_every == 0:
            _mend(settings, specimen, fault, tally)


def _mend(settings: Config, specimen: Specimen, fault: Fault, tally: Tally) -> None:
    """Mended, everything is clean, every file that the rows want has the bytes it had; twice changes nothing."""
    asyncio.run(repair(settings, Silent(), article=None, apply=True))
    left = [one for one in look(settings).findings if one.severity != "notice"]
    other = [
        name
        for name, data in specimen.files.items()
        if not name.startswith(("crawler.db", ".")) and _read(specimen.root / name) != data
    ]
    if left or other:
        told = [(one.code, one.where) for one in left[:4]]
        tally.wrong.append(f"not mended: {fault.kind}: {fault.what}: {told} {other[:3]}")
        return
    tally.mended += 1


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="rot", description=__doc__)
    parser.add_argument("--faults", type=int, default=1000, help="in all (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed rots alike (default 1)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="rot-") as folder:
        yard = make(Path(folder))
        tally = campaign(
            yard, many=given.faults, seed=given.seed, tell=lambda line: print(line, file=sys.stderr)
        )
    injected, named = sum(tally.injected.values()), sum(tally.named.values())
    figures = {
        "injected": injected,
        "named": named,
        "changed by verify": tally.changed,
        "mended": tally.mended,
        "processor seconds": round(tally.processor, 1),
        "wrong": tally.wrong,
    }
    if given.json:
        print(json.dumps(figures | {"kinds": dict(tally.injected)}))
    else:
        for kind, count in sorted(tally.injected.items()):
            print(f"{count:6}  {tally.named[kind]:6} named  {kind}")
        print("\n".join(tally.wrong))
        print(f"{named} of {injected} named, {tally.changed} changed by verify, {tally.mended} mended, "
              f"{tally.processor:.0f} s of processor time")  # fmt: skip
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
