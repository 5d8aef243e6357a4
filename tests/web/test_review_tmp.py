from __future__ import annotations
import asyncio, contextlib
from datetime import timedelta
from pathlib import Path
import ssl
import pytest, trustme
from crawler.errors import *
from crawler.model import Request, RobotsCopy, HostState
from crawler.web.manners import Outcome, Verdict
from crawler.web.robots import FRESH
from tests.fakes import FakePoliteness
from tests.web.origin import FakeClock, Names, Origin, make_door, reply, say
from tests.web.test_gate import make_gate, ask, answered

async def test_t1() -> None:
    clock = FakeClock(); gate = make_gate(clock, trouble=2)
    for _ in range(2):
        await ask(gate, "w", answered(500))
    clock.time += 61
    async with gate.turn("w"):
        pass  # nothing sent: offline
    await ask(gate, "w", answered(200))

async def test_t2(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(503)
    clock, memory = FakeClock(), FakePoliteness()
    memory.copies[origin.url("").rstrip("/")] = RobotsCopy(fetched_at=clock.now() + timedelta(days=1), status=503, failure="x", failing_since=clock.now())
    async with make_door(robots=True, clock=clock, memory=memory) as door:
        with pytest.raises(Unreachable):
            await door.get(Request(url=origin.url("/a"), kind="page"))

async def test_t3(tmp_path: Path) -> None:
    ca = trustme.CA(); f = tmp_path/"a.pem"; ca.cert_pem.write_to_path(str(f))
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); ca.issue_cert("wire.example").configure_cert(ctx)
    n = 0; ctx.maximum_version = ssl.TLSVersion.TLSv1_2
    async def serve(r, w):
        nonlocal n; n += 1
        w.write(reply(body=b"early")); 
        with contextlib.suppress(Exception):
            await w.drain(); await r.read(); w.close()
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ctx)
    port = server.sockets[0].getsockname()[1]
    async with make_door(ca_file=f, resolver=Names(wire_example=["127.0.0.1"]), total_timeout="2s") as door:
        try:
            print(await door.get(Request(url=f"https://wire.example:{port}/", kind="page")))
        except FetchError as e: print(repr(e))
    server.close()
    print("connections", n)
    assert n <= 2

@pytest.mark.parametrize("path", ["/%70rivate/a", "/x/../private/a", "/%c3%a9", "/./private/a"])
async def test_t4(path, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body="User-agent: *\nDisallow: /private\nDisallow: /é\n".encode())
    async with make_door(robots=True, clock=FakeClock()) as door:
        with pytest.raises(Refused):
            await door.get(Request(url=origin.url(path), kind="page"))

@pytest.mark.parametrize("value", [86400, 100000])
async def test_t5(value, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=f"User-agent: *\nCrawl-delay: {value}\n".encode())
    origin.routes["/a"] = reply(body=b"x")
    clock = FakeClock(); got = []
    async with make_door(robots=True, clock=clock, delay="1s") as door:
        for _ in range(24*20):
            try:
                await door.get(Request(url=origin.url("/a"), kind="feed")); got.append(clock.time)
            except HostPaused: pass
            clock.time += 3600
    print(origin.paths(), got)
    assert len(got) > 10

async def test_t6(origin: Origin) -> None:
    origin.routes["/robots.txt"] = [reply(body=b"User-agent: *\nCrawl-delay: 99999999\n"), reply(404)]
    origin.routes["/a"] = reply(body=b"x")
    clock = FakeClock(); got = []
    async with make_door(robots=True, clock=clock, delay="1s") as door:
        for _ in range(24*3):
            try:
                await door.get(Request(url=origin.url("/a"), kind="feed")); got.append(clock.time)
            except HostPaused: pass
            clock.time += 3600
    print(origin.paths(), got)
    assert len(got) > 10
