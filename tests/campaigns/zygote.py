"""A process with everything imported that forks a life for every job: no interpreter is started for a point.

``Zygote`` is the campaign's side; jobs are ``lives`` by name.  A job may stop itself (SIGSTOP) before it
begins, so that strace can be attached.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.campaigns import lives

LONGEST = 60.0  #: seconds that a life may take


class Stuck(Exception):
    """A life did not end."""


@dataclass(slots=True)
class Zygote:
    """One forking process; used by one thread at a time."""

    pid: int
    channel: socket.socket
    inbox: bytes = b""

    @classmethod
    def fork(cls) -> Zygote:
        """Make one; to be called before there are threads."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _serve(theirs)
        theirs.close()
        ours.settimeout(LONGEST)
        return cls(pid, ours)

    def say(self, job: dict[str, Any]) -> dict[str, Any]:
        """Hand a job over and hear what comes first: that it stands (``stopped``), or that it ended."""
        self.channel.sendall(json.dumps(job).encode() + b"\n")
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next word; raises ``Stuck`` where none comes."""
        while b"\n" not in self.inbox:
            try:
                data = self.channel.recv(65536)
            except TimeoutError:
                raise Stuck from None
            if not data:
                raise RuntimeError("the zygote is dead")
            self.inbox += data
        line, _, self.inbox = self.inbox.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        """End it."""
        with suppress(OSError):  # it is gone
            # Closed here it stays open in the zygotes that were forked later.
            self.channel.shutdown(socket.SHUT_RDWR)
        self.channel.close()
        os.waitpid(self.pid, 0)


def _serve(channel: socket.socket) -> None:
    """Fork until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with channel.makefile("rw", encoding="utf-8") as stream:
        for line in stream:
            job = json.loads(line)
            for told in _learn(job) if job.get("warm") else _watch(_fork(job)):
                stream.write(json.dumps(told) + "\n")
                stream.flush()
    os._exit(0)


def _learn(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Do a job here: what is imported and extracted for it, every later life has."""
    yield {"pid": os.getpid(), "code": lives.perform(job)}


def _fork(job: dict[str, Any]) -> int:
    gc.freeze()  # what is shared is no garbage: looking through it would copy it
    pid = os.fork()
    if pid == 0:
        _live(job)
    return pid


def _watch(pid: int) -> Iterator[dict[str, Any]]:
    """What becomes of a life: it stands still, it ends."""
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            yield {"stopped": pid}
            continue
        code = os.waitstatus_to_exitcode(status)
        yield {"pid": pid, "code": code}
        return


def _live(job: dict[str, Any]) -> None:
    """One job, in a fork of its own."""
    code = 70
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = lives.perform(job)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
