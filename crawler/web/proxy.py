"""A proxy that the configuration names: the target is judged here, for its sockets lead only to the proxy.

The proxy resolves names for itself: what it finds, nobody here can see.  So the target's name must
resolve, and to public addresses only, before the proxy hears of it.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from yarl import URL

from crawler.web import faults
from crawler.web.addresses import is_literal
from crawler.web.connector import Resolver
from crawler.web.guard import Guard


async def judge(url: URL, found: Sequence[str], guard: Guard, resolver: Resolver) -> None:
    """Judge a target by name and addresses; ``found`` are those it was resolved to, if it was.

    Raises ``Refused`` and ``Unreachable``.
    """
    guard.check(url)
    host = url.raw_host or ""
    if not found and not is_literal(host):
        try:
            found = await resolver.resolve(host)
            if not found:
                raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
        except OSError as error:
            raise faults.unresolved(error, url) from error
    guard.check_answers(host, url.port or 0, found)
