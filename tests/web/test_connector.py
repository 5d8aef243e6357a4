from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
from pathlib import Path
from typing import cast

import pytest

from crawler.errors import Refused, Unreachable
from crawler.model import Request
from crawler.web.connector import Connector, SystemResolver
from crawler.web.exchange import Client
from tests.web.origin import Names, Origin, make_door, reply, say


async def test_a_name_that_answers_differently_the_second_time_is_refused(origin: Origin) -> None:
    """Rebinding: the first answer is let in, the second leads to the canary."""
    resolver = Names(wire_example=[["127.0.0.2"], ["127.0.0.1"]])
    async with Origin("127.0.0.2") as site:
        site.routes["/"] = reply(body=b"public", Connection="close")
        ports = (site.port, origin.port)
        async with make_door(allow_private=("127.0.0.2/32",), ports=ports, resolver=resolver) as door:
            page = await door.get(Request(url=site.url(host="wire.example"), kind="page"))
            assert page.body == b"public"
            with pytest.raises(Refused, match=r"127\.0\.0\.1 is not a public address"):
                await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
    assert origin.connections == 0


async def test_the_socket_itself_refuses_what_name_resolution_let_pass(origin: Origin) -> None:
    async with make_door(allow_private=(), resolver=Names(wire_example=["127.0.0.1", "127.0.0.2"])) as door:
        door._guard.check_answers = lambda *_: None  # type: ignore[method-assign]
        door._guard._ports = frozenset({origin.port})
        with pytest.raises(Refused, match="not a public address"):
            await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
    assert origin.connections == 0


async def test_mixed_public_and_private_answers_are_refused_whole(origin: Origin) -> None:
    resolver = Names(wire_example=["93.184.215.14", "127.0.0.1"])
    async with make_door(allow_private=(), ports=(origin.port,), resolver=resolver) as door:
        with pytest.raises(Refused):
            await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
    assert origin.connections == 0


async def test_a_dead_address_family_does_not_keep_the_page_away(origin: Origin) -> None:
    origin.routes["/"] = reply(body=b"by the other family")
    resolver = Names(wire_example=["::1", "127.0.0.1"])
    async with make_door(allow_private=("127.0.0.0/8", "::1/128"), resolver=resolver) as door:
        page = await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
    assert page.body == b"by the other family"
    assert page.attempts[0].peer == "127.0.0.1"


@pytest.mark.parametrize("answer", [OSError(-3, "Temporary failure in name resolution"), []])
async def test_a_name_without_an_address_is_unreachable(answer: OSError | list[str]) -> None:
    async with make_door(resolver=Names(wire_example=answer)) as door:
        with pytest.raises(Unreachable, match=r"the name wire\.example cannot be resolved"):
            await door.get(Request(url="http://wire.example/", kind="page"))


async def test_a_resolver_that_never_answers_costs_the_total_timeout() -> None:
    class Silent:
        async def resolve(self, host: str) -> list[str]:
            await asyncio.Event().wait()
            return []

    async with make_door(resolver=Silent(), total_timeout="50ms") as door:
        with pytest.raises(Unreachable, match=r"the name wire\.example cannot be resolved: no answer within"):
            await door.get(Request(url="http://wire.example/", kind="page"))


async def test_the_system_resolver_answers_from_its_own_threads() -> None:
    resolver = SystemResolver(2)
    try:
        assert "127.0.0.1" in await resolver.resolve("127.0.0.1")
        with pytest.raises(OSError, match=r".+"):
            await resolver.resolve("no-such-name.invalid")
        with pytest.raises(OSError, match=r".+"):
            await resolver.resolve("a" * 64 + "..invalid")
    finally:
        resolver.close()


async def test_r56_sockets_stay_bounded_whatever_the_number_of_hosts(origin: Origin) -> None:
    """aiohttp's own limit does not count idle sockets: 200 hosts would keep 200 of them."""
    origin.routes["/"] = reply(body=b"x")
    resolver = Names()
    resolver.default = ["127.0.0.1"]
    async with make_door(connections=8, resolver=resolver) as door:
        await asyncio.gather(
            *(door.get(Request(url=origin.url(host=f"h{i}.example"), kind="page")) for i in range(200))
        )
        assert origin.most_open <= 16
        assert len(origin.seen) == 200


