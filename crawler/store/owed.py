"""``SqlPoliteness``: keeps ``ports.Politeness``, the part of ``SqlStore`` that the web door is handed."""

from __future__ import annotations

from crawler.model import HostState, RobotsCopy
from crawler.store import politeness
from crawler.store.writer import Writer


class SqlPoliteness:
    """What is owed to servers, in the archive's own database: shared by all that writes to it."""

    _writer: Writer

    async def host(self, key: str) -> HostState | None:
        """What is known of a host or an IP address; None for a new one."""
        return await self._writer.run(lambda group: politeness.host(group, key))

    async def keep_host(self, key: str, state: HostState) -> None:
        """Commit it: on return it outlives a crash."""
        await self._writer.run(lambda group: politeness.keep_host(group, key, state))

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The origin's robots.txt as it was last asked for; None if it never was."""
        return await self._writer.run(lambda group: politeness.robots(group, origin))

    async def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Keep it for the next start."""
        await self._writer.run(lambda group: politeness.keep_robots(group, origin, copy))
