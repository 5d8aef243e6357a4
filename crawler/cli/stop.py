"""SIGINT and SIGTERM: the first asks the engine to finish, the second does not ask."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import typer

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work``; a second signal, which cancels it, is an interruption like Ctrl-C."""
    try:
        return asyncio.run(work)
    except (asyncio.CancelledError, KeyboardInterrupt):
        typer.echo("crawler: interrupted", err=True)
        raise typer.Exit(leave(130)) from None


def interruptible() -> None:
    """Until the event loop listens, Ctrl-C ends the process on the spot: nothing is open yet.

    An exception in the middle of an import may come out as anything but a KeyboardInterrupt.
    """

    def end(*_: object) -> None:
        os.write(2, b"crawler: interrupted\n")
        os._exit(130)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, end)


def end_at_a_signal() -> None:
    """Within a running loop: Ctrl-C and SIGTERM cancel the task that calls this, so that it ends in order."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if task is not None:
            loop.add_signal_handler(number, task.cancel)


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

    event: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def stop_on_signals(tell: Callable[[signal.Signals], None], *, deaf: bool = False) -> Iterator[Stop]:
    """Within: a signal sets the event and is told; a second one cancels what is still running.

    ``deaf``: after it too late signals are ignored, for what ended in order is to say so.
    """
    stop = Stop()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def receive(received: signal.Signals) -> None:
        if stop.event.is_set() and task is not None:
            task.cancel()
            return
        stop.event.set()
        tell(received)

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, receive, number)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
            if deaf:
                signal.signal(number, signal.SIG_IGN)
