"""crawler.polling: what a poll sends, what it believes, what it remembers; over a fake web, InlineWorkers read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from crawler.config import PollConfig
from crawler.model import DuePoll, Feed, FeedState, Polled, Rhythm, Validators
from crawler.model.feed import NO_VALIDATORS
from crawler.polling import Polling
from crawler.workers.inline import InlineWorkers
from tests.fakes import NOON, FakeClock, FakeWeb, page

FEED = Feed(id=1, name="acme", url="https://acme.example/feed", source="Acme Wire", source_key="acmewire")
MOVED = "https://news.example/feed"
MODIFIED = "Wed, 26 Feb 2025 10:00:00 GMT"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def body(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>Acme opens plant {number}</title><link>https://acme.example/news/{number}</link>"
        f"<guid>{number}</guid><pubDate>{NOON - 20 * DAY + number * HOUR:%a, %d %b %Y %H:%M:%S GMT}</pubDate></item>"
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>Acme</title>{items}</channel></rss>'.encode()


def vouched(etag: str | None = None, modified: str | None = None) -> dict[str, str]:
    told = {"etag": etag, "last-modified": modified}
    return {name: value for name, value in told.items() if value is not None}


@dataclass
class Desk:
    """A feed and what is remembered of it from poll to poll."""

    web: FakeWeb = field(default_factory=FakeWeb)
    state: FeedState = field(default_factory=lambda: FeedState(next_poll_at=NOON))

    async def poll(
        self, told: bytes, headers: dict[str, str], *, status: int = 200, at: str = FEED.url
    ) -> Polled:
        """Ask once; the server, or where it redirects to, answers so."""
        now = self.web.clock.now()
        self.web.answers = {
            FEED.url: page(FEED.url, told, status=status, headers=headers, final_url=at, at=now)
        }
        polling = Polling(web=self.web, workers=InlineWorkers(), clock=self.web.clock, settings=PollConfig())
        polled = await polling.poll(DuePoll(feed=FEED, state=self.state))
        self.state = polled.state
        self.web.clock.instant = self.state.next_poll_at
        return polled

    @property
    def sent(self) -> Validators:
        """With which the last request was made conditional."""
        return self.web.requests[-1].validators


@pytest.fixture
def desk() -> Desk:
    return Desk(web=FakeWeb(clock=FakeClock()))


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"v1"', MODIFIED),
        ('"v1"', None),
        (None, MODIFIED),
        (None, None),
        ('W/"v1"', None),
        ("v1-without-quotes", None),
        (f'"{"x" * 8190}"', MODIFIED),
        (' "v1" ', "yesterday at noon"),
    ],
)
async def test_p02_the_last_pair_is_given_back_exactly(
    desk: Desk, etag: str | None, modified: str | None
) -> None:
    await desk.poll(body(1), vouched(etag, modified))
    await desk.poll(body(1), {})
    assert desk.sent == Validators(etag=etag, last_modified=modified)


async def test_p02_validators_of_two_answers_are_never_mixed(desk: Desk) -> None:
    """Whatever an answer leaves out is not filled up from the one before it; dates may go back."""
    earlier = "Tue, 25 Feb 2025 10:00:00 GMT"
    given = [('"v1"', MODIFIED), ('"v2"', None), (None, earlier), (None, None), ('W/"v3"', earlier)]
    for number, (etag, modified) in enumerate(given):
        await desk.poll(body(number), vouched(etag, modified))
        await desk.poll(b"<html>Log in</html>", vouched('"wall"'))  # of a failure nothing is believed
        assert desk.sent == Validators(etag=etag, last_modified=modified)


async def test_p02_a_304_renews_what_it_names_and_keeps_the_rest(desk: Desk) -> None:
    await desk.poll(body(1), vouched('"v1"', MODIFIED))
    await desk.poll(b"", vouched('"v2"'), status=304)
    await desk.poll(b"", {}, status=304)
    assert desk.sent == Validators(etag='"v2"', last_modified=MODIFIED)
    await desk.poll(body(2), {})
    assert desk.sent == Validators(etag='"v2"', last_modified=MODIFIED)
    assert desk.state.validators == NO_VALIDATORS, "a whole answer that names none has none"


async def test_p02_validators_remember_who_gave_them_where_a_redirect_led_elsewhere(desk: Desk) -> None:
    await desk.poll(body(1), vouched('"v1"'), at=MOVED)
    await desk.poll(b"", vouched('"v2"'), status=304, at=MOVED)
    assert desk.sent == Validators(etag='"v1"', url=MOVED)
    await desk.poll(body(2), vouched('"v3"'))  # it leads nowhere else any more
    assert desk.state.validators == Validators(etag='"v3"')


async def silent(desk: Desk) -> None:
    """Three weeks of 304s from a feed that used to post twice an hour."""
    await desk.poll(body(1), vouched('"v1"'))
    at = desk.web.clock.now()
    rhythm = Rhythm(
        at=at - 21 * DAY, latest=at - 21 * DAY, items=480.0, time=240.0, gaps=480.0,
        hours=(20.0,) * 24, days=(68.0,) * 7, minutes=(8.0,) * 60,
    )  # fmt: skip
    desk.state = replace(
        desk.state, rhythm=rhythm, fetched_at=at - 21 * DAY, polled_at=at - HOUR, not_modified=500
    )


async def test_p09_a_lying_server_is_found_by_a_probe_and_asked_for_the_whole_from_then_on(
    desk: Desk,
) -> None:
    await silent(desk)
    found = await desk.poll(body(*range(1, 30)), vouched('"v1"'))
    assert (desk.sent, desk.state.lying, desk.state.probed_at) == (NO_VALIDATORS, True, found.at)
    again = await desk.poll(body(*range(2, 31)), vouched('"v1"'))
    assert desk.sent == NO_VALIDATORS
    assert again.document is not None
    assert "304" in again.document.info.notes[-1]


async def test_p09_an_honest_server_is_probed_once_and_then_believed_again(desk: Desk) -> None:
    await silent(desk)
    await desk.poll(body(1), vouched('"v1"'))
    assert (desk.sent, desk.state.lying, desk.state.probes) == (NO_VALIDATORS, False, 1)
    await desk.poll(b"", {}, status=304)
    assert desk.sent == Validators(etag='"v1"')


async def test_p09_a_probe_that_is_answered_with_304_all_the_same_moves_nothing(desk: Desk) -> None:
    await silent(desk)
    probed = await desk.poll(b"", {}, status=304)
    assert (probed.outcome, desk.state.lying, desk.state.probes, desk.state.failures) == (
        "unchanged", False, 1, 0,
    )  # fmt: skip


async def test_p09_a_server_that_answers_304_to_who_never_saw_the_feed_has_failed(desk: Desk) -> None:
    """Else it would be empty for ever, and look well."""
    polled = await desk.poll(b"", vouched('"v1"'), status=304)
    assert (polled.outcome, polled.error_kind, polled.status) == ("failed", "NotAFeed", 304)
    assert desk.state.validators == NO_VALIDATORS
    assert (await desk.poll(body(1), vouched('"v1"'))).outcome == "changed"
