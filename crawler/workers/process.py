"""One child process as its parent sees it: started, asked, killed, buried.

The child runs in its own session, so a terminal's Ctrl-C does not reach it; it holds one end of a
socket pair, so its death is an end of file here, and ours is one there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import pickle
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from crawler.errors import CrawlError, DocumentError, NoArticle, NotAFeed, Passing, WorkerFailed
from crawler.workers.codec import BadAnswer, Reader, reader

MAX_ANSWER = 32 * 2**20  #: bytes; a longer answer is refused before it is read
START_SECONDS = 60.0  #: for imports and warm-up, on a busy machine

_GRACE = 0.5  #: seconds in which a child that hung up may end by itself and so tell how
_LARGE = 2**20  #: bytes of an answer that takes more than some milliseconds to read
_LOOK = 0.003  #: seconds between two looks at whether it has
_PROGRAM = (sys.executable, "-P", "-W", "ignore", "-m", "crawler.workers.child")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONHOME")
_SET = {
    "MALLOC_ARENA_MAX": "1",  # one thread; arenas would eat the address space we count
    "PYTHONHASHSEED": "0",  # sets are walked in one order: same input, same bytes
    "PYTHONUTF8": "1",
}
#: What a child may raise; never a failure of the disk or the database, which would stop the crawler.
_RAISED: dict[str, type[CrawlError]] = {
    kind.__name__: kind for kind in (NotAFeed, NoArticle, DocumentError, WorkerFailed)
}


class Died(Exception):
    """The child is gone, or had to be; the text is the reason in a few words.

    ``passing`` is PERMANENT where the document is to blame, TEMPORARY where the machine may be: a
    busy one outlasts the wall clock, a full one kills.
    """

    def __init__(self, reason: str, passing: Passing = Passing.PERMANENT) -> None:
        super().__init__(reason)
        self.passing = passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may cost; the kernel or the parent holds them, never the parser."""

    timeout: timedelta  #: wall clock
    cpu: timedelta
    memory: int  #: bytes of address space beyond those of a fresh child


