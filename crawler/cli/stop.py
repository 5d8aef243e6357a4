"""SIGINT and SIGTERM: the first asks the engine to finish, the second does not ask."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
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
        raise typer.Exit(130) from None


@dataclass(slots=True)
class Stop:
    """The event that ends a run."""

    event: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def stop_on_signals(tell: Callable[[signal.Signals], None]) -> Iterator[Stop]:
    """Within: a signal sets the event and is told; a second one cancels what is still running."""
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
