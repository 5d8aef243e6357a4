"""Processes that read inputs: a death, a hang or memory without end is a finding, and ends nothing.

The parent lends batches; a child notes in shared memory which input it is at before it begins, so
that whoever kills it is known by number.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import logging
import math
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from crawler.workers.child import spent
from tests.fuzz import inputs, readers

MEMORY = 1_500_000_000  #: bytes of address space of a child
_PR_SET_PDEATHSIG = 1
_PLACE = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some inputs of one reader, by their numbers."""

    reader: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that brought what no input may."""

    reader: str
    number: int
    sign: str  #: exception and place: two findings of one sign have one cause
    trace: str


@dataclass(slots=True)
class Report:
    """What came of a batch, or of all of one reader."""

    inputs: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_number: int = -1
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Both together."""
        self.inputs += other.inputs
        for name, count in other.outcomes.items():
            self.outcomes[name] = self.outcomes.get(name, 0) + count
        self.seconds += other.seconds
        if other.slowest > self.slowest:
            self.slowest, self.slowest_number = other.slowest, other.slowest_number
        self.findings += other.findings


Build = Callable[[str, int], bytes]  #: reader, number → input


def sign_of(error: BaseException) -> str:
    """What an exception is and where in our own code it came out."""
    place = "?"
    for frame in traceback.extract_tb(error.__traceback__):
        if "/crawler/" in frame.filename:
            place = f"crawler/{frame.filename.rpartition('/crawler/')[2]}:{frame.name}"
        elif "/fuzz/" in frame.filename and place == "?":
            place = frame.name
    rule = f" ({error})" if type(error).__name__ == "Broken" else ""
    return f"{type(error).__name__}{rule} in {place}"


def judge(reader: str, data: bytes) -> tuple[str, str]:
    """An outcome ("read", "refused", or the sign of a finding) and its trace."""
    try:
        return readers.READERS[reader](data), ""
    except Exception as error:
        return sign_of(error), "".join(traceback.format_exception(error)[-6:])


def settle() -> None:
    """The limits of a child, its silence, and its end with its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def allow(seconds: float) -> None:
    """From now on so many seconds of processor time, then SIGXCPU."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(spent() + seconds), hard))


def read(batch: Batch, build: Build, note: Callable[[int], None]) -> Report:
    """All of a batch, in this process."""
    report = Report()
    for number in range(batch.first, batch.first + batch.count):
        note(number)
        data = build(batch.reader, number)
        limit = inputs.SECONDS[batch.reader]
        allow(limit)
        began = time.thread_time()
        outcome, trace = judge(batch.reader, data)
        took = time.thread_time() - began
        report.inputs += 1
        report.seconds += took
        if took > report.slowest:
            report.slowest, report.slowest_number = took, number
        if took > limit:
            outcome, trace = f"slow ({took:.0f} s)", ""
        if outcome not in {"read", "refused"}:
            report.findings.append(Finding(batch.reader, number, outcome, trace))
            outcome = "found"
        report.outcomes[outcome] = report.outcomes.get(outcome, 0) + 1
    return report


class Hand:
    """One child and what it is at."""

    def __init__(self, build: Build) -> None:
        self._place = mmap.mmap(-1, _PLACE.size)
        self._traces: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - for the child's life
        self.socket, theirs = socket.socketpair()
        self.batch: Batch | None = None
        self.process = os.fork()
        if self.process == 0:
            self.socket.close()
            self._serve(theirs, build)
        theirs.close()

    def _serve(self, parent: socket.socket, build: Build) -> None:
        """The child: batches until the parent hangs up.  Does not return."""
        try:
            settle()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            faulthandler.enable(self._traces)
            faulthandler.register(signal.SIGXCPU, self._traces, chain=True)
            with parent.makefile("rb") as asked:
                for line in asked:
                    report = read(Batch(**json.loads(line)), build, self._note)
                    told = {**_fields(report), "findings": [_fields(one) for one in report.findings]}
                    parent.sendall(json.dumps(told).encode("utf-8", "replace") + b"\n")
        except MemoryError:
            os._exit(7)
        finally:
            os._exit(0)

    def _note(self, number: int) -> None:
        self._place[:] = _PLACE.pack(number)

    def lend(self, batch: Batch) -> None:
        """Give it a batch."""
        self._note(batch.first)
        self.batch = batch
        self.socket.sendall(json.dumps(_fields(batch)).encode() + b"\n")

    def answer(self) -> Report | None:
        """What came of its batch; None: it died."""
        with self.socket.makefile("rb") as told:
            line = told.readline()
        if not line:
            return None
        value = json.loads(line)
        value["findings"] = [Finding(**one) for one in value["findings"]]
        return Report(**value)

    def died(self) -> Finding:
        """Which input killed it, and how."""
        assert self.batch is not None
        _, status = os.waitpid(self.process, 0)
        number: int = _PLACE.unpack(self._place[:])[0]
        self._traces.seek(0)
        trace = self._traces.read().decode("utf-8", "replace")
        self._close()
        how = (
            signal.Signals(os.WTERMSIG(status)).name
            if os.WIFSIGNALED(status)
            else f"exit {os.WEXITSTATUS(status)}"
        )
        return Finding(self.batch.reader, number, f"{how} in {_place_of(trace)}", trace)

    def end(self) -> None:
        """Its work is done or given up."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self._close()

    def _close(self) -> None:
        self.socket.close()
        self._traces.close()
        self._place.close()


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _place_of(trace: str) -> str:
    """The innermost line of our own code in a trace of faulthandler."""
    for line in trace.splitlines():
        if "/crawler/" in line and "/site-packages/" not in line:
            return f"crawler/{line.rpartition('/crawler/')[2].split(chr(34))[0]}:{line.rpartition(' in ')[2]}"
    return "?"


def run(batches: Iterable[Batch], build: Build, jobs: int) -> Iterator[tuple[Batch, Report]]:
    """Read all batches in so many processes; yields what came of each, in no order."""
    waiting, hands = deque(batches), [Hand(build) for _ in range(jobs)]
    try:
        while True:
            for hand in hands:
                if hand.batch is None and waiting:
                    hand.lend(waiting.popleft())
            busy = [hand for hand in hands if hand.batch is not None]
            if not busy:
                return
            for ready in select.select([hand.socket for hand in busy], [], [])[0]:
                at = next(index for index, hand in enumerate(hands) if hand.socket is ready)
                batch, report = hands[at].batch, hands[at].answer()
                assert batch is not None
                if report is None:
                    report, rest = _after_death(batch, hands[at].died())
                    waiting.extendleft(rest)
                    hands[at] = Hand(build)
                hands[at].batch = None
                yield batch, report
    finally:
        for hand in hands:
            hand.end()


def alone(reader: str, data: bytes) -> str:
    """One input in a process of its own: an outcome, or the sign of a finding."""
    ((_, report),) = run([Batch(reader, 0, 1)], lambda *_: data, 1)
    return report.findings[0].sign if report.findings else next(iter(report.outcomes))


def _after_death(batch: Batch, finding: Finding) -> tuple[Report, list[Batch]]:
    """The death as a report; and what is to be read again, the input that killed left out."""
    done = finding.number - batch.first
    before = Batch(batch.reader, batch.first, done)
    behind = Batch(batch.reader, finding.number + 1, batch.count - done - 1)
    report = Report(inputs=1, outcomes={"found": 1}, findings=[finding])
    return report, [rest for rest in (before, behind) if rest.count]
