"""A folder with a configuration in which crawlers run as processes, and what they leave there."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler import document
from tests.journey.forked import ROOT, Forked, template

Process = subprocess.Popen[str] | Forked
_SETTINGS = """\
include = [{include}]

[archive]
root = "archive"
public_url = "https://archive.example/"
{archive}
[web]
delay = "0s"
retry_wait = "50ms"
retry_share = 1.0
trouble = 0
allow_private = ["127.0.0.0/8"]
{web}
[workers]
processes = {processes}
{workers}
[poll]
{poll}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: exit code (negative: the signal that killed it) and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it told a person: the lines of standard error."""
        return self.err.splitlines()

    @property
    def json(self) -> Any:
        """What it told a program: standard output, read as JSON."""
        return json.loads(self.out)


def until(met: Callable[[], Any], *, seconds: float = 30, process: Process | None = None) -> Any:
    """Look until ``met`` is true (or ``process`` has ended) and return what it said; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = met()
        if found or (process is not None and process.poll() is not None):
            return found
        time.sleep(0.005)  # another process is waited for: there is nothing to be woken by
    raise AssertionError(f"not within {seconds} s")


@dataclass(slots=True)
class Running:
    """A crawler at work."""

    process: Process
    out: Path
    err: Path

    def send(self, number: signal.Signals) -> None:
        """A signal to the crawler alone."""
        self.process.send_signal(number)

    def press_ctrl_c(self) -> None:
        """SIGINT to the crawler and all its workers, as a terminal sends it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def workers(self) -> list[int]:
        """The processes that it started."""
        found = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
        parents = {int(pid): int(parent) for pid, parent in map(str.split, found.stdout.splitlines())}
        family = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return sorted(family - {self.process.pid})

    def log(self) -> str:
        """What it has written to standard error so far."""
        return self.err.read_text(encoding="utf-8")

    def wait(self, seconds: float = 60) -> Ended:
        """How it ended."""
        code = self.process.wait(seconds)
        return Ended(code, self.out.read_text(encoding="utf-8"), self.log())


@dataclass(slots=True)
class Yard:
    """One archive and its configuration; ``close`` ends what still runs."""

    folder: Path
    running: list[Running] = field(default_factory=list)
    program: tuple[str, ...] = ("crawler",)  #: the module that is run, and what it is given first

    def __enter__(self) -> Yard:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for crawler in self.running:
            if crawler.process.poll() is None:
                crawler.process.kill()
                crawler.process.wait(10)

    @property
    def before(self) -> tuple[str, ...]:
        """What stands before the interpreter on the command line: a tracer."""
        return ()

    @property
    def inside(self) -> int:
        """The process in whose namespaces crawlers run; 0: in ours."""
        return 0

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "crawler.toml"

    @property
    def archive(self) -> Path:
        """The archive's root."""
        return self.folder / "archive"

    def configure(
        self, feeds: str, *, web: str = "", poll: str = "", workers: str = "", archive: str = "", processes: int = 2
    ) -> Yard:  # fmt: skip
        """Write a configuration: the feeds as TOML tables, lines for the other tables.

        Without a ``floor`` of its own a feed may be asked at any time: tests crawl twice within seconds;
        without ``patience`` a crawl waits for no host that rests.
        One worker process is enough, and sooner there, where a wire has a handful of releases.
        """
        (self.folder / "feeds.toml").write_text(feeds, encoding="utf-8")
        poll = poll if "floor" in poll else f'floor = "0s"\n{poll}'
        poll = poll if "patience" in poll else f'patience = "0s"\n{poll}'
        include = f'"feeds.toml", "{ROOT}/config/banners.toml"'
        settings = _SETTINGS.format(
            include=include, archive=archive, web=web, processes=processes, poll=poll, workers=workers
        )
        self.config.write_text(settings, encoding="utf-8")
        return self

    def start(self, *arguments: str) -> Running:
        """Begin a crawler with this configuration, in a process group of its own."""
        number = len(self.running)
        out, err = self.folder / f"{number}.out", self.folder / f"{number}.err"
        command = [*self.program, "--config", str(self.config), *arguments]
        if not self.before:
            out.write_bytes(b"")
            err.write_bytes(b"")  # they are there as soon as it runs
            self.running.append(Running(self._forked(command, out, err), out, err))
            return self.running[-1]
        with out.open("w") as to_out, err.open("w") as to_err:
            process = subprocess.Popen(
                [*self.before, sys.executable, "-m", *command], stdout=to_out, stderr=to_err, cwd=ROOT,
                text=True, start_new_session=True,
            )  # fmt: skip
        self.running.append(Running(process, out, err))
        return self.running[-1]

    def _forked(self, command: list[str], out: Path, err: Path) -> Forked:
        """A crawler that has not to start an interpreter."""
        return template().fork(command[0], command[1:], folder=ROOT, out=out, err=err, inside=self.inside)

    def run(self, *arguments: str, seconds: float = 120) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments).wait(seconds)

    def crawl(self, *arguments: str, seconds: float = 120) -> Ended:
        """``crawler crawl`` for all that the wire has."""
        return self.run("crawl", "--since", "2000-01-01", *arguments, seconds=seconds)

    def kill_after(self, files: int, *arguments: str) -> bool:
        """Start a crawl, SIGKILL it when so many more articles lie there; False if it was done before."""
        there = self.count()
        crawler = self.start("crawl", "--since", "2000-01-01", *arguments)
        until(lambda: self.count() >= there + files, process=crawler.process, seconds=600)
        crawler.send(signal.SIGKILL)
        return crawler.process.wait(10) == -signal.SIGKILL

    # ------------------------------------------------------------------ what lies there

    def count(self) -> int:
        """Articles on the disk, now."""
        return sum(
            name.endswith(".md") for _, _, names in os.walk(self.archive / "content") for name in names
        )

    def files(self) -> dict[str, bytes]:
        """Every file of the archive but database, lock, ballast, log and what the servers sent: path → bytes."""
        apart = {self.archive / "warc", self.archive / "log"}
        found = (path for path in self.archive.rglob("*") if path.is_file())
        return {
            path.relative_to(self.archive).as_posix(): path.read_bytes()
            for path in found
            if not path.name.startswith(("crawler.db", ".ballast")) and apart.isdisjoint(path.parents)
        }

    def documents(self) -> dict[str, document.Document]:
        """The articles: path → what their files say."""
        return {
            path: document.parse(data)
            for path, data in self.files().items()
            if path.startswith("content/") and path.endswith(".md")
        }

    def rows(self, question: str, *values: object) -> list[dict[str, Any]]:
        """What the database says, by plain SQL."""
        with closing(
            sqlite3.connect(f"file:{self.archive}/crawler.db?mode=ro", uri=True, timeout=10)
        ) as found:
            found.row_factory = sqlite3.Row
            return [dict(row) for row in found.execute(question, values)]

    def change(self, statement: str, *values: object) -> int:
        """Change a stopped crawler's database: how a test lets hours pass."""
        with closing(sqlite3.connect(self.archive / "crawler.db", timeout=10)) as opened, opened:
            return opened.execute(statement, values).rowcount
