"""A thread that notices an event loop that stands still, and says where it stands.

The loop cannot tell by itself: while it stands, nothing on it runs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from time import monotonic
from types import FrameType
from typing import Any

from crawler.app.pulse import Pulse

STILL = 1.0  #: seconds without a beat that are worth a line
FRAMES = 12  #: of the stack that are told, innermost first

_LOOK = 0.25  #: seconds between two looks

Tell = Callable[..., Any]


@contextmanager
def watchdog(pulse: Pulse, tell: Tell, *, still: float = STILL) -> Iterator[None]:
    """Within: ``tell`` gets ``event="stalled"`` with a stack, and ``event="resumed"`` when it is over.

    Both carry ``seconds``; ``tell`` is called in a thread of the watchdog's own.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(pulse, tell, still, ended), name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(2 * _LOOK)


def _watch(pulse: Pulse, tell: Tell, still: float, ended: threading.Event) -> None:
    told: float | None = None  # the beat after which the loop was found standing
    while not ended.wait(min(_LOOK, still / 4)):
        last, now = pulse.last, monotonic()
        if told is not None and last != told:
            tell(event="resumed", seconds=f"{last - told:.2f}")
            told = None
        if told is None and now - last > still:
            tell(event="stalled", seconds=f"{now - last:.2f}", stack=stack(pulse.thread))
            told = last


def stack(thread: int) -> str:
    """Where a thread stands, as ``file:line:function``, innermost first; no values, no foreign text."""
    frame: FrameType | None = sys._current_frames().get(thread)
    places: list[str] = []
    while frame is not None and len(places) < FRAMES:
        code = frame.f_code
        places.append(f"{'/'.join(PurePath(code.co_filename).parts[-2:])}:{frame.f_lineno}:{code.co_name}")
        frame = frame.f_back
    return " < ".join(places)
