"""A real hub on loopback: takes subscriptions, verifies them, distributes, and can behave badly."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Echo:
    """What a callback answered to a verification."""

    status: int
    type: str
    body: str
    right: bool


@dataclass
class Hub:
    """Speaks W3C WebSub; ``manner`` is how: verify, first (verify before answering), silent, deny, down, or a status."""

    manner: str = "verify"
    lease: int | None = None  #: granted whatever was asked for
    challenge: str | None = None
    forms: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    echoes: list[Echo] = field(default_factory=list)
    subscribers: dict[tuple[str, str], str] = field(default_factory=dict)  #: topic and callback → secret
    redirect: tuple[int, str] | None = None
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Hub:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._session.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub"

    async def quiet(self) -> None:
        """Wait until every verification is over."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = dict(parse_qsl(await request.text()))
        self.forms.append({"method": request.method, "path": request.path} | form)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self.redirect is not None and request.path == "/hub":
            return web.Response(status=self.redirect[0], headers={"Location": self.redirect[1]})
        if self.manner.isdigit():
            return web.Response(status=int(self.manner), headers={"Retry-After": "7200"})
        if self.manner.startswith("first"):
            await self.verify(form)
        if self.manner.endswith("down"):
            assert request.transport
            request.transport.abort()
            return web.Response()
        if self.manner not in {"first", "silent"}:
            task = asyncio.create_task(self.deny(form) if self.manner == "deny" else self.verify(form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(status=202)

    async def verify(self, form: dict[str, str], **wrong: str) -> Echo:
        """Ask the callback whether it meant this form; what is ``wrong`` replaces what is right."""
        challenge = self.challenge or secrets.token_urlsafe(16)
        query = {"mode": form["hub.mode"], "topic": form["hub.topic"], "challenge": challenge}
        if form["hub.mode"] == "subscribe":
            query["lease_seconds"] = str(self.lease) if self.lease else form["hub.lease_seconds"]
        echo = await self._ask(form["hub.callback"], query | wrong, challenge)
        key = (form["hub.topic"], form["hub.callback"])
        if echo.right and form["hub.mode"] == "subscribe" and not wrong:
            self.subscribers[key] = form["hub.secret"]
        elif echo.right and not wrong:
            self.subscribers.pop(key, None)
        return echo

    async def deny(self, form: dict[str, str]) -> None:
        """Tell the callback that there will be no subscription."""
        await self._ask(
            form["hub.callback"], {"mode": "denied", "topic": form["hub.topic"], "reason": "no"}, ""
        )

    async def _ask(self, callback: str, query: dict[str, str], challenge: str) -> Echo:
        told = {f"hub.{name}": value for name, value in query.items()}
        async with self._session.get(callback, params=told) as answer:
            body = await answer.text()
            right = answer.status == 200 and bool(challenge) and body == challenge
            self.echoes.append(Echo(answer.status, answer.headers.get("Content-Type", ""), body, right))
            return self.echoes[-1]

    async def publish(self, topic: str, body: bytes = b"<rss/>", *, method: str = "sha256") -> list[int]:
        """Distribute to everyone who subscribed to a topic; what each answered."""
        found = [(to, secret) for (known, to), secret in self.subscribers.items() if known == topic]
        return [await self.push(to, body, sign(secret, body, method)) for to, secret in found]

    async def push(self, callback: str, body: bytes, signature: str | None) -> int:
        """One POST; 0 where the connection was broken off."""
        headers = {"X-Hub-Signature": signature} if signature is not None else {}
        with suppress(aiohttp.ClientError):
            async with self._session.post(callback, data=body, headers=headers) as answer:
                return answer.status
        return 0


def sign(secret: str, body: bytes, method: str = "sha256") -> str:
    """A signature as a hub writes it."""
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"
