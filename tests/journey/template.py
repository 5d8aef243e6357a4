"""A process that has everything imported and forks a crawler for each question: ``python -m tests.journey.template FD``.

Started by ``forked``, once for all processes of a test run.  A crawler that is forked is a process like any other, in a session of its own, with its
own descriptors, signals and end; only its second of imports is spared, which is most of a short run's cost.
Its workers are forked likewise: see ``offshoot``.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any, NoReturn

from crawler.cli import root
from tests.journey import offshoot

Question = dict[str, Any]
LONGEST = 2**20  #: bytes of a question; each is one packet
ALONE = 60.0  #: seconds; if nobody comes for so long nobody will
_NOT_PRELOADED = frozenset({"crawler.__main__"})


def preload() -> None:
    """What a crawler imports by and by, and its commands; no module does anything but define."""
    package = importlib.import_module("crawler")
    for module in pkgutil.walk_packages(package.__path__, "crawler."):
        if module.name not in _NOT_PRELOADED and ".migrations." not in module.name:
            importlib.import_module(module.name)
    root.tree()
    offshoot.warm()


def serve(door: socket.socket) -> Question:
    """Fork for each question and tell who ended how; returns in each child, with its question."""
    asking: dict[int, socket.socket] = {}  #: by descriptor
    children: dict[int, tuple[int, socket.socket]] = {}  #: by descriptor: its number, who asked for it
    while True:
        watched: list[Any] = [door, *asking, *children]
        ready, _, _ = select.select(watched, [], [], None if asking else ALONE)
        if not ready:
            os._exit(0)
        for descriptor in ready:
            if descriptor is door:
                connection, _ = door.accept()
                asking[connection.fileno()] = connection
            elif descriptor in children:
                pid, connection = children.pop(descriptor)
                os.close(descriptor)
                _, status = os.waitpid(pid, 0)
                _tell(connection, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})
            elif asked := _heard(asking[descriptor]):
                pid = os.fork()
                if pid == 0:
                    for connection in asking.values():
                        connection.close()
                    found: Question = json.loads(asked)
                    return found
                children[os.pidfd_open(pid)] = pid, asking[descriptor]
                _tell(asking[descriptor], {"started": pid})
            else:
                asking.pop(descriptor).close()
                if not asking:
                    os._exit(0)


def _heard(connection: socket.socket) -> bytes:
    """A question; none where nobody asks any more."""
    try:
        return connection.recv(LONGEST)
    except OSError:
        return b""


def _tell(connection: socket.socket, answer: dict[str, int]) -> None:
    with suppress(OSError):  # who asked is gone
        connection.send(json.dumps(answer).encode())


def become(question: Question) -> None:
    """All that the start of a program would bring: session, descriptors, folder, environment, arguments."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if question["inside"]:
        _enter(question["inside"])
    for number, name in ((0, os.devnull), (1, question["out"]), (2, question["err"])):
        opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    os.closerange(3, 4096)
    os.chdir(question["folder"])
    os.environ.clear()
    os.environ.update(question["environment"])
    time.tzset()
    sys.argv = question["arguments"]
    if question["stopped"]:
        os.kill(os.getpid(), signal.SIGSTOP)


def _enter(pid: int) -> None:
    """Go where a process has its users and mounts, as nsenter(1) does."""
    libc = ctypes.CDLL(None, use_errno=True)
    for kind in ("user", "mnt"):
        there = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
        if libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), f"setns({kind})")
        os.close(there)


def main() -> str:
    """The module that this process, forked by now, is to run."""
    door = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the tests
    preload()
    gc.collect()
    gc.freeze()
    with door:
        question = serve(door)
    become(question)
    return str(question["module"])


def run(module: str) -> NoReturn:
    """A module from its begin to its end, but for the taking apart of all that is imported.

    That touches, and so copies, every page that the processes share: more than a short run costs.
    """
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons, as any end does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    run(main())
