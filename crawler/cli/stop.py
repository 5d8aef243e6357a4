"""SIGINT and SIGTERM: the first asks what is done to end in order, the second does not ask.

Whatever was ended so says in its last line what stands and how to go on, and leaves with 128 and the signal's number.
Imported before all else, and so without a library.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

_BOTH = (signal.SIGINT, signal.SIGTERM)
#: What came to this process, the latest last: signals are the process's, and no loop's or command's.
_received: list[int] = []
_left: list[str] = []  #: what the interrupted work has said that it leaves, likewise


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, until somebody listens, both end the process on the spot: nothing that could be half done is open.

    An exception in the middle of an import may come out as anything but a KeyboardInterrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end_untouched) for number in _BOTH}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not signal.SIG_IGN:  # see ``stop_on_signals``
                signal.signal(number, handler)


def _end_untouched(number: int, _: object) -> None:
    _end(number, "interrupted; nothing was changed")


def _end_over(number: int, _: object) -> None:
    _end(number, "interrupted")


def _end_at_once(number: int, _: object) -> None:
    _end(number, "stopped at once; the same command finishes or removes what is half done")


def _end(number: int, told: str) -> None:
    shown = "\x1b[?25h" if os.isatty(2) else ""  # a bar may have hidden the cursor
    os.write(2, f"{shown}crawler: {told}\n".encode())
    os._exit(128 + number)


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work``, which a signal cancels unless it listens itself."""
    import asyncio

    return _ended_in_order(lambda: asyncio.run(cancelled_by_signals(work)))


def do_to_end(work: Callable[[], T]) -> T:
    """Do what hardly ever waits for an event loop: a signal breaks it off where it stands, and it tidies up."""
    for number in _BOTH:
        signal.signal(number, _break_off)
    return _ended_in_order(work)


def _ended_in_order(work: Callable[[], T]) -> T:
    from asyncio import CancelledError

    _received.clear()
    _left.clear()
    try:
        return work()
    except (CancelledError, KeyboardInterrupt):
        import typer

        from crawler.report.text import safe  # a path may hold anything

        typer.echo(safe("; ".join(["crawler: interrupted", *_left[-1:]])), err=True)
        raise typer.Exit(leave(code())) from None
    finally:
        for number in _BOTH:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _end_over)


async def cancelled_by_signals(work: Coroutine[Any, Any, T]) -> T:
    """Ctrl-C and SIGTERM cancel the task in which this runs, so that it ends in order."""
    import asyncio

    task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def receive(number: int) -> None:
        for one in _BOTH:
            loop.remove_signal_handler(one)
        _note(number)
        if task is not None:
            task.cancel()

    for number in _BOTH:
        loop.add_signal_handler(number, receive, number)
    return await work


def _break_off(number: int, _: object) -> None:
    _note(number)
    raise KeyboardInterrupt


def _note(number: int) -> None:
    """From now on another signal does not ask: what is done behind the first may take long."""
    _received.append(number)
    # A reader's thread that is cut off finds its loop closed: no traceback reaches a user.
    threading.excepthook = lambda _: None
    for one in _BOTH:
        signal.signal(one, _end_at_once)


@contextmanager
def leaving(left: Callable[[], str]) -> Iterator[None]:
    """Around what may be interrupted: what is then told of it, in a sentence; asked when it has tidied up."""
    from asyncio import CancelledError

    try:
        yield
    except (CancelledError, KeyboardInterrupt):
        say_left(left())
        raise


def say_left(told: str) -> None:
    """What the interrupted work leaves, and how to go on."""
    _left.append(told)


def code() -> int:
    """The exit code of what a signal ended, as shells know it: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + (_received[-1] if _received else signal.SIGINT)


def leave(code: int) -> int:
    """The exit code; where a thread still waits (a name server that is silent), the process ends here.

    The interpreter would wait for it, for half a minute and longer.
    """
    main = threading.main_thread()
    if any(not thread.daemon and thread is not main for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    return code


@dataclass(slots=True)
class Stop:
    """The event that ends a run."""

    event: asyncio.Event


@contextmanager
def stop_on_signals(tell: Callable[[signal.Signals], None], *, deaf: bool = False) -> Iterator[Stop]:
    """Within: a signal sets the event and is told; a second one cancels what is still running.

    ``deaf``: after it too late signals are ignored, for what ended in order is to say so.
    """
    import asyncio

    stop = Stop(asyncio.Event())
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def receive(received: signal.Signals) -> None:
        _received.append(received)
        if stop.event.is_set() and task is not None:
            task.cancel()
            return
        stop.event.set()
        tell(received)

    for number in _BOTH:
        loop.add_signal_handler(number, receive, number)
    try:
        yield stop
    finally:
        for number in _BOTH:
            loop.remove_signal_handler(number)
            if deaf:
                signal.signal(number, signal.SIG_IGN)
