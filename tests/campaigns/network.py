"""Every way a server or a network misbehaves, at its real size: what the tests hold in short.

``python -m tests.campaigns.network [--json] [--short]`` prints a line a case: id, figure, verdict.
Everything happens on loopback.  Exit 1 if a figure is not what it must be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from tests.web import test_address_matrix as addresses
from tests.web import test_credentials as credentials
from tests.web import test_cuts as cuts
from tests.web import test_network_faults as faults
from tests.web import test_server_faults as servers
from tests.web.origin import Origin


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    case: str
    figure: str
    holds: bool


def text(size: int) -> bytes:
    """Prose of that many bytes, the same each time, that no coding makes tiny."""
    rng = random.Random(20)
    words = [
        f"{rng.choice(('tidal', 'record', 'harbour', 'season', 'fleet'))}{rng.randrange(10**6)}"
        for _ in range(size)
    ]
    return " ".join(words).encode()[:size]


async def broken_connections(short: bool) -> list[Row]:
    """N19: the real grace, half the default time to connect, a third of the total."""
    connect, total = (0.3, 1.0) if short else (5.0, 20.0)
    found = [await faults.give_up(case, connect=connect, total=total) for case in faults.CASES]
    slowest = max(each.seconds for each in found)
    slots, descriptors = sum(each.slots for each in found), sum(each.descriptors for each in found)
    return [
        Row(case="N19 broken connections", figure=f"{len(found)} cases", holds=True),
        Row(
            case="N19 slowest to give up", figure=f"{slowest:.1f} s of {total:g} s", holds=slowest < total + 1
        ),
        Row(case="N19 leaked slots", figure=str(slots), holds=slots == 0),
        Row(case="N19 leaked sockets", figure=str(descriptors), holds=descriptors == 0),
    ]


async def drips(short: bool) -> list[Row]:
    """N21: one byte each 0.2 s to never, in eight places, all at once."""
    scale = 1 / 20 if short else 1.0
    grace, faults.exchange.GRACE = faults.exchange.GRACE, 10 * scale
    try:
        cases = [(place, every) for place in faults.DRIPS for every in faults.EVERY]
        found = await asyncio.gather(*(faults.drip(place, every, scale=scale) for place, every in cases))
    finally:
        faults.exchange.GRACE = grace
    talking = [each.seconds for each, (_, every) in zip(found, cases, strict=True) if every != float("inf")]
    slowest = max(talking)
    return [
        Row(case="N21 drips", figure=f"{len(cases)} cases", holds=True),
        Row(case="N21 slowest to give up", figure=f"{slowest:.1f} s", holds=slowest < 27),
        Row(
            case="N21 leaked slots",
            figure=str(sum(e.slots for e in found)),
            holds=not any(e.slots for e in found),
        ),
    ]


async def cut_bodies(short: bool) -> list[Row]:
    """N22, N23: at every byte."""
    size = 80 if short else 1500
    plain = await cuts.torn(text(size), codings=("",), framings=("length", "chunked"))
    page = b"<!doctype html><html><p>" + text(size) + b"</p></html>"
    open_ended = await cuts.torn(page, codings=("",), framings=("close",))
    coded = await cuts.coded(text(size))
    torn = await cuts.torn(text(size // 2), codings=tuple(cuts.PACK), framings=cuts.FRAMINGS)
    named = {
        "N22 torn at every byte, length and chunks": plain,
        "N22 torn at every byte, a page without a length": open_ended,
        "N23 gzip, deflate ×2, br × 3 framings, coding cut": coded,
        "N23 gzip, deflate ×2, br × 3 framings, torn": torn,
    }
    return [
        Row(case=case, figure=f"{each.cuts} cuts, {each.undetected} undetected", holds=each.undetected == 0)
        for case, each in named.items()
    ]


async def redirects(short: bool) -> list[Row]:
    """S27: what crosses to another origin."""
    leaked = 0
    for status in (301, 302, 303, 307, 308):
        leaked += await servers.leaked_headers("feed", status)
    return [Row(case="S27 headers leaked across origins", figure=str(leaked), holds=leaked == 0)]


async def malformed(short: bool) -> list[Row]:
    """S28: every malformed answer, and the three requests after it."""
    grace, servers.exchange.GRACE = servers.exchange.GRACE, 0.3
    try:
        found = [await servers.follow_up(answer) for answer in servers.MALFORMED.values()]
        trailed = [await servers.follow_up(answer, split=split) for answer in servers.TRAILED.values()
                   for split in (None, len(answer) - 47)]  # fmt: skip
    finally:
        servers.exchange.GRACE = grace
    untyped = sum(each.error is None for each in found)
    reused = sum(each.reused for each in found)
    poisoned = sum(each.poisoned for each in [*found, *trailed])
    return [
        Row(
            case="S28 malformed answers without a failure",
            figure=f"{untyped} of {len(found)}",
            holds=not untyped,
        ),
        Row(case="S28 their connections used again", figure=str(reused), holds=not reused),
        Row(
            case="S28 poisoned follow-ups",
            figure=f"{poisoned} of {3 * len([*found, *trailed])}",
            holds=not poisoned,
        ),
    ]


async def address_matrix(short: bool) -> list[Row]:
    """Z66–Z69: spellings × surfaces × ways, and every special range."""
    spellings = addresses.SPELLINGS[::4] if short else addresses.SPELLINGS
    found = await addresses.matrix(spellings)
    special = await addresses.matrix(
        list(addresses.special_addresses())[:: 40 if short else 2], ways=("mixed",)
    )
    return [
        Row(case="Z66 spellings", figure=str(len(addresses.SPELLINGS)), holds=len(addresses.SPELLINGS) >= 40),
        Row(
            case=f"Z66 spelling × {len(addresses.SURFACES)} surfaces × {len(addresses.WAYS)} ways",
            figure=f"{found.cells} cells, {found.refused} refused, {found.reached} reached",
            holds=found.reached == 0 and not found.wrong,
        ),
        Row(
            case="Z67 special addresses × surfaces, among public ones",
            figure=f"{special.cells} cells, {special.refused} refused, {special.reached} reached",
            holds=special.reached == 0 and special.refused == special.cells,
        ),
    ]


async def canaries(short: bool) -> list[Row]:
    """Z71: secrets at other origins and in messages."""
    strangers = messages = 0
    for what in ("another host", "another port", "another host, another port too"):
        for status in (301, 302, 303, 307, 308):
            async with Origin() as origin:
                seen = await credentials.wander(origin, what, status, credentials.AGENT)
            strangers, messages = strangers + seen.strangers, messages + seen.messages
    for answer in credentials.FAILURES.values():
        async with Origin() as origin:
            origin.routes["/feed"] = answer
            messages += (await credentials.sight(origin)).messages
    return [
        Row(case="Z71 secrets at other origins", figure=str(strangers), holds=strangers == 0),
        Row(case="Z71 secrets in failures", figure=str(messages), holds=messages == 0),
    ]


CAMPAIGNS: list[Callable[[bool], Awaitable[list[Row]]]] = [
    broken_connections, drips, cut_bodies, redirects, malformed, address_matrix, canaries,
]  # fmt: skip


async def run(short: bool) -> list[Row]:
    """All of it, one after the other."""
    rows: list[Row] = []
    for campaign in CAMPAIGNS:
        began = time.monotonic()
        rows += await campaign(short)
        print(f"{campaign.__name__}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    return rows


def main() -> int:
    """The table."""
    parser = argparse.ArgumentParser(
        description="How the web door bears servers and networks that misbehave."
    )
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of a table")
    parser.add_argument("--short", action="store_true", help="shorter bodies, fewer cells, scaled time")
    options = parser.parse_args()
    rows = asyncio.run(run(options.short))
    width = max(len(row.case) for row in rows)
    for row in rows:
        line = f"{row.case:<{width}}  {row.figure:<45}  {'holds' if row.holds else 'FAILS'}"
        print(json.dumps(asdict(row), ensure_ascii=False) if options.json else line)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
