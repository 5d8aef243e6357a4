"""The values that travel through the house, and the outcomes of its two journeys.

All are frozen; the next state is a new value (``dataclasses.replace``).  Instants are aware
``datetime`` in UTC, lengths of time are ``timedelta``, digests are lower-case hexadecimal SHA-256.
"""

from crawler.model.article import (
    ArchivedFile,
    Candidate,
    Choice,
    Claim,
    Draft,
    Extraction,
    Intent,
    Origin,
    Record,
    Verdict,
)
from crawler.model.feed import Enclosure, Entry, Feed, FeedDocument, FeedInfo, FeedState, Validators
from crawler.model.host import HostState, RobotsCopy
from crawler.model.page import Attempt, Page, Request, sha256
from crawler.model.work import (
    Captured,
    DueItem,
    DuePoll,
    Failed,
    FeedTally,
    Outcome,
    PollCount,
    Polled,
    Selection,
    Slice,
)

__all__ = [
    "ArchivedFile",
    "Attempt",
    "Candidate",
    "Captured",
    "Choice",
    "Claim",
    "Draft",
    "DueItem",
    "DuePoll",
    "Enclosure",
    "Entry",
    "Extraction",
    "Failed",
    "Feed",
    "FeedDocument",
    "FeedInfo",
    "FeedState",
    "FeedTally",
    "HostState",
    "Intent",
    "Origin",
    "Outcome",
    "Page",
    "PollCount",
    "Polled",
    "Record",
    "Request",
    "RobotsCopy",
    "Selection",
    "Slice",
    "Validators",
    "Verdict",
    "sha256",
]
