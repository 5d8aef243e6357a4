"""A raw socket client: what was really sent, and how it ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Raw:
    """Everything that came back, and whether the connection ended by FIN, RST or not at all."""

    data: bytes
    end: str  #: "closed", "reset", "open"

    @property
    def status(self) -> int:
        """The status code, 0 if there is none."""
        line = self.data.partition(b"\r\n")[0].split(b" ")
        return int(line[1]) if line[0].startswith(b"HTTP/") else 0

    @property
    def headers(self) -> dict[str, str]:
        """Headers by lower-case name, the last of each."""
        lines = self.data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    @property
    def body(self) -> bytes:
        """What follows the headers, as it was sent."""
        return self.data.partition(b"\r\n\r\n")[2]


async def get(url: str, *headers: str, method: str = "GET", patience: float = 5.0) -> Raw:
    """Send one request with ``Connection: close`` and read until the end, at most ``patience`` seconds."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    data, end = b"", "open"
    try:
        async with asyncio.timeout(patience):
            while piece := await reader.read(65_536):
                data += piece
            end = "closed"
    except ConnectionResetError:
        end = "reset"
    except TimeoutError:
        end = "open"
    finally:
        writer.close()
    return Raw(data, end)
