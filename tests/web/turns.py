"""A gate to try, and who asks it: shared by the tests of gate and manners."""

from __future__ import annotations

import asyncio

from crawler.ports import Politeness
from crawler.web.gate import Gate
from crawler.web.manners import Manners, Verdict, outcome_of
from tests.web.origin import FakeClock


def make_gate(
    clock: FakeClock, *, delay: float = 1.0, patience: float = 20.0, memory: Politeness | None = None,
    **more: float,
) -> Gate:  # fmt: skip
    manners = Manners(**{"delay": delay, "address_delay": 0.0, "patience": patience, **more})
    return Gate(clock, manners, memory)


def answered(status: int, *, seconds: float = 0.0, silence: float | None = None) -> Verdict:
    return Verdict(outcome=outcome_of(status), seconds=seconds, status=status, silence=silence)


async def ask(gate: Gate, key: str, verdict: Verdict, *addresses: str) -> None:
    async with gate.turn(key) as turn:
        await turn.at(addresses)
        turn.verdict = verdict


class Turns:
    """Takes turns, notes when each began and ended, and how many ran at once."""

    def __init__(self, gate: Gate, clock: FakeClock) -> None:
        self.gate = gate
        self.clock = clock
        self.spans: list[tuple[float, float]] = []
        self.running = 0
        self.most = 0

    async def take(self, key: str, *addresses: str, seconds: float = 0.0, delay: float = 0.0) -> None:
        async with self.gate.turn(key, delay=delay) as turn:
            await turn.at(addresses)
            began = self.clock.time
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0)
            self.clock.time += seconds
            self.running -= 1
            self.spans.append((began, self.clock.time))

    def gaps(self) -> list[float]:
        pairs = zip(self.spans, self.spans[1:], strict=False)
        return [after[0] - before[1] for before, after in pairs]
