"""What is owed to the servers we ask, remembered over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """When one host (or one IP address, key ``ip:192.0.2.7``) may be asked again, and how gently."""

    next_allowed_at: datetime  #: nothing is sent before
    paused_until: datetime | None = None  #: a Retry-After, or a host in trouble that is left alone
    pause_status: int = 0  #: the status that asked for the pause; 0: our own decision after failures
    delay: float = 0.0  #: seconds between two requests, learned from its latency
    failures: int = 0  #: requests in a row without a usable answer


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsCopy:
    """One origin's robots.txt as it was last asked for (RFC 9309)."""

    fetched_at: datetime
    status: int | None = None  #: None: no answer
    body: bytes = b""
    failure: str | None = None  #: why it could not be had: everything there is closed for now
    failing_since: datetime | None = None
