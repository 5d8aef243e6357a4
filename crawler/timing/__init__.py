"""When to poll next, when to try again, when to give up: state, facts and now → a time or never.

Pure: time and chance are handed in.  The flow asks about polls and items, the web door about tries
within one visit and about what a response's headers say of time, the store about first moments.
"""

from crawler.timing.headers import freshness, retry_after
from crawler.timing.honesty import probe_due
from crawler.timing.moving import permanent_target
from crawler.timing.phase import DAY, MONTH, first_poll_at
from crawler.timing.polls import PollFacts, PollPolicy, after_poll, failure_weight
from crawler.timing.rechecks import next_recheck
from crawler.timing.visits import RetryPolicy, retry_at, retry_wait
from crawler.timing.window import overflowed

__all__ = [
    "DAY",
    "MONTH",
    "PollFacts",
    "PollPolicy",
    "RetryPolicy",
    "after_poll",
    "failure_weight",
    "first_poll_at",
    "freshness",
    "next_recheck",
    "overflowed",
    "permanent_target",
    "probe_due",
    "retry_after",
    "retry_at",
    "retry_wait",
]
