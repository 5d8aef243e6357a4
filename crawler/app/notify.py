"""The service manager is told how we fare, if there is one that wants to know (sd_notify(3)).

``READY=1`` when work begins, ``WATCHDOG=1`` as long as the event loop beats, ``STOPPING=1``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic


class Notify:
    """Sends states as datagrams to ``$NOTIFY_SOCKET``; without one, to nobody."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        #: A leading @ stands for the abstract name space.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        owner = environment.get("WATCHDOG_PID", str(os.getpid()))
        asked = environment.get("WATCHDOG_USEC", "") if owner == str(os.getpid()) else ""
        #: Half of what is allowed, as sd_watchdog_enabled(3) advises; None: nobody waits for us.
        self.rest = int(asked) / 2e6 if asked.isdecimal() and int(asked) else None
        self._next = 0.0

    def send(self, **states: object) -> None:
        """Tell; a manager that cannot be told is no reason to stop."""
        if not self._address:
            return
        told = "\n".join(f"{name}={value}" for name, value in states.items()).encode()
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as way,
        ):
            way.sendto(told, self._address)

    def alive(self) -> None:
        """The loop has beaten; told no more often than needed."""
        if self.rest is not None and (now := monotonic()) >= self._next:
            self._next = now + self.rest
            self.send(WATCHDOG=1)
