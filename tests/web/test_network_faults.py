"""N19, N21 and the machine's own faults: every network failure has a name and gives everything back.

``give_up`` and ``drip`` measure one case each; the campaign runs them at their real size.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.errors import FetchError, Passing, Truncated, Unreachable
from crawler.model import Request
from crawler.web import Door, exchange
from tests.web.origin import Origin, black_hole, closed_port, make_door, reply, say, settled, sockets

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class GivenUp:
    """What one hopeless request cost."""

    error: FetchError
    seconds: float
    slots: int  #: connections that the next request did not find free
    descriptors: int  #: sockets open afterwards that were not before


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n"
SCRIPTS = {
    "closed before the head": say(),
    "reset before the head": say(reset=True),
    "closed in the head": say(HEAD),
    "reset in the head": say(HEAD, pause=0.02, reset=True),
    "reset after the head": say(HEAD + b"\r\n", pause=0.02, reset=True),
    "reset in the body": say(HEAD + b"\r\n" + b"x" * 100, pause=0.02, reset=True),
    "closed in the body": say(HEAD + b"\r\n" + b"x" * 100),
    "accepted, then silence": say(hang=True),
    "silence in the head": say(HEAD, hang=True),
    "silence after the head": say(HEAD + b"\r\n", hang=True),
    "silence in the body": say(HEAD + b"\r\n" + b"x" * 100, hang=True),
}
CASES = ["refused", "black hole", "reset at once", *SCRIPTS]
WORDS = {
    "refused": "connection refused",
    "black hole": "no connection within",
    "accepted, then silence": "no complete answer within",
}


@contextlib.asynccontextmanager
async def hopeless(case: str, address: str = "127.0.0.1") -> AsyncIterator[str]:
    """The address of a server that misbehaves in that way."""
    if case == "refused":
        yield f"http://{address}:{closed_port(address)}/"
    elif case == "black hole":
        with black_hole(address) as port:
            yield f"http://{address}:{port}/"
    elif case == "reset at once":
        server = await asyncio.start_server(lambda _, writer: writer.transport.abort(), address, 0)
        yield f"http://{address}:{server.sockets[0].getsockname()[1]}/"
        server.close()
    else:
        async with Origin(address) as origin:
            origin.routes["/"] = SCRIPTS[case]
            yield origin.url()


async def missing_slots(door: Door, count: int) -> int:
    """Connections fewer than ``count`` that the door can use at once; a lost one never comes back."""
    missing = count
    for _ in range(5):  # a busy machine may be late; a lost slot stays lost
        missing = min(missing, await _missing(door, count))
        if not missing:
            break
    return missing


async def _missing(door: Door, count: int) -> int:
    under_way = 0
    release = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way
        under_way += 1
        if under_way == count:
            release.set()
        await release.wait()
        writer.write(reply(body=b"healthy", Connection="close"))

    async with contextlib.AsyncExitStack() as stack:
        healthy = [await stack.enter_async_context(Origin(f"127.0.9.{i + 1}")) for i in range(count)]
        for origin in healthy:
            origin.routes["/"] = hold
        asked = [asyncio.ensure_future(door.get(Request(url=each.url(), kind="page"))) for each in healthy]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await release.wait()
        missing = count - under_way
        release.set()
        await asyncio.gather(*asked, return_exceptions=True)
    return missing


async def give_up(case: str, *, connect: float, total: float) -> GivenUp:
    """Ask the hopeless server once, then a healthy one through the same single slot."""
    async with hopeless(case) as url:
        before = sockets()
        times = {"connect_timeout": f"{connect}s", "total_timeout": f"{total}s"}
        async with make_door(connections=1, trouble=0, **times) as door:
            began = time.monotonic()
            with pytest.raises(FetchError) as caught:
                await door.get(Request(url=url, kind="page"))
            seconds = time.monotonic() - began
            slots = await missing_slots(door, 1)
        return GivenUp(error=caught.value, seconds=seconds, slots=slots, descriptors=await settled(before))


@pytest.mark.parametrize("case", CASES)
async def test_n19_every_broken_connection_ends_in_time_and_gives_its_slot_back(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE", 0.2)
    found = await give_up(case, connect=0.3, total=0.5)
    assert isinstance(found.error, Truncated if case == "closed in the body" else Unreachable | Truncated)
    assert found.error.passing is Passing.TEMPORARY
    assert found.seconds < 5
    assert (found.slots, found.descriptors) == (0, 0)
    assert re.search(WORDS.get(case, ": ."), str(found.error))


async def test_n19_a_hundred_broken_hosts_at_once_leave_no_slot_and_no_socket_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange, "GRACE", 0.1)
    async with contextlib.AsyncExitStack() as stack:
        urls = [
            await stack.enter_async_context(hopeless(CASES[i % len(CASES)], f"127.0.1.{i + 1}"))
            for i in range(7 * len(CASES))
        ]
        before = sockets()
        times = {"connect_timeout": "500ms", "total_timeout": "1s"}
        async with make_door(connections=16, trouble=0, **times) as door:
            asked = [door.get(Request(url=url, kind="page")) for url in urls]
            results = await asyncio.gather(*asked, return_exceptions=True)
            assert await missing_slots(door, 16) == 0
        assert all(isinstance(result, FetchError) for result in results)
        assert await settled(before) == 0


# --------------------------------------------------------------------------- N21: drips

DRIPS: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"HTTP/1.1 200 O", b"K"),
    "header": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n", b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunk line": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "close-delimited body": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
}
EVERY = [0.2, 1.0, 5.0, 25.0, float("inf")]  #: seconds between two bytes


async def drip(place: str, every: float, *, scale: float, total: float = 60, check: bool = False) -> GivenUp:
    """Time until a drip is given up; everything is ``scale`` times its real length in seconds."""
    first, again = DRIPS[place]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(every * scale) if every != float("inf") else await reader.read()

    async with Origin() as origin:
        origin.routes["/"] = script
        before = sockets()
        rate = f"{round(200 / scale)}B"
        times = {"total_timeout": f"{total * scale}s", "connect_timeout": f"{total * scale}s"}
        async with make_door(connections=1, minimum_rate=rate, trouble=0, **times) as door:
            began = time.monotonic()
            with pytest.raises(FetchError) as caught:
                await door.get(Request(url=origin.url(), kind="page"))
            seconds = (time.monotonic() - began) / scale
            slots = await missing_slots(door, 1) if check else 0
        return GivenUp(error=caught.value, seconds=seconds, slots=slots, descriptors=await settled(before))


async def test_n21_a_drip_in_head_or_body_is_given_up_by_its_rate_not_by_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At a fiftieth of the real lengths, but for the deadline, so that a busy machine cannot reach it."""
    monkeypatch.setattr(exchange, "GRACE", 10 / 50)
    cases = [(place, every) for place in DRIPS for every in EVERY]
    found = await asyncio.gather(*(drip(*case, scale=1 / 50, total=1000, check=True) for case in cases))
    for (place, _), result in zip(cases, found, strict=True):
        in_body = "body" in place or "chunk" in place
        words = "the body came slower than 10000 bytes" if in_body else "its headers were not whole"
        assert words in str(result.error), place
        assert (result.slots, result.seconds < 900) == (0, True)


