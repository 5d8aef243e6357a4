"""What is known of a host reaches the process in which its page is read, and what was found comes back."""

from __future__ import annotations

import pytest

from crawler.config import WorkersConfig
from crawler.config.selectors import selector
from crawler.frames import key
from crawler.model import NO_FRAME, Frame, HostRule
from crawler.workers.inline import InlineWorkers
from crawler.workers.pool import WorkerPool
from tests.extract.pages import LAST, LEAD, MIDDLE, document, page

NOTE = "Every morning we choose the stories that matter on the quay"
PAGE = page(
    document(
        f"<h1>Lanternfield opens a second plant</h1><p>{LEAD}</p><p>{MIDDLE}</p>"
        f"<div class='letter'><p>{NOTE}</p></div><p>{LAST}</p>"
    )
)
KNOWN = Frame(pages=9, lines={key(NOTE): 8})
RULE = HostRule(host="wire.example", body=selector("div.gone"), cut_at=("Lanternfield has made",))


class Frames:
    """Knows one host."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def frame(self, host: str) -> Frame:
        self.asked.append(host)
        return KNOWN if host == "wire.example" else NO_FRAME


@pytest.mark.parametrize("kind", ["processes", "inline"])
async def test_a_page_is_read_with_what_is_known_of_its_host(kind: str) -> None:
    frames = Frames()
    if kind == "inline":
        found = await InlineWorkers(frames=frames, rules={"wire.example": RULE}).read_page(
            PAGE, want_date=False
        )
    else:
        pool = WorkerPool(WorkersConfig(processes=1), frames=frames, rules={"wire.example": RULE})
        await pool.start()
        try:
            found = await pool.read_page(PAGE, want_date=False)
        finally:
            await pool.close()
    assert frames.asked == ["wire.example"]
    assert found.text.split("\n") == [LEAD, MIDDLE]
    assert [one.reason for one in found.removed] == ["stands on 8 of 9 pages of this host"]
    assert found.ruled is not None
    assert (found.ruled.won, found.ruled.missed) == (("cut_at: Lanternfield has made",), ("body: div.gone",))
    assert key(NOTE) in {line.key for line in found.lines}
    assert found.candidates["title"][0].source == "page.h1"