class Child(asyncio.Protocol):
    """A running worker process; :func:`start` makes one."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self.documents = 0  #: asked so far
        self._process = process
        self._limits = limits
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._killed = False  #: by us

    @property
    def pid(self) -> int:
        """The process id, which is its session's and group's too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False as soon as the connection to it is lost."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, task: str, arguments: tuple[object, ...], read: Reader) -> Any:
        """Have one document parsed.

        Raises the child's ``CrawlError``, or ``Died`` when nothing is left of the child.
        """
        self.documents += 1
        number = self.documents
        question = pickle.dumps((number, task, arguments), protocol=5)
        kind, value = await self._exchange(question, number, self._limits.timeout.total_seconds())
        if kind == "memory":
            raise await self._buried("out of memory")
        try:
            if kind == "failed":
                raise _raised(value)
            if kind != "done":
                raise BadAnswer("not an answer to a document")
            return read(value)
        except BadAnswer as error:
            raise await self._buried(f"unreadable answer: {error}") from None

    async def ready(self) -> None:
        """Wait for the end of the warm-up; raises ``Died``."""
        kind, value = await self._exchange(b"", 0, START_SECONDS)
        if kind != "ready":
            raise await self._buried(str(value)[:300])

    def kill(self) -> None:
        """Send SIGKILL to it and to whatever it may have started."""
        if self._process.returncode is None:
            self._killed = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    async def end(self, grace: float = 0.0) -> str:
        """Wait until nothing is left of it, killing it after ``grace`` seconds; how it ended."""
        deadline = asyncio.get_running_loop().time() + grace
        while self._process.poll() is None:
            if asyncio.get_running_loop().time() >= deadline:
                self.kill()
            await asyncio.sleep(_LOOK)
        if self._transport is not None:
            self._transport.abort()
        return _ending(self._process.returncode, self._limits)

    def destroy(self) -> None:
        """Kill and reap it without awaiting: for a start that was cancelled."""
        self.kill()
        self._process.wait()
        if self._transport is not None:
            self._transport.abort()

    async def _exchange(self, question: bytes, number: int, seconds: float) -> tuple[str, Any]:
        if self._transport is None or not self.alive:
            raise await self._buried(None)
        self._answer = asyncio.get_running_loop().create_future()
        if question:
            self._transport.write(len(question).to_bytes(4, "big"))
            self._transport.write(question)
        try:
            async with asyncio.timeout(seconds):
                frame = await self._answer
            opened = _opened(frame, number)
            if len(frame) > _LARGE:
                await asyncio.sleep(0)  # others' turn, before the values are made
            return opened
        except TimeoutError:
            raise await self._buried(f"over {seconds:g} s", Passing.TEMPORARY) from None
        except BadAnswer as error:
            raise await self._buried(f"unreadable answer: {error}") from None
        except ConnectionError:
            raise await self._buried(None) from None
        finally:
            self._answer = None

    async def _buried(self, reason: str | None, passing: Passing = Passing.PERMANENT) -> Died:
        """``Died``, once nothing is left of it; without a reason, how it ended is the reason."""
        ended = await self.end(_GRACE if reason is None else 0.0)
        if reason is not None or self._killed:
            return Died(reason or "hung up", passing)
        # A SIGKILL that is not ours: out of memory, by everyone's doing, or a person at a shell.
        killed = self._process.returncode == -signal.SIGKILL
        return Died(ended, Passing.TEMPORARY if killed else passing)

    # What the event loop calls:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of ``asyncio.Protocol``."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Part of ``asyncio.Protocol``: collect one answer; a second one is not welcome."""
        self._buffer += data
        if len(self._buffer) < 4:
            return
        size = int.from_bytes(self._buffer[:4], "big")
        if self._answer is None or self._answer.done() or size > MAX_ANSWER or len(self._buffer) > size + 4:
            self._hang_up(BadAnswer("too long, or not asked for"))
        elif len(self._buffer) == size + 4:
            frame, self._buffer = bytes(memoryview(self._buffer)[4:]), bytearray()
            self._answer.set_result(frame)

    def connection_lost(self, error: Exception | None) -> None:
        """Part of ``asyncio.Protocol``."""
        self._hang_up(ConnectionResetError("the worker hung up"))

    def _hang_up(self, reason: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(reason)
        if self._transport is not None:
            self._transport.abort()


async def start(limits: Limits, tasks: str) -> Child:
    """Start a child that can do the functions of module ``tasks``, warmed up; raises ``Died``."""
    try:
        ours, process = _spawn(limits, tasks)
    except OSError as error:
        raise Died(f"the system refuses a process: {error.strerror}") from None
    child = Child(process, limits)
    try:
        await asyncio.get_running_loop().create_unix_connection(lambda: child, sock=ours)
        await child.ready()
    except BaseException:
        child.destroy()
        raise
    return child


def _spawn(limits: Limits, tasks: str) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    cpu = math.ceil(limits.cpu.total_seconds())
    settings = (theirs.fileno(), os.getpid(), cpu, limits.memory, tasks)
    try:
        process = subprocess.Popen(  # noqa: S603  (our own program)
            [*_PROGRAM, *map(str, settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
            env=_environment(),
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return ours, process


def _environment() -> dict[str, str]:
    """Only what a parser needs: secrets of the parent's environment stay there."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    paths = [path or str(Path.cwd()) for path in sys.path]
    return kept | _SET | {"PYTHONPATH": os.pathsep.join(paths)}


def _opened(frame: bytes, number: int) -> tuple[str, Any]:
    """The kind and value of an answer to question ``number``; raises ``BadAnswer``."""
    try:
        answer = json.loads(frame.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BadAnswer(type(error).__name__) from None
    if type(answer) is not list or len(answer) != 3 or answer[0] != number or type(answer[1]) is not str:
        raise BadAnswer("not an answer to this question")
    return answer[1], answer[2]


def _raised(value: Any) -> CrawlError:
    """The failure a child reports, as an exception of ours; raises ``BadAnswer``."""
    if type(value) is not list or [type(item) for item in value] != [str, str]:
        raise BadAnswer("not a failure")
    kind, message = map(reader(str), value)
    return _RAISED.get(kind, WorkerFailed)(message[:300])


def _ending(status: int, limits: Limits) -> str:
    """An exit status in words."""
    if status == -signal.SIGXCPU:
        return f"over {limits.cpu.total_seconds():g} s of CPU time"
    if status < 0:
        return f"killed by signal {-status}"
    return f"ended by itself with status {status}"