async def test_n21_a_server_that_thinks_for_long_and_then_answers_quickly_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange, "GRACE", 0.05)

    async def think(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(reply(body=b"at last"))
        await reader.read()

    async with Origin() as origin:
        origin.routes["/"] = think
        async with make_door() as door:
            assert (await door.get(Request(url=origin.url(), kind="page"))).body == b"at last"


async def test_n21_a_head_in_pieces_within_the_grace_is_whole(origin: Origin) -> None:
    whole = reply(body=b"whole")
    origin.routes["/"] = say(*(whole[i : i + 9] for i in range(0, len(whole), 9)), pause=0.002)
    async with make_door() as door:
        assert (await door.get(Request(url=origin.url(), kind="page"))).body == b"whole"


# --------------------------------------------------------------------------- the machine's own faults

PROGRAM = """
import asyncio, resource, sys
from crawler.errors import FetchError
from crawler.model import Request
from crawler.web.connector import SystemResolver
from tests.web.origin import Origin, make_door, reply

async def ask(door, url):
    try:
        return (await door.get(Request(url=url, kind="page"))).body.decode()
    except FetchError as error:
        return f"{error.kind} {error.passing}"

held = []

def fill():
    try:
        while True:
            held.append(open("/dev/null"))
    except OSError:
        pass

async def main(case):
    names = SystemResolver(2)
    async with Origin() as origin, make_door(resolver=names, ports=(80, 443, origin.port)) as door:
        origin.routes["/"] = reply(body=b"fine", Connection="close")
        if case == "offline":
            print(await ask(door, "http://8.8.8.8/"), await ask(door, "http://wire.example/"), sep="; ")
            return
        print(await ask(door, origin.url()))
        await asyncio.sleep(0.1)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        for url in (origin.url(), "http://wire.example/"):
            await asyncio.sleep(0.1)  # what was just closed leaves room for a moment
            fill()
            print(await ask(door, url))
        for file in held:
            file.close()
        print(await ask(door, origin.url()))

asyncio.run(main(sys.argv[1]))
"""


def run_child(case: str, *before: str) -> list[str]:
    done = subprocess.run(
        [*before, sys.executable, "-c", PROGRAM, case],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_r56_a_process_without_descriptors_for_sockets_and_names_blames_itself_and_recovers() -> None:
    assert run_child("descriptors") == ["fine", "Unreachable ours", "Unreachable ours", "fine"]


def test_n26_a_machine_without_a_network_blames_itself() -> None:
    enter = shutil.which("unshare")
    if enter is None or subprocess.run([enter, "-rn", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a network namespace of its own cannot be made here")
    up = [enter, "-rn", "sh", "-c", 'ip link set lo up 2>/dev/null || true; exec "$@"', "sh"]
    assert run_child("offline", *up) == ["Unreachable ours; Unreachable ours"]
