"""Tasks for tests: well-behaved ones, and documents that do to their worker what real ones do."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from crawler.errors import ArchiveError, NoArticle, NotAFeed
from crawler.model import Enclosure, Entry, FeedDocument, FeedInfo


def echo(text: str) -> str:
    """The same text."""
    return text


def pid(_: str = "") -> str:
    """Which process did this."""
    return str(os.getpid())


def work(text: str, seconds: float) -> str:
    """Use the processor."""
    end = time.thread_time() + seconds  # process time has a grain of 4 ms under RLIMIT_CPU
    while time.thread_time() < end:
        pass
    return text


def feed(count: int, size: int) -> FeedDocument:
    """A large answer."""
    text = "Lanternfield opens a plant. " * (size // 28)
    return FeedDocument(
        info=FeedInfo(format="rss20"),
        entries=tuple(
            Entry(
                key=f"guid:{number}",
                position=number,
                content=text,
                enclosures=(Enclosure(url="https://wire.example/a.jpg"),),
            )
            for number in range(count)
        ),
    )


def segfault(_: str = "") -> str:
    """Die as expat and lxml do."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return "not reached"


def be_killed(_: str = "") -> str:
    """Die as by the kernel's out-of-memory killer."""
    os.kill(os.getpid(), signal.SIGKILL)
    return "not reached"


def leave(status: int = 3) -> str:
    """Die as a library that calls exit() does."""
    os._exit(status)


def hang(_: str = "") -> str:
    """Never answer, without using the processor."""
    while True:
        time.sleep(60)


def spin(_: str = "") -> str:
    """Never answer, using the processor."""
    while True:
        pass


def allocate(size: int) -> str:
    """Ask for memory and touch it."""
    kept = [bytearray(2**20) for _ in range(size // 2**20)]
    return str(len(kept))


def segfault_once(path: str) -> str:
    """Die the first time, answer the second: the folder ``path`` is the sign of the first."""
    folder = Path(path)
    if folder.is_dir():
        folder.rmdir()  # workers cannot write files
        os.kill(os.getpid(), signal.SIGSEGV)
    return str(os.getpid())


def no_article(text: str) -> str:
    """Raise an expected failure."""
    raise NoArticle(text)


def not_a_feed(text: str) -> str:
    """Raise another expected failure."""
    raise NotAFeed(text)


def disk_failure(text: str) -> str:
    """Raise a failure that no document may cause."""
    raise ArchiveError(text)


def value_error(text: str) -> str:
    """Raise what nobody expects."""
    raise ValueError(text)


def wrong_type(_: str = "") -> int:
    """Answer with something that was not asked for."""
    return 7


def untravelled(_: str = "") -> object:
    """Answer with something that cannot travel."""
    return object()


def huge(size: int) -> str:
    """A result that is too long."""
    return "x" * size


def write_file(path: str) -> str:
    """Try to leave something on the disk."""
    with Path(path).open("wb") as file:
        file.write(b"x" * 10)
    return "written"


def environment(name: str) -> str:
    """What the child knows of the parent's environment."""
    return os.environ.get(name, "")


def blurt(raw: bytes) -> str:
    """Write bytes straight into the answering socket, as taken-over code might."""
    _connection().sendall(raw)
    time.sleep(60)
    return ""


def hang_up(_: str = "") -> str:
    """Close the socket and live on."""
    os.close(int(sys.argv[1]))
    time.sleep(60)
    return ""


def _connection() -> socket.socket:
    return socket.socket(fileno=os.dup(int(sys.argv[1])))
