from __future__ import annotations

import ipaddress

import pytest

from crawler.errors import BadRedirect, Refused
from crawler.model import Request
from crawler.web.guard import Guard, is_public
from tests.web.origin import Names, Origin, make_door, reply

SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "127.8.8.8", "0.0.0.0", "0", "0x7f.0.0.1", "0x7f000001", "0X7F.1",
    "2130706433", "017700000001", "0177.0.0.1", "0177.1", "127.0.0.1.", "127.1.", "0x7f.1..",
    "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "１２７。１", "%31%32%37.0.0.1", "256.256.256.256",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]",
    "[::FFFF:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]", "[2002:7f00:1::]", "[2002:7f00:0001::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[fe80::1]", "[fe80::1%25lo]", "[::1%25lo]", "[::1%lo]",
    "[fc00::1]", "[fec0::1]", "[ff02::1]", "[::ffff:0.0.0.0]", "user@127.0.0.1", "user:secret@127.0.0.1",
    "wire.example@127.0.0.1", "wire.example:80@[::1]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254",
    "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "localhost", "a.localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_a_private_address_reaches_the_canary(host: str, origin: Origin) -> None:
    origin.routes["/"] = reply(body=b"canary")
    resolver = Names()
    resolver.default = ["127.0.0.1"]  # whatever passes for a name leads to the canary
    async with make_door(allow_private=(), ports=(80, 443, origin.port), resolver=resolver) as door:
        for address in (f"http://{host}:{origin.port}/", f"http://{host}/"):
            with pytest.raises(Refused):
                await door.get(Request(url=address, kind="page"))
    assert origin.connections == 0


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_redirect_to_a_private_address_reaches_the_canary(host: str, origin: Origin) -> None:
    resolver = Names()
    resolver.default = [origin.address]
    async with Origin("127.0.0.77") as site:
        site.routes["/"] = reply(302, Location=f"http://{host}:{origin.port}/")
        async with make_door(
            allow_private=("127.0.0.77/32",), ports=(80, 443, origin.port), resolver=resolver
        ) as door:
            with pytest.raises((Refused, BadRedirect)) as caught:
                await door.get(Request(url=site.url(), kind="page"))
    names = {"localhost", "a.localhost"}  # these are found out when they are resolved, literals before
    assert [attempt.status for attempt in caught.value.attempts] == [302] + [None] * (host in names)
    assert origin.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "2002:808:808::1",
        "193.0.6.139", "2a00:1450:4001:82f::200e",
    ],
)  # fmt: skip
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.1.2.3", "10.255.255.255", "100.127.255.255", "127.255.255.254", "169.254.0.1", "172.31.255.255",
        "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "239.1.1.1",
        "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:a00:1::1",
        "3fff::1", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff0e::1",
    ],
)  # fmt: skip
def test_every_special_range_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 9200, 65535])
def test_a_port_that_is_not_listed_is_refused_by_name_and_by_address(port: int) -> None:
    guard = Guard(ports=(80, 443))
    for host in ("wire.example", "8.8.8.8", "[2606:4700:4700::1111]"):
        with pytest.raises(Refused, match=rf"port {port} is not one of 80, 443.*\[web\] ports"):
            guard.admit(f"http://{host}:{port}/")


def test_an_unlisted_port_is_open_only_inside_the_networks_let_in() -> None:
    guard = Guard(ports=(80, 443), allow_private=["10.1.0.0/16"])
    guard.check_answers("intranet.example", 8000, ["10.1.2.3"])
    guard.check_peer("10.1.2.3", 8000)
    with pytest.raises(Refused, match="port 8000"):
        guard.check_answers("wire.example", 8000, ["8.8.8.8"])
    with pytest.raises(Refused, match="not a public address"):
        guard.check_peer("10.2.0.1", 80)


def test_a_network_let_in_covers_other_spellings_of_its_addresses() -> None:
    guard = Guard(ports=(80,), allow_private=["127.0.0.0/8", "::1/128"])
    guard.check_peer("::ffff:127.0.0.1", 5000)
    guard.check_peer("::1", 5000)
    with pytest.raises(Refused):
        guard.check_peer("::2", 80)
    with pytest.raises(Refused):
        guard.check_peer("fe80::1%lo", 80)


def test_one_private_answer_among_public_ones_refuses_the_name_whole() -> None:
    guard = Guard(ports=(80,))
    guard.check_answers("wire.example", 80, ["8.8.8.8", "2606:4700:4700::1111"])
    with pytest.raises(Refused, match=r"10\.0\.0\.1 is not a public address"):
        guard.check_answers("wire.example", 80, ["8.8.8.8", "10.0.0.1"])


def test_a_refusal_names_the_setting_that_would_allow_it() -> None:
    with pytest.raises(Refused, match=r'\[web\] allow_private = \["192.168.7.7/32"\] would let it in'):
        Guard(ports=(80,)).admit("http://192.168.7.7/feed")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "gopher://8.8.8.8/", "ftp://8.8.8.8/", "//x", ""])
def test_other_schemes_are_refused(address: str) -> None:
    with pytest.raises(Refused, match="only http and https"):
        Guard(ports=(80,)).admit(address)


def test_userinfo_never_goes_further_than_the_guard() -> None:
    assert str(Guard(ports=(80,)).admit("http://user:secret@wire.example/x")) == "http://wire.example/x"
