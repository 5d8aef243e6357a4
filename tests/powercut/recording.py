"""Real crawlers recorded: from nothing, with edits, after a power cut, killed, and after the kill."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.journey import ROOT, Yard, newsroom, until
from tests.journey.forked import Forked, template
from tests.journey.tracer import attach
from tests.powercut import trace
from tests.powercut.disk import Disk, Tree, luck
from tests.powercut.trace import Event
from tests.wire import SampleWire

LOG = "log"
ARCHIVE = "archive"  #: the root, below the recorded folder; nothing else there is the crawler's
POLL = 'floor = "1s"\ninitial = "1s"\nceiling = "1s"'
_ATTEMPTS = 3
_TRIES = 400  #: cuts that are looked at for one that leaves work behind


class Unclear(Exception):
    """A recording that is not what lies there: a kill came in the middle of a call, and who knows what it did."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a crawler said that it had done, before a moment: nothing of it may be lost."""

    captures: tuple[tuple[int, str], ...] = ()  #: article, outcome
    polls: tuple[tuple[str, int, str], ...] = ()  #: feed, new items, next poll

    def heard(self, text: bytes) -> Told:
        """With the lines of one more write."""
        captures, polls = list(self.captures), list(self.polls)
        for line in text.decode().splitlines():
            fields = dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
            if fields.get("event") == "capture" and "article" in fields:
                captures.append((int(fields["article"]), fields["outcome"]))
            elif fields.get("event") == "poll" and fields["outcome"] != "failed":
                polls.append((fields["feed"], int(fields.get("new", 0)), fields["next"]))
        return Told(tuple(captures), tuple(polls))


@dataclass(slots=True)
class Segment:
    """One run: where it began, what it did, what it said."""

    name: str
    base: Tree
    told: Told  #: before it
    events: list[Event] = field(default_factory=list)
    before: list[Event] = field(default_factory=list)  #: of a run that was killed: nobody synced what it left
    revisions: dict[tuple[int, int], str] = field(
        default_factory=dict
    )  #: (article, number) → SHA-256 of its file

    def heard(self) -> Told:
        """All that was said up to its end."""
        told = self.told
        for event in self.events:
            told = told.heard(event.data) if event.kind == "told" else told
        return told


