"""A process that has everything imported and forks a crawler for each question: ``python -m tests.journey.template FD``.

Started by ``forked``.  A crawler that is forked is a process like any other, in a session of its own, with its
own descriptors, signals and end; only its second of imports is spared, which is most of a short run's cost.
Its workers are forked likewise: see ``offshoot``.
"""

from __future__ import annotations

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
import time
from typing import Any

from tests.journey import offshoot

Question = dict[str, Any]
LONGEST = 2**20  #: bytes of a question; each is one packet
_NOT_PRELOADED = frozenset({"crawler.__main__"})


def preload() -> None:
    """What a crawler imports by and by; no module does anything but define."""
    package = importlib.import_module("crawler")
    for module in pkgutil.walk_packages(package.__path__, "crawler."):
        if module.name not in _NOT_PRELOADED and ".migrations." not in module.name:
            importlib.import_module(module.name)
    offshoot.warm()


def serve(connection: socket.socket) -> Question:
    """Fork for each question and tell who ended how; returns in each child, with its question."""
    children: dict[int, int] = {}  #: descriptor of a process → its number
    while True:
        ready, _, _ = select.select([connection, *children], [], [])
        for descriptor in ready:
            if descriptor is connection:
                asked = connection.recv(LONGEST)
                if not asked:
                    os._exit(0)
                pid = os.fork()
                if pid == 0:
                    return json.loads(asked)
                children[os.pidfd_open(pid)] = pid
                _tell(connection, {"started": pid})
            else:
                pid = children.pop(descriptor)
                os.close(descriptor)
                _, status = os.waitpid(pid, 0)
                _tell(connection, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(connection: socket.socket, answer: dict[str, int]) -> None:
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
    os.closerange(3, 64)
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
    connection = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the tests
    preload()
    gc.collect()
    gc.freeze()
    with connection:
        question = serve(connection)
    become(question)
    return str(question["module"])


if __name__ == "__main__":
    runpy.run_module(main(), run_name="__main__", alter_sys=True)
