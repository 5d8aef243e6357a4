"""D49: a house whose disk failed is opened anew, not too soon and not too often."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from crawler.app.notify import Notify
from crawler.app.reopening import HOUR, LONGEST, MOST, Tries, lasting, told
from crawler.errors import ArchiveBusy, ArchiveError, CrawlError, HandleLost, StoreError
from crawler.model import Pause
from tests.fakes import NOON, FakeClock


class Roomy:
    """A reserve that has nothing against it."""

    def __init__(self) -> None:
        self.waited = 0

    def attend(self, *_: object) -> None:
        pass

    async def wait_for_room(self) -> None:
        self.waited += 1


class Work:
    """Fails as it is told, then ends well."""

    def __init__(self, *failures: CrawlError) -> None:
        self.failures = list(failures)
        self.begun = 0

    async def __call__(self) -> None:
        self.begun += 1
        if self.failures:
            raise self.failures.pop(0)


async def run(work: Work, clock: FakeClock, stop: asyncio.Event | None = None) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    reserve: Any = Roomy()
    await lasting(work, reserve, stop or asyncio.Event(), clock, lambda **fields: lines.append(fields))
    assert reserve.waited == len(lines)
    return lines


async def test_d49_a_lost_handle_is_followed_by_another_house_after_a_rest_that_doubles() -> None:
    clock, work = FakeClock(), Work(*(HandleLost("disk I/O error") for _ in range(4)))
    lines = await run(work, clock)
    assert work.begun == 5
    assert [(line["event"], line["rest"]) for line in lines] == [
        ("reopening", "1s"), ("reopening", "2s"), ("reopening", "4s"), ("reopening", "8s"),
    ]  # fmt: skip
    assert 15 <= (clock.now() - NOON).total_seconds() < 16


async def test_d49_what_cannot_be_opened_yet_is_tried_again_once_a_handle_was_lost() -> None:
    work = Work(
        HandleLost("disk I/O error"), StoreError("cannot be opened"), ArchiveError("cannot be written")
    )
    assert len(await run(work, FakeClock())) == 3


@pytest.mark.parametrize("error", [StoreError("damaged"), ArchiveError("no permission")])
async def test_d49_what_fails_at_the_first_start_ends_it(error: CrawlError) -> None:
    with pytest.raises(type(error)):
        await run(Work(error), FakeClock())


async def test_d49_an_archive_that_another_crawler_took_meanwhile_is_left_to_it() -> None:
    with pytest.raises(ArchiveBusy):
        await run(Work(HandleLost("disk I/O error"), ArchiveBusy("process 7")), FakeClock())


async def test_d49_after_ten_times_within_an_hour_it_ends_in_one_sentence() -> None:
    work = Work(*(HandleLost("disk I/O error") for _ in range(MOST + 1)))
    with pytest.raises(
        StoreError, match="disk I/O error; it was opened anew 10 times within an hour"
    ) as ended:
        await run(work, FakeClock())
    assert not isinstance(ended.value, HandleLost)
    assert work.begun == MOST + 1


def test_d49_tries_of_an_hour_ago_are_forgotten() -> None:
    tries = Tries()
    assert [tries.rest(float(at)) for at in range(MOST)][-1] == LONGEST
    assert tries.rest(MOST + 1.0) is None
    assert tries.rest(HOUR + MOST) == 1.0


async def test_d49_a_stop_while_it_rests_is_the_end() -> None:
    stop, work = asyncio.Event(), Work(HandleLost("disk I/O error"))
    stop.set()
    await run(work, FakeClock(), stop)
    assert work.begun == 1


def test_r55_a_pause_and_its_end_are_one_line_each() -> None:
    lines: list[dict[str, Any]] = []
    say = told(lambda **fields: lines.append(fields), Notify({}))
    pause = Pause(why="the disk of /a has 3 MB left", since=NOON)
    say(pause, None)
    say(pause, timedelta(seconds=34))
    assert lines == [
        {"event": "paused", "why": pause.why},
        {"event": "continued", "seconds": "34", "why": pause.why},
    ]
