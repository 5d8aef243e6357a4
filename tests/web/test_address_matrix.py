"""Z66–Z69: no spelling of a forbidden address is reached, from no surface, by no way.

``matrix`` fills the cells spelling × surface × way with real requests while a canary listens at the
forbidden place; it counts cells, refusals and connections that reached the canary.
"""

from __future__ import annotations

import ast
import contextlib
import ipaddress
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.errors import BadRedirect, FetchError, Refused
from crawler.model import Request
from crawler.web import Door
from crawler.web.guard import Guard, is_public
from tests.web.origin import Names, Origin, make_door, reply

PACKAGE = Path(__file__).resolve().parents[2] / "crawler"
SITE = "127.0.0.77"  #: stands for the public Internet: the only address that is let in

SPELLINGS = [
    # dotted, short, octal, hexadecimal, one integer, trailing dots
    "127.0.0.1", "127.8.8.8", "127.1", "127.0.1", "0.0.0.0", "0", "0177.0.0.1", "0177.1", "017700000001",
    "0x7f.0.0.1", "0X7F.1", "0x7f000001", "2130706433", "127.0.0.1.", "127.1..", "0x7f.1.", "00000177.0.0.01",
    # other scripts, escapes
    "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "１２７。１", "𝟏𝟐𝟕.0.0.1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1",
    # IPv6: loopback, any, mapped, compatible, translated
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000::0001]", "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]", "[::ffff:0.0.0.0]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]",
    # NAT64 (both prefixes), 6to4, Teredo, ISATAP, zones, site and unique local, multicast
    "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]", "[2002:7f00:1::]", "[2002:7f00:1::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[2001:0:808:808:0:ffff:f7f7:f7f7]", "[2a00::5efe:127.0.0.1]",
    "[2a00::200:5efe:7f00:1]", "[fe80::1]", "[fe80::1%25lo]", "[::1%25lo]", "[::1%lo]", "[fc00::1]", "[fec0::1]",
    "[ff02::1]",
    # userinfo
    "user@127.0.0.1", "user:secret@127.0.0.1", "wire.example@127.0.0.1", "wire.example:80@[::1]",
    # other private places
    "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "[fd00:ec2::254]", "[::ffff:169.254.169.254]",
    # names
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain",
]  # fmt: skip

#: IANA's special-purpose address registries (RFC 6890 and what has joined since), and multicast.
REGISTRIES = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/31",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32",
    "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48",
    "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
    "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
]  # fmt: skip
#: Wrappings of an IPv4 address.
WRAPPERS = ["::ffff:{}", "::{}", "::ffff:0:{}", "64:ff9b::{}"]

Surface = Callable[[Door, str], Awaitable[object]]
SURFACES: dict[str, Surface] = {
    "feed": lambda door, url: door.get(Request(url=url, kind="feed")),
    "older page of a feed": lambda door, url: door.get(Request(url=url, kind="older")),
    "item link": lambda door, url: door.get(Request(url=url, kind="page")),
    "hub": lambda door, url: door.post_form(url, {"hub.mode": "subscribe"}),
    "robots.txt": lambda door, url: door.get(Request(url=url, kind="page")),
}
WAYS = ("direct", "redirect", "rebinding", "rebinding with a kept connection", "mixed")


@dataclass(kw_only=True)
class Matrix:
    """What the cells came to."""

    cells: int = 0
    refused: int = 0
    reached: int = 0  #: connections at the canary
    wrong: tuple[str, ...] = ()  #: cells that ended in another way than they should


class Place:
    """The public site, the canary at the forbidden addresses, and names that lead where a cell says."""

    def __init__(self, site: Origin, canaries: Sequence[Origin]) -> None:
        self.site = site
        self.canaries = canaries
        self.port = site.port
        self.names = Names()
        self.names.default = ["127.0.0.1"]
        self._number = itertools.count()

    def reached(self) -> int:
        return sum(canary.connections for canary in self.canaries)

    def name(self, *answers: Sequence[str]) -> str:
        """A new name that answers in that order, the last for ever."""
        host = f"n{next(self._number)}.example"
        self.names.table[host] = [list(answer) for answer in answers]
        return host


