"""The conformance score: each case, what is promised, what was measured, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.world.seen import Findings

#: Case → what is promised.
PROMISES = {
    "P01": "one unconditional request a feed, then conditional ones",
    "P02": "validators come back byte for byte, from nobody else",
    "P03": "no poll before the feed's floor, over restarts too",
    "P04": "after a jump of the clock one poll to catch up, no burst",
    "P05": "a feed without validators: in full once a day, unless it invites to more or would overflow",
    "P06": "a Retry-After of any form silences the whole host",
    "P07": "a 503 among articles stops its host at once",
    "P08": "no poll while fresh, within ttl or in skipped hours",
    "P09": "validators that lie are found by a probe, once a week at most",
    "P10": "addresses rewritten after three permanent redirects over 48 h; the dead left in peace",
    "P11": "no cookie, referrer or invented query; one User-Agent with a contact",
    "P12": "robots.txt first, at most a day old; Crawl-delay kept",
    "P13": "no page that robots.txt forbids, nor while it cannot be had",
    "P14": "one request at a time to a host and to an address, and a rest between",
    "P15": "who answers slowly is asked slowly; errors make nobody faster",
    "P17": "after a day's stop the overdue feeds come spread",
    "N26": "after six hours offline nobody returns with a storm",
    "S33": "retries are at most a tenth of a day's requests",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One case of the score."""

    case: str
    promise: str
    figure: str
    violations: int


def lines(found: Iterable[Findings]) -> list[Line]:
    """The table over all seeds."""
    all_found = list(found)
    whole = merged(all_found)
    return [
        Line(case, promise, _figure(case, whole), sum(each.counts[case] for each in all_found))
        for case, promise in PROMISES.items()
    ]


def merged(found: Iterable[Findings]) -> dict[str, float]:
    """Figures of several worlds as one: smallest of the least, largest of the most, sums of the rest."""
    whole: dict[str, float] = {}
    for each in found:
        for name, number in each.figures.items():
            known = whole.get(name)
            if known is None:
                whole[name] = number
            elif " least " in name:
                whole[name] = min(known, number)
            elif any(
                word in name for word in (" most ", " share ", " peak ", "concurrency", " days to find ")
            ):
                whole[name] = max(known, number)
            else:
                whole[name] = known + number
    return whole


def _figure(case: str, whole: dict[str, float]) -> str:
    own = {
        name.removeprefix(f"{case} "): number for name, number in whole.items() if name.startswith(f"{case} ")
    }
    found = [own.pop(name) for name in [*own] if name.startswith("days to find ")]
    if found:
        own["liars found"], own["most days to find one"] = len(found), max(found)
    return " · ".join(f"{name} {_number(number)}" for name, number in sorted(own.items())) or "–"


def _number(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.3g}"


def markdown(table: list[Line], head: str) -> str:
    """The table as it stands in the document."""
    rows = [f"| {each.case} | {each.promise} | {each.figure} | {each.violations} |" for each in table]
    return "\n".join([head, "", "| case | promised | measured | violations |", "|---|---|---|---|", *rows])
