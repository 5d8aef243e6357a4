"""Paths that are failures, on a host of their own: ``/fail/<name>[/<kind>]?key=value``.

Each serves a feed (``as=feed``) or an article (the default); ``failing_feed`` lists articles behind
them.  ``NAMES`` says in one line what each does; ``python -m tests.wire --help`` prints it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tests.wire import broken, weird
from tests.wire.reply import End, Reply, Script, respond
from tests.wire.weird import Content


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a failing path."""

    root: str  #: "http://127.77.255.1:8080", without a slash
    name: str
    kind: str  #: what follows the name
    query: dict[str, str]
    count: int  #: 1 for the first request to this target
    content: Content  #: what a healthy answer would be

    def number(self, key: str, default: float) -> float:
        """A number of the query."""
        return float(self.query.get(key, default))


Failure = Callable[[Ask], Reply | web.StreamResponse]


def _ok(ask: Ask) -> Reply:
    return ask.content.reply()


def _drop(ask: Ask) -> Script:
    end: End = "close" if ask.kind == "close" else "hang" if ask.kind == "silence" else "reset"
    return Script((), end=end, status=0)


def _slow(ask: Ask) -> Script:
    """``rate`` bytes per second, in the headers too with ``/fail/slow/headers``."""
    rate = ask.number("rate", 100)
    head, body = (
        broken.head(ask.content.content_type, {"Content-Length": str(len(ask.content.body))}),
        ask.content.body,
    )
    return Script(broken.drip(head, body, rate, headers=ask.kind == "headers"))


def _cut(ask: Ask) -> Script:
    return broken.cut(
        ask.content.body, ask.content.content_type, coding=ask.query.get("coding", ""),
        framing=ask.query.get("framing", "length"), at=ask.query.get("at"),
    )  # fmt: skip


def _status(ask: Ask) -> Reply:
    headers = {}
    if "retry-after" in ask.query:
        headers["Retry-After"] = weird.retry_after(ask.query["retry-after"])
    status = int(ask.kind or 503)
    body = f"<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>"
    return Reply(body.encode(), "text/html; charset=utf-8", status=status, headers=headers)


def _loop(ask: Ask) -> Reply:
    other = "b" if ask.kind != "b" else "a"
    return _moved(302, f"{ask.root}/fail/redirect-loop/{other}")


def _redirect(ask: Ask) -> Reply:
    """``n`` hops with ``status``; ``to`` is sent as the Location of the last, ``missing`` leaves it out."""
    left, status = int(ask.number("n", 1)), int(ask.number("status", 302))
    if left > 1:
        return _moved(status, f"redirect?{urlencode({**ask.query, 'n': left - 1})}")
    if "missing" in ask.query:
        return _moved(status, None)
    if "to" in ask.query:
        return _moved(status, ask.query["to"])
    return (
        ask.content.reply() if left <= 0 else _moved(status, f"redirect?{urlencode({**ask.query, 'n': 0})}")
    )


def _moved(status: int, location: str | None) -> Reply:
    headers = {} if location is None else {"Location": location}
    return Reply(b"", "text/plain", status=status, headers=headers)


def _flaky(ask: Ask) -> Reply:
    """``status`` for the first ``fails`` requests to one address, then fine."""
    if ask.count > ask.number("fails", 2):
        return ask.content.reply()
    return Reply(b"try again", "text/plain", status=int(ask.number("status", 503)))


def _turned(ask: Ask) -> Reply:
    """Fine for the first ``after`` requests, then a page ``into`` with new validators and status 200."""
    if ask.count <= ask.number("after", 1):
        return ask.content.reply()
    into = {
        "consent": weird.consent,
        "challenge": weird.challenge,
        "error": weird.not_a_feed,
        "empty": weird.empty,
    }
    reply = into[ask.query.get("into", "consent")]()
    reply.etag = f'"{ask.count}-turned"'
    return reply


def _coded(coding: str) -> Failure:
    """The body in that coding although nobody asked for it."""

    def serve(ask: Ask) -> Reply:
        plain = ask.content.reply()
        return Reply(plain.coded(coding), plain.content_type, headers={"Content-Encoding": coding})

    return serve


