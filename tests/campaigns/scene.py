"""The fixed runs that ``syscalls`` hurts, over one wire that has ten new releases and two edited ones.

``crawl`` opens an archive of an older schema and archives what is new; ``recover`` is the start after a kill in
the middle of that; ``rebuild`` makes a lost database again; the others are of ``caring``.  Each crawl has a name of its own in its User-Agent,
so that the wire's log can be told apart.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.campaigns import caring
from tests.campaigns.older import make_older
from tests.campaigns.zygote import Zygote
from tests.journey import Yard, newsroom
from tests.wire import Logged, SampleWire, journal

DAY = 86400.0
FLOOR = 7200.0  #: seconds between two polls of a feed
_POLL = 'floor = "2h"\ninitial = "12h"\nceiling = "24h"\nslice_items = 8'
_ARCHIVE = 'raw_file_size = "30kB"'  #: so that several files are filled and closed


SCENES = ("crawl", "recover", "rebuild", *caring.SCENES)
_CRAWL = ["crawl", "--since", "2000-01-01"]
_KILLED_AT = 15  #: renames: an image has its name, its article has not


@dataclass(slots=True)
class Scene:
    """The wire, the archive that every point begins with, and what was served so far."""

    folder: Path
    wire: SampleWire
    schema: str
    name: str = "crawl"
    base: Path = field(init=False)
    command: list[str] = field(default_factory=lambda: list(_CRAWL))
    care: caring.Care | None = None
    before: list[tuple[str, float]] = field(default_factory=lambda: [("base", -2 * DAY)])
    _served: dict[str, list[Logged]] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def prepare(self, zygotes: list[Zygote], moment: list[datetime]) -> None:
        """Crawl what there is as if two days ago, make that archive an old one, and publish more.

        What is cared for was an archive of today's from its beginning.
        """
        older = self.name not in caring.SCENES
        yard = self.yard("base", archive="raw = false" if older else _ARCHIVE)
        self.base = yard.archive
        ended = finished(zygotes[0], self.job(yard, [-2 * DAY]))
        assert ended["code"] == 0, (yard.folder / "base-0.err").read_text(encoding="utf-8")
        if older:
            make_older(yard.archive / "crawler.db", self.schema)
            shutil.rmtree(yard.archive / "log", ignore_errors=True)  # which older releases did not keep
        moment[0] = datetime.now(UTC) - timedelta(hours=1)
        for posting in {one.release.key: one for one in self.wire.postings[:2]}.values():
            self.wire.edit(posting.url, title=f"{posting.release.title}, as corrected")
        self.wire.publish(10)
        for number, zygote in enumerate(zygotes):
            learning = self.yard(f"warm{number}")
            finished(zygote, self.job(learning, [0.0, DAY], base=str(self.base), warm=True))
        if self.name == "recover":
            killed = self.yard("killed")
            finished(zygotes[0], self.job(killed, [0.0], base=str(self.base), die=_KILLED_AT))
            self.before.append(("killed", 0.0))
            self.base = killed.archive
        elif self.name == "rebuild":
            self.base = self.folder / "warm0" / "archive"
            for path in self.base.glob("crawler.db*"):
                path.unlink()
            self.command = ["rebuild"]
            finished(zygotes[0], self.job(self.yard("learnt"), [0.0], base=str(self.base), warm=True))
        elif self.name in caring.SCENES:
            self._care(zygotes)

    def _care(self, zygotes: list[Zygote]) -> None:
        """Set a scene of care over the archive of a crawl."""
        self.care = caring.SCENES[self.name](self.folder, self.folder / "warm0" / "archive")

        def run(yard: Yard, command: list[str]) -> None:
            ended = finished(
                zygotes[0], self.job(yard, [0.0], base=str(self.care.sound)) | {"command": command}
            )
            assert ended["code"] == 0, (yard.folder / f"{yard.folder.name}-0.err").read_text(encoding="utf-8")

        self.care.set(run, self.yard("set"))
        self.command = self.care.command
        for number, zygote in enumerate(zygotes):
            finished(zygote, self.job(self.yard(f"learnt{number}"), [0.0], **self.copied(), warm=True))

    def copied(self) -> dict[str, Any]:
        """What a job has to copy before it begins."""
        if self.care is None:
            return {"base": str(self.base)}
        beside = [(str(source), target) for source, target in self.care.beside]
        return {"base": str(self.care.base or ""), "beside": beside}

    def places(self, yard: Yard) -> tuple[Path, ...]:
        """What belongs to the archive, or to its copies."""
        return tuple(yard.folder / name for name in (self.care.places if self.care else ("archive",)))

    def yard(self, name: str, archive: str = _ARCHIVE) -> Yard:
        """A folder of that name with a configuration in it."""
        with Yard(self.folder / name) as yard:
            agent = f'user_agent = "{name} (+https://lanternfield.example/crawler)"\n'
            return yard.configure(self.wire.config(), web=agent, poll=_POLL, archive=archive, processes=1)

    def job(self, yard: Yard, starts: list[float], **more: Any) -> dict[str, Any]:
        """What a zygote is told."""
        output = f"{yard.folder}/{yard.folder.name}-"
        places = {"archive": str(yard.archive), "config": str(yard.config), "output": output}
        command = [part.format(folder=yard.folder) for part in self.command]
        return {**places, "starts": starts, "command": command, **more}

    def journal(self, yard: Yard, phases: list[dict[str, Any]]) -> Path:
        """The wire's log of what this yard asked, after what made its base; times as its crawls saw them."""
        with self._turn:
            while self.wire.log:
                entry = self.wire.log.popleft()
                name = (entry.header("User-Agent") or "").partition(" ")[0]
                self._served.setdefault(name, []).append(entry)
            mine = self._served.pop(yard.folder.name, [])
        path, port = yard.folder / "wire.jsonl", self.wire.port
        path.unlink(missing_ok=True)
        for name, moved in self.before:
            journal.write(path, self._served.get(name, []), port=port, ahead=moved, append=True)
        began = [0.0, *(phase["began"] for phase in phases), float("inf")]
        ahead = [0.0, *(phase["ahead"] for phase in phases)]
        for moved, since, until in zip(ahead, began[:-1], began[1:], strict=True):
            some = [entry for entry in mine if since <= entry.started < until]
            journal.write(path, some, port=port, ahead=moved, append=True)
        return path


@contextmanager
def scene(
    folder: Path, zygotes: list[Zygote], *, schema: str = "0004", seed: int = 1, name: str = "crawl"
) -> Iterator[Scene]:
    """A scene that is set; its wire answers until the end of the block."""
    moment = [datetime.now(UTC) - timedelta(days=3)]
    with newsroom(releases=4, wires=3, seed=seed, now=lambda: moment[0]) as wire:
        made = Scene(folder, wire, schema, name)
        made.prepare(zygotes, moment)
        yield made


def finished(zygote: Zygote, job: dict[str, Any]) -> dict[str, Any]:
    """How a job ended that nobody hurts."""
    return zygote.say(job)