@contextlib.asynccontextmanager
async def place() -> AsyncIterator[Place]:
    async with contextlib.AsyncExitStack() as stack:
        canary = await stack.enter_async_context(Origin("127.0.0.1"))
        canaries = [canary]
        with contextlib.suppress(OSError):
            canaries.append(await stack.enter_async_context(Origin("::1", port=canary.port)))
        site = await stack.enter_async_context(Origin(SITE, port=canary.port))
        for each in canaries:
            each.routes["/"] = each.routes["/robots.txt"] = reply(body=b"canary")
        yield Place(site, canaries)


def as_answer(spelling: str) -> str:
    """A spelling as a resolver would give it."""
    return spelling.rpartition("@")[2].removeprefix("[").removesuffix("]").replace("%25", "%")


async def ask(place: Place, door: Door, surface: str, way: str, spelling: str) -> list[FetchError | None]:
    """Fill one cell; what its one, two or three requests came to."""
    target = f"http://{spelling}:{place.port}/"
    close = {} if "kept" in way else {"Connection": "close"}
    place.site.routes["/"] = reply(body=b"public", **close)
    place.site.routes["/robots.txt"] = reply(404, **close)
    turns = 1
    if way == "direct":
        url = target
    elif way == "redirect":
        url = f"http://{place.name([SITE])}:{place.port}/"
        led = "/robots.txt" if surface == "robots.txt" else "/"
        place.site.routes[led] = reply(307, Location=target)
    elif way == "mixed":
        url = f"http://{place.name([SITE, as_answer(spelling)])}:{place.port}/"
    else:
        url = f"http://{place.name([SITE], [as_answer(spelling)])}:{place.port}/"
        turns = 2
    return [await _one(SURFACES[surface], door, url) for _ in range(turns)]


async def _one(surface: Surface, door: Door, url: str) -> FetchError | None:
    try:
        await surface(door, url)
    except FetchError as error:
        return error
    return None


def is_right(surface: str, way: str, found: list[FetchError | None]) -> bool:
    """Refused; or, where the site itself may answer, answered by it."""
    refused = isinstance(found[-1], Refused | BadRedirect)
    if surface == "robots.txt" and way in {"redirect", "rebinding"}:
        return refused or found[-1] is None  # a robots.txt that leads astray is none
    return refused or ("kept" in way and found[-1] is None)


async def matrix(spellings: Sequence[str], *, ways: Sequence[str] = WAYS) -> Matrix:
    """Every spelling from every surface by every way."""
    counted, wrong = Matrix(), []
    async with place() as there:
        ports = (80, 443, there.port)
        for surface in SURFACES:
            settings = {"allow_private": (f"{SITE}/32",), "ports": ports, "robots": surface == "robots.txt"}
            async with make_door(resolver=there.names, **settings) as door:
                for way, spelling in itertools.product(ways, spellings):
                    found = await ask(there, door, surface, way, spelling)
                    counted.cells += 1
                    counted.refused += isinstance(found[-1], Refused | BadRedirect)
                    if not is_right(surface, way, found):
                        wrong.append(f"{surface} / {way} / {spelling}: {found}")
        counted.reached = there.reached()
    counted.wrong = tuple(wrong)
    return counted


