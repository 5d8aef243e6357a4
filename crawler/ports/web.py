"""What is asked of the web: pages, hubs, and what is owed to other people's servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from crawler.model import (
    HostState,
    Page,
    Request,
    RobotsCopy,
)


class Web(Protocol):
    """One GET at a time per host, with retries, redirects, limits and the guard inside."""

    async def get(self, request: Request) -> Page:
        """Return a complete page (2xx or 304) or raise a ``FetchError`` with its attempts."""
        ...


class Politeness(Protocol):
    """What is owed to other people's servers: kept over restarts, shared by all that one archive does."""

    async def host(self, key: str) -> HostState | None:
        """What is known of a host or an IP address; None for a new one."""
        ...

    async def keep_host(self, key: str, state: HostState) -> None:
        """Commit it: on return it outlives a crash.  Awaited before a request is sent."""
        ...

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The origin's robots.txt as it was last asked for; None if it never was."""
        ...

    async def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Keep it for the next start."""
        ...


class Hubs(Protocol):
    """The way to a WebSub hub: one form at a time per host, through the same guard as every GET."""

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """POST a form; the status of a success.  Raises a ``FetchError``."""
        ...


class Pushes(Protocol):
    """Whom the callback server asks about what comes from outside; ``token`` ends the address it came to."""

    async def challenged(self, token: str, query: Mapping[str, str]) -> str | None:
        """The challenge to be echoed to a hub that asks whether we meant it; None: it is not ours."""
        ...

    def secret(self, token: str) -> str | None:
        """With which a push to this address must be signed; None where none is expected."""
        ...

    async def pushed(self, token: str) -> None:
        """A push came that was signed rightly."""
        ...

    def dropped(self, token: str, why: str) -> None:
        """Something came that has no effect."""
        ...
