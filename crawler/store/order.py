"""What the writer counts, and in which order it writes what can wait for the end of a transaction."""

from __future__ import annotations

from crawler.store import frontier, intake, leaves, ledger, noticing, politeness, rawindex
from crawler.store.schema import captures, extractions, feed_items, fetches, polls, revisions

#: Tables whose ids are counted in the writer.
NUMBERED = (polls, feed_items, captures, fetches, extractions, revisions)

#: Statements that wait for the end of their group, in order.
WAITING = (
    ledger.DROP_OLDER,
    intake.POLL,
    intake.FEED_CHANGED,
    intake.FEED_UNCHANGED,
    intake.FEED_FAILED,
    ledger.EXTRACTION,
    ledger.REVISION,
    ledger.FIELD,
    ledger.SUPERSEDE,
    ledger.DONE,
    ledger.NEWEST,
    leaves.APPEND,
    ledger.CAPTURE,
    rawindex.FETCH,
    rawindex.KEPT,
    ledger.SETTLE_ITEM,
    ledger.AWAIT_OWNER,
    ledger.RELEASE_TWINS,
    noticing.CALL_KILLED,
    ledger.DROP_FAILED,
    ledger.SECOND_CHANCE,
    frontier.RETURN_HOST,
    frontier.RETURN_FEEDS,
    politeness.KEEP_HOST,
    politeness.KEEP_ROBOTS,
)
