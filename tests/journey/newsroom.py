"""The sample wire in a thread, so that a test can run processes against it and still ask it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

from tests.wire import SampleWire


@contextmanager
def newsroom(**arguments: Any) -> Iterator[SampleWire]:
    """A wire that answers until the end of the block; its releases are of the last days."""
    wire = SampleWire(**{"now": lambda: datetime.now(UTC), "seed": 1, "window": 0, **arguments})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="newsroom", daemon=True)
    thread.start()

    def wait_for(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        wait_for(wire.start())
        try:
            yield wire
        finally:
            wait_for(wire.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def control(wire: SampleWire, command: str, method: str = "POST") -> Any:
    """Ask a running wire for something over HTTP: ``publish?n=1``, ``edit?url=…``."""
    asked = Request(f"{wire.sites[0].base_url}/_control/{command}", method=method)
    with urlopen(asked, timeout=10) as answer:
        return json.load(answer)
