"""What is known of hosts' pages: lines that recur on them, and what the rules for them did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from crawler import urls
from crawler.report.listing import Column, Listing
from crawler.report.text import ago, instant

Row = Mapping[str, Any]

_FURNITURE = (
    Column(key="host", heading="host", style="cyan"),
    Column(key="on", heading="on pages"),
    Column(key="line", heading="line begins", flexible=True),
)
_RULES = (
    Column(key="host", heading="host", style="cyan"),
    Column(key="state", heading="state"),
    Column(key="matched", heading="matched", number=True, style="green"),
    Column(key="missed", heading="missed in a row", number=True, style="red"),
    Column(key="missing", heading="looked for in vain", flexible=True),
    Column(key="page", heading="on", flexible=True, optional=True),
)


def furniture(found: Sequence[Row]) -> Listing:
    """Which lines recur on each host's pages."""
    rows = [
        {
            "host": row["host"],
            "on": f"{row['stands_on']} of {row['pages']}",
            "line": row["line"] or "(not seen again yet)",
        }
        for row in found
        if row["stands_on"] is not None
    ]
    return Listing(
        columns=_FURNITURE,
        rows=rows,
        title="a line that recurs is taken out of an article only where it stands apart from the release's own text",
        empty="no line is known to recur; a host is known after five pages of different texts",
    )


def rules(found: Sequence[Row], configured: Collection[str], now: datetime) -> Listing:
    """How each rule of the configuration fares, those that stopped matching first."""
    known = {row["host"]: row for row in found}
    rows = [_rule(row, now) for row in found if row["host"] in configured]
    rows += [{"host": host, "state": "no page read yet"} for host in sorted(set(configured) - known.keys())]
    return Listing(columns=_RULES, rows=rows, empty="no rule is configured; [[hosts]] makes one")


def _rule(row: Row, now: datetime) -> dict[str, Any]:
    state = f"matches, {ago(instant(row['matched_at']), now)}" if row["matched_at"] else ""
    if row["missed"]:
        since = f"; it did {ago(instant(row['matched_at']), now)}" if row["matched_at"] else ""
        state = f"does not match{since or ', never did'}"
    return {
        "host": row["host"],
        "state": state,
        "matched": row["matched"],
        "missed": row["missed"],
        "missing": ", ".join(row["missing"]),
        "page": urls.redacted(row["missed_url"] or "") if row["missed"] else "",
    }
