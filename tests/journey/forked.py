"""Processes that are forked by ``template``: what ``subprocess.Popen`` tells of a process, told of those."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Template:
    """The process that forks, and how those that it forked have ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None  #: if it was begun here
        self._connection = self._connected()
        self._lock = threading.Lock()  #: campaigns start crawlers from several threads
        self._ended: dict[int, int] = {}

    def _connected(self) -> socket.socket:
        """To the one that all processes of a test run share: who needs it first begins it."""
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}"
        place = f"\0crawler-template-{run}"
        until = time.monotonic() + 60
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door, suppress(OSError):
                door.bind(place)  # only one can: fails for all others as long as that one runs
                door.listen(64)
                self._process = _begun(door)
            ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                ours.connect(place)
            except OSError:  # it does not listen yet, or it has just ended
                ours.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                return ours

    def fork(
        self, module: str, arguments: Sequence[str], *, folder: Path, out: Path, err: Path, inside: int = 0,
        stopped: bool = False,
    ) -> Forked:  # fmt: skip
        """Run a module as a program of its own, in the namespaces of the process ``inside``.

        ``stopped``: it stands still (SIGSTOP) before it begins, to be traced.
        """
        question = {
            "module": module, "arguments": [module, *arguments], "folder": str(folder), "inside": inside,
            "stopped": stopped,
            "out": str(out), "err": str(err), "environment": dict(os.environ),
        }  # fmt: skip
        with self._lock:
            self._connection.send(json.dumps(question).encode())
            while (pid := self._told(60)) is None:
                pass
        return Forked(pid, self)

    def code(self, pid: int) -> int | None:
        """How a process ended, as ``Popen.returncode``."""
        with self._lock:
            while pid not in self._ended and select.select([self._connection], [], [], 0)[0]:
                self._told(0)
            return self._ended.get(pid)

    def _told(self, seconds: float) -> int | None:
        """Take what is told within so many seconds; the process, if one was started."""
        if not select.select([self._connection], [], [], seconds)[0]:
            return None
        told = json.loads(self._connection.recv(4096) or b'{"gone": true}')
        if "gone" in told:
            raise RuntimeError("the process that forks crawlers is gone")
        if "ended" in told:
            self._ended[told["ended"]] = told["code"]
            return None
        started = int(told["started"])
        self._ended.pop(started, None)  # the number of one that ended long ago
        return started


class Forked:
    """A process that ``template`` forked; the part of ``subprocess.Popen`` that tests use."""

    def __init__(self, pid: int, template: Template) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._template = template

    def poll(self) -> int | None:
        """How it ended, or None while it runs."""
        if self.returncode is None:
            self.returncode = self._template.code(self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """How it ended; raises ``subprocess.TimeoutExpired``."""
        until = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.005)  # another process is waited for: there is nothing to be woken by
        return int(self.returncode or 0)

    def send_signal(self, number: signal.Signals) -> None:
        """A signal to it, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _begun(door: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journey.template", str(door.fileno())],
        cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[door.fileno()],
        env=os.environ | {"PYTHONHASHSEED": "0"},  # as workers have it
    )  # fmt: skip


@cache
def template() -> Template:
    """The one for this process; it goes when all go that it forks for, for then their sockets are closed."""
    return Template()
