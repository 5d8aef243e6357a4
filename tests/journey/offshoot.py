"""Worker processes of crawlers that ``template`` forked: forked as well, with the steps imported and warm.

The worker's own program runs in each, with its limits, socket, session and end; only the start of an interpreter
and half a second of imports are spared.  ``tests/workers`` and crawlers that are started by exec themselves
start theirs wholly.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from subprocess import DEVNULL
from typing import Any, NoReturn

from crawler.workers import child, process, tasks

#: As the pool has it for its workers, so that ``template`` must have it: no interpreter starts here that could take it.
SEED = process._SET["PYTHONHASHSEED"]


class Offshoot:
    """A worker process; the part of ``subprocess.Popen`` that the pool uses, its arguments too."""

    def __init__(
        self, command: Sequence[str], *, pass_fds: tuple[int], env: dict[str, str], start_new_session: bool, **_: Any
    ) -> None:  # fmt: skip
        assert start_new_session
        assert env["PYTHONHASHSEED"] == SEED
        self.returncode: int | None = None
        stands, begun = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become(command[len(process._PROGRAM) :], pass_fds[0], env, begun)
        os.close(begun)
        os.read(stands, 1)  # it has its session: from here on its group can be killed
        os.close(stands)

    def poll(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int | None:
        """How it ended, as soon as it has."""
        return self._reap(0)

    def _reap(self, how: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class Spawning:
    """What stands in for the module ``subprocess`` where the pool starts workers."""

    DEVNULL = DEVNULL
    Popen = Offshoot


def warm() -> None:
    """Import and do once what workers do; from here on crawlers that are forked fork theirs."""
    importlib.import_module("crawler.extract")
    tasks.warm_up()
    process.subprocess = Spawning  # type: ignore[assignment,attr-defined]


def _become(arguments: Sequence[str], connection: int, env: dict[str, str], begun: int) -> NoReturn:
    """All that the start of an interpreter would bring; then the worker's program.  Nothing of the crawler ends here."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for received in signal.valid_signals():
            if callable(signal.getsignal(received)):
                signal.signal(received, signal.SIG_DFL)
        os.setsid()
        os.write(begun, b".")
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.closerange(3, connection)
        os.closerange(connection + 1, 65536)
        os.environ.clear()
        os.environ.update(env)
        time.tzset()
        warnings.simplefilter("ignore")
        sys.argv = [child.__file__, *arguments]
        child.main(sys.argv[1:])
        code = 0
    except BaseException:
        with suppress(OSError):
            traceback.print_exc()
    finally:
        os._exit(code)
