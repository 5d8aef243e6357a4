"""What is judged by, and how a verdict is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INVARIANTS = {
    "I1": "lost",
    "I2": "doubled",
    "I3": "orphaned",
    "I4": "torn",
    "I5": "early or unconditional after a restart",
    "I6": "impolite",
    "I7": "denied peer",
    "I8": "left over",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be, with the evidence."""

    invariant: str  #: a key of ``INVARIANTS``
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} {INVARIANTS[self.invariant]}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed with the crawler that is judged."""

    state: Literal["rest", "crashed"] = "rest"  #: ended in order; or killed, and not started again
    floor: float = 0.0  #: seconds between two requests for one feed, at least
    delay: float = 0.0  #: seconds between two requests to one host, at least
    allow: tuple[str, ...] = ()  #: networks with private addresses that may be asked
    denied: tuple[str, ...] = ()  #: addresses of the wire that nobody may ask
    faults: bool = False  #: the disk failed now and then: what was kept need not have got its row
    wal: int = 64 * 2**20  #: bytes of a write-ahead log, at most