def special_addresses() -> Iterator[str]:
    """First, last and a middle address of every special range, plain and wrapped."""
    for text in REGISTRIES:
        network = ipaddress.ip_network(text)
        picked = {network[0], network[-1], network[network.num_addresses // 2]}
        for address in sorted(picked, key=int):
            yield str(address)
            if network.version == 4:
                yield from (wrapper.format(address) for wrapper in WRAPPERS)
                high, low = divmod(int(address), 65536)
                yield f"2002:{high:x}:{low:x}::1"


# --------------------------------------------------------------------------- Z66, Z68, Z69


async def test_z66_no_spelling_reaches_the_canary_from_any_surface_by_any_way() -> None:
    """All spellings directly, and a third of them by each other way; the campaign fills every cell."""
    assert len(SPELLINGS) >= 40
    for shift, way in enumerate(WAYS):
        found = await matrix(SPELLINGS if way == "direct" else SPELLINGS[shift % 3 :: 3], ways=(way,))
        assert found.cells > 100
        assert found.wrong == ()
        assert found.reached == 0


async def test_z66_the_canary_would_be_reached_were_it_let_in() -> None:
    """Else the matrix would prove nothing."""
    async with place() as there:
        networks = (f"{SITE}/32", "127.0.0.1/32")
        async with make_door(resolver=there.names, allow_private=networks) as door:
            for way in ("direct", "redirect"):
                assert await ask(there, door, "item link", way, "127.0.0.1") == [None]
        assert there.reached() > 0


@pytest.mark.parametrize("turns", [1, 2, 3])
async def test_z68_however_often_a_name_is_resolved_before_it_turns_it_never_reaches_the_canary(
    turns: int,
) -> None:
    async with place() as there:
        there.site.routes["/"] = reply(body=b"public", Connection="close")
        name = there.name(*[[SITE]] * turns, ["127.0.0.1"])
        url = f"http://{name}:{there.port}/"
        async with make_door(resolver=there.names, allow_private=(f"{SITE}/32",)) as door:
            found = [await _one(SURFACES["item link"], door, url) for _ in range(turns + 1)]
        assert isinstance(found[-1], Refused)
        assert there.reached() == 0


# --------------------------------------------------------------------------- Z67


async def test_z67_no_name_that_resolves_into_a_special_range_is_fetched_alone_or_among_public_ones() -> None:
    async with place() as there, make_door(resolver=there.names, allow_private=(f"{SITE}/32",)) as door:
        count = 0
        for address in special_addresses():
            for answers in ([address], [SITE, address]):
                url = f"http://{there.name(answers)}:{there.port}/"
                error = await _one(SURFACES["feed"], door, url)
                assert isinstance(error, Refused), (answers, error)
                count += 1
        assert count >= 800
        assert there.reached() == there.site.connections == 0


def test_z67_every_special_range_is_special_from_its_first_to_its_last_address() -> None:
    assert [each for each in special_addresses() if is_public(ipaddress.ip_address(each))] == []


@pytest.mark.parametrize(
    "address", ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
                "192.0.3.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1", "2600::1",
                "2a00::5efe:8.8.8.8", "64:ff9b::8.8.8.8"],
)  # fmt: skip
def test_z67_the_neighbours_of_special_ranges_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["2002:7f00:1::", "64:ff9b::127.0.0.1", "::127.0.0.1", "2a00::5efe:127.0.0.1"]
)
def test_z67_a_network_let_in_lets_no_tunnel_in_that_only_names_it(address: str) -> None:
    guard = Guard(ports=(80,), allow_private=["127.0.0.0/8"])
    with pytest.raises(Refused):
        guard.check_peer(address, 80)


# --------------------------------------------------------------------------- Z69: ports, one door


@pytest.mark.parametrize("port", [22, 25, 6379])
async def test_z69_a_port_that_is_not_listed_is_refused_on_every_surface_and_by_redirect(port: int) -> None:
    async with place() as there:
        name = there.name(["8.8.8.8"])
        ports = (80, 443, there.port)
        networks = (f"{SITE}/32",)
        async with make_door(resolver=there.names, ports=ports, allow_private=networks) as door:
            for surface in SURFACES:
                place_of = f"http://{SITE}:{there.port}/"
                there.site.routes["/"] = reply(307, Location=f"http://{name}:{port}/", Connection="close")
                for url in (f"http://{name}:{port}/", f"http://8.8.8.8:{port}/", place_of):
                    error = await _one(SURFACES[surface], door, url)
                    assert isinstance(error, Refused), error
                    assert f"port {port}" in str(error)


#: Libraries that open connections; ``urllib.parse`` and the like stay everyone's.
_WIRES = {
    "aiohttp", "requests", "httpx", "urllib3", "socket", "ssl", "http.client", "urllib.request", "ftplib",
    "smtplib", "socketserver", "xmlrpc", "telnetlib", "aiodns", "pycurl",
}  # fmt: skip
_SPARED = {"app": {"socket"}, "workers": {"socket"}}  #: systemd's notices; pairs to the own children


def test_z69_only_the_web_room_can_open_a_connection() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room == "web":
            continue
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {
                wire for wire in _WIRES for name in names if name == wire or name.startswith(f"{wire}.")
            }
            calls = isinstance(node, ast.Attribute) and node.attr in {"open_connection", "create_connection"}
            assert not calls, f"{path} opens a connection"
        assert found <= _SPARED.get(room, set()), f"{path} imports {found}"


def test_z69_one_session_is_made_in_one_place() -> None:
    made = [
        path.name
        for path in sorted(PACKAGE.rglob("*.py"))
        if "ClientSession(" in path.read_text(encoding="utf-8")
    ]
    assert made == ["session.py"]
