"""The program of a worker process: ``python -m crawler.workers.child``, started by ``process``.

It reads documents from a socket, one at a time, and writes one answer for each.  It limits itself,
dies with its parent, and writes no file.  Questions are pickled (the parent is trusted); answers
are JSON (the child is not).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import logging
import math
import os
import pickle
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crawler.errors import CrawlError
from crawler.workers.codec import plain

MAX_ANSWER = 32 * 2**20  #: bytes; the parent refuses more, too
MAX_MESSAGE = 300  #: characters of an error's text; it may quote foreign bytes
NICENESS = 5  #: the parent's event loop goes first

_PR_SET_PDEATHSIG = 1
_TICKS = -8  #: this process's clock by ticks (Linux: CPUCLOCK_PROF of pid 0)
_DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OUT_OF_MEMORY = "memory"


def main(arguments: list[str]) -> None:
    """Serve documents until the parent hangs up or is gone."""
    descriptor, parent, cpu, memory = (int(argument) for argument in arguments[:4])
    _detach(parent)
    connection = socket.socket(fileno=descriptor)
    try:
        tasks = importlib.import_module(arguments[4])
        getattr(tasks, "warm_up", lambda: None)()
    except BaseException as error:
        _send(connection, [0, "broken", describe(error)])
        raise
    _settle(memory)
    _send(connection, [0, "ready", None])
    while (question := _receive(connection)) is not None:
        answer = _answer(tasks, question, cpu)
        del question
        _send(connection, answer)
        if answer[1] == _OUT_OF_MEMORY:
            return  # what is left of this process is not to be trusted


def describe(error: BaseException) -> str:
    """An unexpected error in one short printable line: type and message."""
    return printable(f"{type(error).__name__}: {error}")


def printable(text: str) -> str:
    """``text`` on one line, without control characters, cut at 300 characters."""
    cut = text[: MAX_MESSAGE * 4]
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in cut).split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"


def _detach(parent: int) -> None:
    """The parent decides: terminal and service signals are for it, its death is ours."""
    for number in _DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # a machine out of memory takes a worker, never the parent
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)  # parsers' remarks about foreign bytes go nowhere


def _settle(memory: int) -> None:
    """After warm-up: what exists now is kept; from here on limits hold."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # trees are freed by reference counts; saves 5 % [measured]
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # writes no file …
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # … and starts no process (root could)
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return  # not Linux: RLIMIT_AS is not kept there either
    _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory)


def spent() -> float:
    """Seconds of processor time, by the clock that the system compares RLIMIT_CPU with.

    Linux compares its count of ticks, which getrusage corrects: in a worker that lives long on a busy machine
    the two part by seconds, and an innocent document would be killed for it.
    """
    try:
        return time.clock_gettime(_TICKS)
    except OSError:  # not Linux
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime


def _lower(limit: int, value: int) -> None:
    """Set the soft limit; the hard one, which cannot be raised again, stays."""
    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _answer(tasks: Any, question: bytearray, cpu: int) -> list[Any]:
    number = 0
    try:
        number, task, arguments = pickle.loads(question)  # noqa: S301  (from the parent)
        _lower(resource.RLIMIT_CPU, math.ceil(spent() + cpu))
        function: Callable[..., object] = getattr(tasks, task)
        return [number, "done", plain(function(*arguments))]
    except MemoryError:
        return [number, _OUT_OF_MEMORY, None]
    except CrawlError as error:
        return [number, "failed", [error.kind, printable(str(error))]]
    except BaseException as error:
        return [number, "failed", ["", describe(error)]]


def _send(connection: socket.socket, answer: list[Any]) -> None:
    try:
        data = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except MemoryError:
        answer[1:] = [_OUT_OF_MEMORY, None]
        return _send(connection, answer)
    if len(data) > MAX_ANSWER:
        text = f"its result is over {MAX_ANSWER >> 20} MiB"
        return _send(connection, [answer[0], "failed", ["", text]])
    connection.sendall(len(data).to_bytes(4, "big") + data)
    return None


def _receive(connection: socket.socket) -> bytearray | None:
    """The next question, or None when the parent has hung up."""
    header = _read(connection, 4)
    return _read(connection, int.from_bytes(header, "big")) if header else None


def _read(connection: socket.socket, size: int) -> bytearray | None:
    data, filled = bytearray(size), 0
    view = memoryview(data)
    while filled < size:
        count = connection.recv_into(view[filled:])
        if count == 0:
            return None
        filled += count
    return data


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # nothing to tidy up; the system is faster
