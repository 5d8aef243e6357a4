"""A stand: one address whose every answer a test writes itself and may change at any time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = (
    "Halvorsen Tidal GmbH opened its second harbour workshop on Tuesday and took on forty apprentices.",
    "The workshop builds nine turbines a month, twice what the older one managed in its best year.",
    "Ports in six countries have ordered machines, and the first will be lowered into the water in autumn.",
    "The company, which was founded in a boat shed, says that the waiting list is now eleven months long.",
)


def _open() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass(slots=True)
class Answer:
    """One answer: status, body, content type."""

    body: bytes = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    etag: str | None = None  #: sent, never compared: such a server may be asked often
    wait: threading.Event = field(default_factory=_open)  #: answered when it is set


@dataclass(slots=True)
class Stand:
    """Path → answer; 404 for any other path."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  #: every path, in the order of arrival
    vouched: list[tuple[str, str | None]] = field(default_factory=list)  #: … with its If-None-Match

    def page(self, path: str, title: str, *, status: int = 200) -> None:
        """An article at a path, or an error of that status in its place."""
        told = "".join(f"<p>{sentence}</p>" for sentence in TEXT)
        html = f"<html><head><title>{escape(title)}</title></head><body><article><h1>{escape(title)}</h1>{told}</article></body></html>"
        self.answers[path] = Answer(html.encode() if status < 400 else b"<h1>not now</h1>", status)

    def feed(self, path: str, *items: str) -> None:
        """An RSS feed at a path."""
        told = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Stand</title>{"".join(items)}</channel></rss>'
        self.answers[path] = Answer(told.encode(), type="application/rss+xml")

    def item(
        self, title: str, path: str | None, *, date: str = "Tue, 03 Mar 2026 09:30:00 GMT", own: bool = False
    ) -> str:
        """An item: its link below this stand (None for no link), and its own text in the feed or not."""
        link = f"<link>{self.url}{path}</link>" if path is not None else ""
        content = f"<description>{escape(''.join(f'<p>{sentence}</p>' for sentence in TEXT))}</description>"
        dated = f"<pubDate>{date}</pubDate>" if date else ""
        return f"<item><title>{escape(title)}</title>{link}{dated}{content if own else ''}</item>"

    def table(self, path: str = "/feed", *, name: str = "stand", more: str = "") -> str:
        """The feed at a path as a table of the configuration."""
        return f'[[feeds]]\nname = "{name}"\nurl = "{self.url}{path}"\nsource = "Stand Wire"\n{more}\n'


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A crawler that hangs up is no news."""


@contextmanager
def stand() -> Iterator[Stand]:
    """A stand that is open until the end of the block."""
    opened = Stand()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            opened.asked.append(self.path)
            opened.vouched.append((self.path, self.headers.get("If-None-Match")))
            answer = opened.answers.get(self.path, Answer(b"<h1>not here</h1>", 404))
            answer.wait.wait(30)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.type)
            if answer.etag:
                self.send_header("ETag", answer.etag)
            self.send_header("Content-Length", str(len(answer.body)))
            with suppress(ConnectionError):  # a crawler that was stopped does not wait
                self.end_headers()
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Standard error belongs to the test."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    opened.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield opened
    finally:
        for answer in opened.answers.values():
            answer.wait.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