async def test_kept_connections_make_room_for_new_ones(origin: Origin) -> None:
    """Eight kept connections and eight new ones are sixteen: too many by eight."""
    origin.routes["/"] = reply(body=b"x")
    origin.routes["/slow"] = say(hang=True)
    names = [f"h{i}.example" for i in range(8)]
    resolver = Names(**{name.replace(".", "_"): [f"127.0.0.{i + 1}"] for i, name in enumerate(names)})
    async with contextlib.AsyncExitStack() as stack:
        origins = [origin]
        for i in range(2, 9):
            origins.append(await stack.enter_async_context(Origin(f"127.0.0.{i}", port=origin.port)))
            origins[-1].routes |= origin.routes
        door = await stack.enter_async_context(make_door(connections=8, resolver=resolver))
        for each in origins:
            await door.get(Request(url=each.url(), kind="page"))
        session = cast("Client", door._client)._session
        assert session is not None
        connector = session.connector
        assert isinstance(connector, Connector)
        assert sum(each.fileno() >= 0 for each in connector._sockets) == 8  # all of them kept
        asked = [door.get(Request(url=origin.url("/slow", name), kind="page")) for name in names]
        tasks = [asyncio.ensure_future(each) for each in asked]
        while sum(len(each.seen) for each in origins) < 16:
            await asyncio.sleep(0.005)
            assert sum(each.fileno() >= 0 for each in connector._sockets) <= 8 + 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_kept_connection_to_an_address_whose_turn_it_is_not_is_not_used(origin: Origin) -> None:
    origin.routes["/"] = reply(body=b"one")
    resolver = Names(wire_example=[["127.0.0.1"], ["127.0.0.2"]])
    async with Origin("127.0.0.2", port=origin.port) as two, make_door(resolver=resolver) as door:
        two.routes["/"] = reply(body=b"two")
        bodies = [
            (await door.get(Request(url=origin.url(host="wire.example"), kind="page"))) for _ in range(2)
        ]
    assert [page.body for page in bodies] == [b"one", b"two"]
    assert [page.attempts[0].peer for page in bodies] == ["127.0.0.1", "127.0.0.2"]


async def test_a_host_asked_again_soon_is_asked_over_the_same_connection(origin: Origin) -> None:
    origin.routes["/"] = reply(body=b"x")
    async with make_door() as door:
        pages = [await door.get(Request(url=origin.url(), kind="page")) for _ in range(5)]
    assert origin.connections == 1
    assert {page.attempts[0].peer for page in pages} == {"127.0.0.1"}


async def test_a_kept_connection_that_died_is_replaced_without_a_failure(origin: Origin) -> None:
    calls = 0

    async def die_the_second_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.write(reply(body=b"x"))
        if calls == 1:
            await reader.readuntil(b"\r\n\r\n")

    origin.routes["/"] = die_the_second_time
    async with make_door() as door:
        for _ in range(2):
            assert (await door.get(Request(url=origin.url(), kind="page"))).body == b"x"
    assert calls == 2


async def test_closing_the_door_leaves_no_socket_behind(origin: Origin) -> None:
    origin.routes["/"] = reply(body=b"x")
    before = descriptors()
    async with make_door() as door:
        for _ in range(3):
            await door.get(Request(url=origin.url(), kind="page"))
    await asyncio.sleep(0.01)
    gc.collect()
    left = [number for number in descriptors() - before if is_connected(number)]
    assert left == []


def descriptors() -> set[int]:
    return {int(entry.name) for entry in Path("/proc/self/fd").iterdir()}


def is_connected(fd: int) -> bool:
    try:
        twin = socket.socket(fileno=os.dup(fd))
    except OSError:
        return False
    with twin:
        try:
            twin.getpeername()
        except OSError:
            return False
        return True