@dataclass(slots=True)
class Recorder:
    """Runs crawlers in one yard and follows what they do to its files."""

    wire: SampleWire
    yard: Yard
    segments: list[Segment] = field(default_factory=list)
    traced: Forked = field(init=False)

    def run(
        self,
        segment: Segment,
        meanwhile: Callable[[], None],
        end: signal.Signals = signal.SIGTERM,
        slow: int = trace.SLOW,
    ) -> Segment:
        """A daemon from its start to its end; ``meanwhile`` returns when it is to be stopped."""
        folder, output = self.yard.folder, self.yard.folder / "strace"
        self.traced = template().fork(
            "crawler", ["--config", str(self.yard.config), "run"],
            folder=ROOT, out=Path(os.devnull), err=folder / LOG, stopped=True,
        )  # fmt: skip
        tracer = attach(self.traced, trace.options(str(output), slow))
        try:
            meanwhile()
        finally:
            self._end(end)
            tracer.communicate(timeout=30)  # it has written all down
        with output.open(encoding="ascii", errors="replace") as lines:
            segment.events = trace.read(lines, str(folder), LOG, _names(segment))
        output.unlink()
        self._compare(segment)
        segment.revisions = _revisions(self.yard)
        self.segments.append(segment)
        return segment

    def _end(self, number: signal.Signals) -> None:
        self.traced.send_signal(number)
        code = self.traced.wait(30)
        if code != (0 if number is signal.SIGTERM else -number):
            raise RuntimeError(f"the crawler ended with {code}: {self.log()[-2000:]}")
        if "outcome=failed" in (log := self.log()):
            raise RuntimeError(f"a capture failed: {log.partition('outcome=failed')[2][:500]}")

    def log(self) -> str:
        """What the crawlers said so far."""
        return (self.yard.folder / LOG).read_text(encoding="utf-8")

    def wait_for(self, many: int, event: str = "capture") -> None:
        """Until so many captures were told in all."""
        until(lambda: self.log().count(f"event={event}") >= many, process=self.traced, seconds=60)

    def news(self, edits: int, *, wait: int, files: int = 0) -> None:
        """Change releases and write new ones for a crawler that has just started.

        Until some are captured, and then until so many more files lie there.
        """
        told, polls = (self.log().count(f"event={event}") for event in ("capture", "poll"))
        self.wait_for(len(self.segments) + 1, "start")
        for number in range(
            edits
        ):  # some wires say 304 to whoever asked in the same minute: they change nothing
            url = self.wire.posting(number).url
            self.wire.edit(url, title=f"{self.wire.release(number).title} (corrected)")
        self.wire.publish(edits)
        self.wait_for(polls + 1, "poll")
        self.wait_for(told + wait)
        there = self.yard.count()
        if files:
            with suppress(AssertionError):  # there were no more
                until(lambda: self.yard.count() >= there + files, seconds=1)

    def _compare(self, segment: Segment) -> None:
        """The model's files are those that lie there: no call was missed, none misread."""
        disk = begun(segment)
        for event in segment.events:
            disk.do(event)
        said = {path: data for path, data in disk.now().items() if data is not None and _ours(path)}
        there = {
            path: data for path, data in files(self.yard.folder).items() if data is not None and _ours(path)
        }
        if said != there:
            differing = sorted(
                path for path in said.keys() | there.keys() if said.get(path) != there.get(path)
            )
            raise Unclear(f"the recording of {segment.name} differs from the disk: {differing[:9]}")


def record_command(folder: Path, command: list[str]) -> Segment:
    """One process of any kind that works on the archive below ``folder``, from its start to its own end."""
    segment, output = Segment("a command", files(folder), Told()), folder / "strace"
    subprocess.run([*trace.strace(str(output)), *command], cwd=ROOT, check=True)
    with output.open(encoding="ascii", errors="replace") as lines:
        segment.events = trace.read(lines, str(folder), LOG, _names(segment))
    output.unlink()
    return segment


def begun(segment: Segment, blind: Callable[[str, bool], bool] = lambda path, whole: False) -> Disk:
    """The disk as the segment finds it."""
    disk = Disk(blind)
    disk.load(segment.base)
    for event in segment.before:
        disk.do(event)
    return disk


def _names(segment: Segment) -> list[str]:
    return [path for path, content in begun(segment).now().items() if content is not None]


def _ours(path: str) -> bool:
    return path.startswith(f"{ARCHIVE}/") and not path.endswith("-shm")


def files(folder: Path) -> Tree:
    """All that lies below a folder; not SQLite's shared index, which a start makes anew."""
    tree: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ARCHIVE and not name.endswith("-shm"):
            tree[name] = None if path.is_dir() else path.read_bytes()
    return tree


def _revisions(yard: Yard) -> dict[tuple[int, int], str]:
    """Read as from a disc that cannot be written: any other look would leave a log and its index there."""
    with closing(sqlite3.connect(f"file:{yard.archive}/crawler.db?immutable=1", uri=True)) as opened:
        found = opened.execute(
            "SELECT article_id, number, sha256 FROM revisions WHERE state IN ('done', 'superseded')"
        )
        return {(article, number): digest for article, number, digest in found}


@contextmanager
def newsroom_and_yard(folder: Path, *, releases: int, wires: int, seed: int, raw: bool) -> Iterator[Recorder]:
    """A wire, and a yard whose crawler rotates its raw archive every few pages."""
    archive = f'[archive]\nraw = {str(raw).lower()}\nraw_file_size = "40kB"\nballast = "64kB"\n'
    shutil.rmtree(folder, ignore_errors=True)
    with newsroom(releases=releases, wires=wires, seed=seed) as wire, Yard(folder) as yard:
        yard.configure(wire.config(), poll=POLL, processes=1)
        settings = yard.config.read_text()
        yard.config.write_text(settings.replace("[archive]\n", archive, 1))
        yield Recorder(wire, yard)


