"""Who pushes: the store's subscriptions as a listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crawler import urls
from crawler.report.health import again, told
from crawler.report.listing import Column, Listing
from crawler.report.text import ago, instant

_SUBSCRIPTIONS = (
    Column(key="feed", heading="feed", style="cyan"),
    Column(key="state", heading="state", style="green"),
    Column(key="hub", heading="hub", flexible=True),
    Column(key="until", heading="until", optional=True),
    Column(key="next", heading="asked again", optional=True),
    Column(key="last", heading="last push"),
    Column(key="pushes", heading="pushes", number=True),
    Column(key="forged", heading="forged", number=True, style="red", optional=True),
    Column(key="failures", heading="failing", number=True, style="red", optional=True),
    Column(key="note", heading="note", flexible=True, optional=True),
)


def subscriptions(found: Sequence[Mapping[str, Any]], now: datetime) -> Listing:
    """Which hub pushes which feed, and how it stands."""
    rows = [
        {
            **row,
            "hub": urls.redacted(row["hub"]),
            "until": again(row["lease_until"], now) if row["lease_until"] else "",
            "next": again(row["next_at"], now) if row["state"] != "ended" else "",
            "last": ago(instant(row["last_push_at"]), now) if row["last_push_at"] else "never",
            "note": told(row["note"]),
        }
        for row in found
    ]
    return Listing(
        columns=_SUBSCRIPTIONS,
        rows=rows,
        empty="no feed is subscribed: none names a hub yet, or [websub] callback is not set",
    )
