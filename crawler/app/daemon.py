"""The daemon: the engine for ever, watched, and the service manager told."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack

from crawler.app.house import House
from crawler.app.notify import Notify
from crawler.app.pushes import subscribed
from crawler.app.reloading import reloading
from crawler.app.reopening import told
from crawler.app.vital import watched
from crawler.app.watchdog import Tell
from crawler.engine.troubles import Troubled
from crawler.model import Outcome, PollCount, Polled, Selection
from crawler.slices import Observer


async def serve(
    home: House, want: Selection, stop: asyncio.Event, *, observe: Observer, troubled: Troubled, tell: Tell
) -> None:
    """Work until ``stop``; a bug in one host's slice is told, and that host rests."""
    notify, wake = Notify(), asyncio.Event()
    home.reserve.attend(
        stop, told(tell, notify, home.store.note_pause), warned=lambda why: tell(event="ballast", why=why)
    )
    async with watched(home, tell, notify) as vital, subscribed(home, tell, wake) as pushes:

        def seen(outcome: Polled | Outcome, count: PollCount | None) -> None:
            vital.observe(outcome, count)
            observe(outcome, count)

        engine = vital.engine = home.engine(stop, seen, troubled, watch=pushes, wake=wake)
        stopping = asyncio.create_task(_tell_stop(stop, notify), name="stopping")
        try:
            with ExitStack() as stack:
                if sys.stderr is None or not sys.stderr.isatty():  # a terminal's hang-up means the end
                    stack.enter_context(reloading(home, engine, tell))
                notify.send(READY=1)
                await engine.run(want, wait=True)
        finally:
            stopping.cancel()
            await asyncio.wait([stopping])


async def _tell_stop(stop: asyncio.Event, notify: Notify) -> None:
    await stop.wait()
    notify.send(STOPPING=1)