def record(
    folder: Path, *, releases: int = 12, wires: int = 3, edits: int = 4, seed: int = 1, raw: bool = True
) -> list[Segment]:
    """Five runs, each where the one before it ended; the third on the power cut that leaves the most work."""
    for _ in range(_ATTEMPTS):
        with suppress(Unclear):
            return _record(folder, releases=releases, wires=wires, edits=edits, seed=seed, raw=raw)
    raise Unclear(f"{_ATTEMPTS} recordings were not what lay there afterwards")


def _record(folder: Path, *, releases: int, wires: int, edits: int, seed: int, raw: bool) -> list[Segment]:
    with newsroom_and_yard(folder, releases=releases, wires=wires, seed=seed, raw=raw) as recorder:
        many = len(recorder.wire.postings)
        first = recorder.run(Segment("first", {}, Told()), lambda: recorder.wait_for(many))
        second = recorder.run(
            Segment("with edits", files(folder), first.heard()),
            lambda: recorder.news(edits, wait=edits),
        )
        cut, told = busiest_cut(second, folder / "tried", Random(seed))
        shutil.rmtree(folder / ARCHIVE)
        put(cut, folder)
        third = recorder.run(Segment("after a cut", cut, told), lambda: recorder.news(1, wait=1))
        killed = recorder.run(
            Segment("killed", files(folder), third.heard()),
            lambda: recorder.news(edits, wait=1, files=1),
            signal.SIGKILL,
            slow=5 * trace.SLOW,  # files have their names before these are on the disk
        )
        after = Segment("after a kill", killed.base, killed.heard(), before=_stilled(killed.events))
        recorder.run(after, lambda: recorder.news(1, wait=1))
        killed.revisions = after.revisions  # its own were not all in the database's file yet
        return recorder.segments


def _stilled(events: list[Event]) -> list[Event]:
    """Of a killed run: a sync that it did not see the end of was none."""
    ended = {event.place for event in events if event.kind == "synced"}
    return [event for event in events if event.kind != "syncing" or event.place in ended]


def busiest_cut(segment: Segment, folder: Path, random: Random) -> tuple[Tree, Told]:
    """The cut in which most revisions are intended and not done; and what had been told before it."""
    begins = [place for place, event in enumerate(segment.events) if event.kind in {"rename", "syncing"}]
    chosen = sorted(random.sample(begins, min(_TRIES, len(begins))))
    disk, told = begun(segment), segment.told
    best: tuple[int, Tree, Told] = (-1, {}, told)
    for place, event in enumerate(segment.events):
        if place in chosen:
            tree = disk.after(luck(disk, random))
            best = max(best, (_intended(tree, folder), tree, told), key=lambda one: one[0])
        disk.do(event)
        told = told.heard(event.data) if event.kind == "told" else told
    return best[1], best[2]


def _intended(tree: Tree, folder: Path) -> int:
    """How many revisions a start would find unfinished."""
    shutil.rmtree(folder, ignore_errors=True)
    put({path: data for path, data in tree.items() if path.startswith(f"{ARCHIVE}/crawler.db")}, folder)
    try:
        with closing(sqlite3.connect(folder / ARCHIVE / "crawler.db")) as opened:
            found = opened.execute("SELECT count(*) FROM revisions WHERE state = 'intended'").fetchone()
            return int(found[0])
    except sqlite3.Error:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(tree: Tree, folder: Path) -> None:
    """Lay the files down."""
    (folder / ARCHIVE).mkdir(parents=True, exist_ok=True)
    for path, content in sorted(tree.items()):
        if content is None:
            (folder / path).mkdir(parents=True, exist_ok=True)
        else:
            (folder / path).write_bytes(content)
