"""The crawler's own start and orderly end, in this process: everything but workers, which parse nothing here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crawler.app import house
from crawler.config import Config, load
from crawler.recovery import Recovered


class _NoWorkers:
    """Stands where the worker processes would."""

    room = 1
    waiting = 0
    deaths = 0
    pids: tuple[int, ...] = ()

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to end."""


@contextmanager
def without_workers() -> Iterator[None]:
    """Houses that are opened in here have no worker processes."""
    real: Any = house._workers
    house._workers = lambda config, store: _NoWorkers()  # type: ignore[assignment,return-value]
    try:
        yield
    finally:
        house._workers = real


def settings(config: Path) -> Config:
    """A configuration, to be used for many archives."""
    return load(config)


def start(config: Config, root: Path) -> Recovered:
    """Open the archive below ``root`` as ``crawler run`` does, and close it again."""
    placed = config.model_copy(update={"archive": config.archive.model_copy(update={"root": root})})
    return asyncio.run(_start(placed))


async def _start(config: Config) -> Recovered:
    async with house.open_house(config, command="run", arguments={}) as home:
        return home.recovered