_FAILURES: dict[str, tuple[Failure, str]] = {
    "ok": (_ok, "nothing fails here: an article or a feed"),
    "drop": (_drop, "connection reset without an answer; /drop/close FIN, /drop/silence never a byte"),
    "slow": (_slow, "rate=BYTES a second in the body; /slow/headers in the headers too"),
    "cut": (_cut, "coding=gzip|br|deflate, framing=length|chunked|close, at=BYTES: ends in the middle"),
    "status": (_status, "/status/429?retry-after=VALUE; date:SECONDS makes an HTTP date"),
    "redirect-loop": (_loop, "two addresses that lead to each other"),
    "redirect": (_redirect, "n=HOPS, status=301, to=LOCATION, missing=1"),
    "charset": (lambda ask: weird.charset(ask.content), "declared UTF-8, written in windows-1252"),
    "gzip": (_coded("gzip"), "gzip although nobody asked"),
    "br": (_coded("br"), "Brotli although nobody asked"),
    "huge": (
        lambda ask: broken.huge(int(ask.number("bytes", 20_000_000)), ask.query.get("coding", "")),
        "bytes=COUNT of one endless page; coding=gzip: small on the wire",
    ),
    "not-a-feed": (lambda _: weird.not_a_feed(), "an HTML page, status 200"),
    "consent": (lambda _: weird.consent(), "a consent page, status 200"),
    "challenge": (lambda _: weird.challenge(), "a bot wall, status 200; with its own script and no text"),
    "empty": (lambda _: weird.empty(), "200 and no byte"),
    "empty-feed": (lambda _: weird.empty_feed(), "a feed without items"),
    "flaky": (_flaky, "fails=TIMES, status=503: then fine"),
    "turned": (_turned, "after=TIMES fine, then into=consent|challenge|error|empty with status 200"),
    "items": (lambda ask: weird.items(ask.root), "a feed whose items are odd"),
    "messy": (lambda _: weird.messy(), "a feed that is not well-formed: blank line first, &nbsp;, bare &"),
    "validators": (lambda ask: weird.validators(ask.content, ask.kind, ask.count), "/validators/KIND: odd ETag, Last-Modified"),
    "malformed": (lambda ask: broken.malformed(ask.kind, ask.content.body), "/malformed/KIND: answers that break HTTP"),
}  # fmt: skip
NAMES = {name: text for name, (_, text) in _FAILURES.items()}


#: Articles of ``/fail/feed``: each is listed without and with a text of its own in the feed.
ARTICLES = (
    "ok", "drop", "drop/close", "slow?rate=20000", "cut?framing=length", "cut?framing=chunked",
    "cut?coding=gzip&framing=length", "cut?coding=gzip&framing=close", "cut?coding=br&framing=chunked",
    "status/404", "status/410", "status/429?retry-after=1", "status/503", "redirect-loop", "redirect?n=3", "charset",
    "gzip", "br", "huge?bytes=20000000", "not-a-feed", "consent", "challenge", "empty", "flaky?fails=2",
)  # fmt: skip


class FailingHost:
    """Counts what was asked and answers it; ``content`` makes the healthy answer of a path.

    The content depends on the failure's name, its kind and ``item=`` alone, so that redirects and
    retries end at the article that the feed announced.
    """

    def __init__(self, content: Callable[[str, bool], Content]) -> None:
        self._content = content
        self._asked: dict[str, int] = {}

    def answer(self, request: web.BaseRequest, target: str, root: str) -> web.StreamResponse | None:
        """The response for a target below ``root``; None when it is not a failing path."""
        name, kind, query = split(target)
        if name not in _FAILURES:
            return None
        count = self._asked[target] = self._asked.get(target, 0) + 1
        content = self._content(identity(target), query.get("as") == "feed")
        answered = _FAILURES[name][0](Ask(root, name, kind, query, count, content))
        return respond(answered, request) if isinstance(answered, Reply) else answered


def split(target: str) -> tuple[str, str, dict[str, str]]:
    """Name, kind and query of a failing path; the name is "" for any other."""
    parts = urlsplit(target)
    name, _, kind = parts.path.partition("/fail/")[2].partition("/")
    return name, kind, dict(parse_qsl(parts.query, keep_blank_values=True))


def identity(target: str) -> str:
    """What makes the article behind a failing path: "redirect-loop" has one, whatever its hop."""
    name, kind, query = split(target)
    return f"{name}/{'' if name == 'redirect-loop' else kind}#{query.get('item', '')}"
