"""What a test in another process can ask of the wire over HTTP: ``/_control/…`` on any host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from tests.wire.sample import SampleWire


class Control:
    """``POST publish?n=``, ``edit?url=``, ``delete?url=``; ``GET feeds``, ``expected?url=``, ``log``, ``config``."""

    def __init__(self, wire: SampleWire) -> None:
        self._wire = wire

    def answer(self, method: str, target: str) -> web.Response:
        """Do it and say what happened, in JSON; ``config`` in TOML."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        command = f"{method} {parts.path.rpartition('/')[2]}"
        try:
            if command == "GET config":
                return web.Response(text=self._wire.config(), content_type="application/toml")
            value = self._do(command, query)
        except KeyError as error:
            return web.json_response({"error": f"not known: {error.args[0]}"}, status=404)
        return web.json_response(value, headers={"Cache-Control": "no-store"})

    def _do(self, command: str, query: dict[str, str]) -> Any:
        if command == "POST publish":
            return [posting.url for posting in self._wire.publish(int(query.get("n", "1")))]
        if command == "POST edit":
            return {"title": self._wire.edit(query["url"], title=query.get("title")).title}
        if command == "POST delete":
            self._wire.delete(query["url"])
            return {"deleted": query["url"]}
        if command == "GET feeds":
            feeds = (*self._wire.feeds, *self._wire.failing_feeds)
            return [{"name": feed.name, "url": feed.url, "source": feed.source} for feed in feeds]
        if command == "GET expected":
            found = self._wire.expected(query["url"])
            return {
                "url": found.url, "title": found.title, "text": found.text, "paragraphs": found.paragraphs,
                "date": found.date.isoformat(), "language": found.language, "image": found.image,
            }  # fmt: skip
        if command == "GET log":
            return [_line(entry) for entry in self._wire.log]
        raise KeyError(command)


def _line(entry: Any) -> dict[str, Any]:
    return {
        "started": entry.started, "finished": entry.finished, "host": entry.host, "method": entry.method,
        "target": entry.target, "status": entry.status,
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in entry.headers],
    }  # fmt: skip
