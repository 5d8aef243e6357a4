"""When an archived page is looked at again: soon and then ever more rarely, for wires correct what is young.

Counted from the visit that archived it; ``pipeline`` asks after every visit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crawler.timing.phase import NONE

#: A look after a length of time is worth its request only at what was no older than so many times that when
#: it was archived: what is found in a backfill has had its corrections.
YOUTH = 12
#: Two looks in a row are at least this share of the row's first pause apart.
APART = 0.5


def next_recheck(
    archived: datetime, now: datetime, row: Sequence[timedelta], *, published: datetime
) -> datetime | None:
    """The first moment of ``row`` after ``archived`` that is still to come; None: no more.

    A release of ten minutes gets the whole row; one that was a day old when it was archived only what comes
    after two hours or later, one of a year nothing of ``1h, 6h, 1d, 7d``.  A look that is late (the crawler
    slept, its host rested) counts for all that has passed meanwhile, and one that failed is not made up for.
    """
    age = max(archived - published, NONE)
    worth = sorted(wait for wait in row if wait * YOUTH >= age)
    least = min(row, default=NONE) * APART
    return next((archived + wait for wait in worth if archived + wait - now >= least), None)
