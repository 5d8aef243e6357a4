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
from crawler.model.feed import (
    Enclosure,
    Entry,
    Feed,
    FeedDocument,
    FeedInfo,
    FeedState,
    Hints,
    Moving,
    Rhythm,
    Validators,
)
from crawler.model.host import HostState, RobotsCopy
from crawler.model.page import Attempt, Page, Request, sha256
from crawler.model.push import PushOffer, Subscription
from crawler.model.raw import Exchange, RawRecord
from crawler.model.work import (
    Captured,
    DueItem,
    DuePoll,
    Failed,
    FeedTally,
    OlderPage,
    Outcome,
    PageRead,
    PollCount,
    Polled,
    Resting,
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
    "Exchange",
    "Extraction",
    "Failed",
    "Feed",
    "FeedDocument",
    "FeedInfo",
    "FeedState",
    "FeedTally",
    "Hints",
    "HostState",
    "Intent",
    "Moving",
    "OlderPage",
    "Origin",
    "Outcome",
    "Page",
    "PageRead",
    "PollCount",
    "Polled",
    "PushOffer",
    "RawRecord",
    "Record",
    "Request",
    "Resting",
    "Rhythm",
    "RobotsCopy",
    "Selection",
    "Slice",
    "Subscription",
    "Validators",
    "Verdict",
    "sha256",
]
