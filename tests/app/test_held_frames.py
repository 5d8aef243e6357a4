"""What is known of a host does not change while articles are read again."""

from __future__ import annotations

import asyncio

from crawler.app.rereading import HeldFrames
from crawler.model import Frame


class Learning:
    """Knows a page more of a host each time it is asked, and takes its time."""

    def __init__(self) -> None:
        self.asked = 0

    async def frame(self, host: str) -> Frame:
        self.asked += 1
        found = Frame(pages=self.asked)
        await asyncio.sleep(0)
        return found


async def test_two_pages_that_ask_at_once_are_read_alike_and_so_are_those_after() -> None:
    held = HeldFrames(Learning())
    at_once = await asyncio.gather(*(held.frame("x.example") for _ in range(3)))
    assert {found.pages for found in (*at_once, await held.frame("x.example"))} == {1}


async def test_a_host_is_asked_for_once() -> None:
    frames = Learning()
    held = HeldFrames(frames)
    assert [(await held.frame("x.example")).pages for _ in range(3)] == [1, 1, 1]
    assert frames.asked == 1
