"""Z70: proxies of the environment are none; a configured one is told nothing it must not hear."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crawler.config import load
from crawler.errors import BadRedirect, ConfigError, FetchError, Passing, Refused, Unreachable
from crawler.model import Request
from tests.web.origin import Names, Origin, Seen, closed_port, make_door, reply, settings
from tests.web.test_address_matrix import SPELLINGS, as_answer
from tests.web.test_tls import AUTHORITY, serving

CANARY = "canary77e0"
PUBLIC = "93.184.215.14"
ALLOWED = "Basic " + base64.b64encode(f"user:{CANARY}".encode()).decode()


class Proxy:
    """Forwards to one origin, whatever the name; remembers what it was told."""

    def __init__(self, target: Origin, *, answer: bytes | None = None) -> None:
        self.target = target
        self.answer = answer  #: instead of forwarding
        self.seen: list[Seen] = []
        self.connections = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, user: str = "") -> str:
        return f"http://{user}{'@' if user else ''}127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raw = await reader.readuntil(b"\r\n\r\n")
        method, target = raw.decode().split(" ")[:2]
        self.seen.append(Seen(f"{method} {target}", raw))
        if self.answer is not None:
            writer.write(self.answer)
            return False
        onward_reader, onward = await asyncio.open_connection(self.target.address, self.target.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pipe(reader, onward), _pipe(onward_reader, writer))
            return False
        path = "/" + target.split("/", 3)[3]
        kept = [line for line in raw.split(b"\r\n")[1:] if not line.lower().startswith(b"proxy-")]
        onward.write(b"\r\n".join([f"GET {path} HTTP/1.1".encode(), *kept]))
        head = await onward_reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        writer.write(head + await onward_reader.readexactly(length))
        onward.close()
        return True


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@contextlib.asynccontextmanager
async def behind(
    proxy: Proxy, *, user: str = "", names: Names | None = None, **changes: Any
) -> AsyncIterator[Any]:
    """A door that knows no private network and one proxy."""
    resolver = names or Names(wire_example=[PUBLIC], other_example=[PUBLIC])
    values = {"allow_private": (), "proxy": proxy.url(user), "resolver": resolver}
    async with make_door(**{**values, **changes}) as door:
        yield door


def page(url: str) -> Request:
    return Request(url=url, kind="page")


# --------------------------------------------------------------------------- the environment


async def test_z70_proxies_and_netrc_of_the_environment_are_ignored(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login {CANARY} password {CANARY}\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    origin.routes["/a"] = reply(body=b"direct")
    async with Proxy(origin) as stranger:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, stranger.url())
        for excluded in (None, "", "wire.example"):
            monkeypatch.delenv("NO_PROXY", raising=False)
            if excluded is not None:
                monkeypatch.setenv("NO_PROXY", excluded)
            async with make_door() as door:
                assert (await door.get(page(origin.url("/a")))).body == b"direct"
        assert stranger.connections == 0
    assert all(
        seen.header("authorization") is None and CANARY.encode() not in seen.raw for seen in origin.seen
    )


async def test_z70_no_proxy_of_the_environment_does_not_lead_around_the_configured_one(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.routes["/a"] = reply(body=b"by proxy")
    monkeypatch.setenv("NO_PROXY", "*")
    async with Proxy(origin) as proxy, behind(proxy) as door:
        assert (await door.get(page("http://wire.example/a"))).body == b"by proxy"
    assert [seen.path for seen in proxy.seen] == ["GET http://wire.example/a"]


# --------------------------------------------------------------------------- a configured proxy


async def test_z70_a_request_goes_through_the_configured_proxy_and_its_password_no_further(
    origin: Origin,
) -> None:
    origin.routes["/a"] = reply(302, Location="http://other.example/b")
    origin.routes["/b"] = reply(body=b"by proxy")
    async with Proxy(origin) as proxy, behind(proxy, user=f"user:{CANARY}") as door:
        found = await door.get(page("http://wire.example/a"))
    assert (found.body, found.final_url) == (b"by proxy", "http://other.example/b")
    assert [seen.path for seen in proxy.seen] == ["GET http://wire.example/a", "GET http://other.example/b"]
    assert {seen.header("proxy-authorization") for seen in proxy.seen} == {ALLOWED}
    assert [seen.header("host") for seen in origin.seen] == ["wire.example", "other.example"]
    assert not [seen for seen in origin.seen if "authorization" in " ".join(seen.names)]


async def test_z70_through_a_tunnel_the_proxy_sees_the_name_alone_and_tls_is_verified(tmp_path: Path) -> None:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with Origin(tls=serving(AUTHORITY.issue_cert("wire.example"))) as secure, Proxy(secure) as proxy:
        secure.routes["/secret"] = reply(body=b"tunnelled")
        async with behind(proxy, user=f"user:{CANARY}", ca_file=tmp_path / "ca.pem") as door:
            for _ in range(2):
                assert (await door.get(page("https://wire.example/secret"))).body == b"tunnelled"
            with pytest.raises(Unreachable, match="certificate is not valid") as caught:
                await door.get(page("https://other.example/secret"))
            assert caught.value.passing is Passing.TEMPORARY
    assert {seen.path for seen in proxy.seen} == {"CONNECT wire.example:443", "CONNECT other.example:443"}
    assert {seen.header("proxy-authorization") for seen in proxy.seen} == {ALLOWED}
    assert all(b"secret" not in seen.raw for seen in proxy.seen)
    assert len(secure.seen) == 2
    assert all(CANARY.encode() not in seen.raw and b"roxy" not in seen.raw for seen in secure.seen)


async def test_z70_no_private_target_is_told_to_the_proxy(origin: Origin) -> None:
    origin.routes["/"] = reply(body=b"canary")
    async with Proxy(origin) as proxy:
        names = Names()
        async with behind(proxy, names=names) as door:
            for number, spelling in enumerate(SPELLINGS):
                answer = as_answer(spelling)
                names.table |= {f"a{number}.example": [answer], f"m{number}.example": [PUBLIC, answer]}
                for host in (spelling, f"a{number}.example", f"m{number}.example"):
                    for scheme in ("http", "https"):
                        with pytest.raises((Refused, Unreachable)):
                            await door.get(page(f"{scheme}://{host}/"))
        assert proxy.connections == 0


async def test_z70_no_redirect_leads_the_proxy_to_a_private_target_or_port(origin: Origin) -> None:
    async with Proxy(origin) as proxy, behind(proxy) as door:
        for target in (
            "http://127.0.0.1/",
            "https://[::1]/",
            "http://10.0.0.1:3128/",
            "http://wire.example:22/",
        ):
            origin.routes["/a"] = reply(302, Location=target)
            with pytest.raises((Refused, BadRedirect)):
                await door.get(page("http://wire.example/a"))
        assert {seen.path for seen in proxy.seen} == {"GET http://wire.example/a"}


async def test_z70_the_proxy_itself_is_no_target(origin: Origin) -> None:
    async with Proxy(origin) as proxy, behind(proxy) as door:
        with pytest.raises(Refused):
            await door.get(page(proxy.url()))
        assert proxy.connections == 0


@pytest.mark.parametrize("target", ["http://wire.example/a", "https://wire.example/a"])
@pytest.mark.parametrize(
    ("status", "passing", "words"),
    [(407, Passing.OURS, "wants other credentials"), (502, Passing.TEMPORARY, "502"), (403, None, "403")],
)
async def test_z70_a_proxy_that_refuses_is_named(
    status: int, passing: Passing | None, words: str, target: str, origin: Origin
) -> None:
    answer = reply(status, Connection="close")
    async with Proxy(origin, answer=answer) as proxy, behind(proxy, user=f"user:{CANARY}") as door:
        with pytest.raises(FetchError, match=words) as caught:
            await door.get(page(target))
    assert passing in {None, caught.value.passing}
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value.attempts)


@pytest.mark.parametrize("proxy", ["http://u:{}@127.0.0.1:{}", "http://u:{}@proxy.example:{}"])
async def test_z70_a_proxy_that_is_down_is_our_own_trouble(proxy: str) -> None:
    names = Names(wire_example=[PUBLIC])
    address = proxy.format(CANARY, closed_port())
    async with make_door(proxy=address, allow_private=(), resolver=names) as door:
        for scheme in ("http", "https"):
            with pytest.raises(Unreachable, match=r"the proxy of \[web\] proxy cannot be reached") as caught:
                await door.get(page(f"{scheme}://wire.example/"))
            assert caught.value.passing is Passing.OURS
            assert CANARY not in str(caught.value)


# --------------------------------------------------------------------------- the setting


def test_z70_the_password_of_a_proxy_is_shown_nowhere(tmp_path: Path) -> None:
    assert CANARY not in repr(settings(proxy=f"http://user:{CANARY}@proxy.example:3128"))
    file = tmp_path / "crawler.toml"
    for wrong in (f"ftp://user:{CANARY}@proxy.example", f"http://user:{CANARY}@proxy.example/path?x"):
        file.write_text(f'[web]\nproxy = "{wrong}"\n')
        with pytest.raises(ConfigError, match=r"web.proxy = .*\*\*\*@proxy.example") as caught:
            load(file)
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["proxy.example:3128", "socks5://p.example", "http://", "http://a b:1", "http://p/x"]
)
def test_z70_what_is_no_proxy_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match=r"http://proxy\.example:3128"):
        settings(proxy=text)
