"""``python -m tests.wire``: the sample wire as a process, until SIGTERM or for some seconds."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.wire.failures import NAMES
from tests.wire.folder import PageFolder, read_folder
from tests.wire.release import load_records
from tests.wire.sample import SampleWire


def _epilog() -> str:
    listed = [f"  /fail/{name:<14} {text}" for name, text in NAMES.items()]
    first = "On the failing host, as=feed makes any of these a feed:"
    return "\n".join([first, *listed, "  /fail/feed           articles on these paths"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.wire",
        description="A wire service on loopback: many hosts, all feed formats, and paths that fail.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="one port for all addresses; 0 picks a free one")
    add("--seed", type=int, default=1, help="the same seed gives the same releases")
    add("--wires", type=int, help="newsrooms (default 12, they repeat after that; or those of --releases)")
    add("--count", type=int, default=60, help="releases to write (default 60)")
    add("--days", type=float, default=7, help="the releases are spread over so many days (default 7)")
    add("--now", type=datetime.fromisoformat, help="stand still at this time (default: the real time)")
    add("--releases", type=Path, metavar="FILE", help="JSON lines of releases to serve instead (.gz too)")
    add("--limit", type=int, help="at most so many of them")
    add("--redate", action="store_true", help="move their dates so that the newest is now")
    add("--pages", type=Path, metavar="FOLDER", help="serve the *.html[.gz] files of a folder instead")
    add("--hosts", type=int, default=8, help="addresses the pages are dealt out over (default 8)")
    add("--window", type=int, default=20, help="items in a feed; 0 for all (default 20)")
    add("--latency", type=float, default=0.0, help="median seconds that each answer waits")
    add("--publish-every", type=float, default=0.0, metavar="SECONDS", help="publish one release so often")
    add("--precompute", action="store_true", help="make all pages before serving")
    add("--one-address", action="store_true", help="all wires below paths of 127.0.0.1")
    add("--failing", action="store_true", help="list the feeds of the failing host too")
    add("--settings", action="store_true", help="write a whole configuration, not only the feeds")
    add("--config-out", type=Path, metavar="PATH", help="write the feeds as TOML here")
    add("--ready-file", type=Path, metavar="PATH", help="made when the wire answers; holds the port")
    add("--seconds", type=float, help="stop by itself after so long")
    return parser.parse_args()


def _build(options: argparse.Namespace) -> SampleWire | PageFolder:
    if options.pages:
        pages = read_folder(options.pages, limit=options.limit)
        return PageFolder(
            pages,
            hosts=options.hosts,
            port=options.port,
            latency=options.latency,
            seed=options.seed,
            log_limit=100_000,
        )
    now = options.now
    if now is not None and now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    given = None
    if options.releases:
        newest = (now or datetime.now(UTC)) if options.redate else None
        given = load_records(options.releases, limit=options.limit, newest=newest)
    return SampleWire(
        seed=options.seed, wires=options.wires, releases=options.count if given is None else given,
        now=now or (lambda: datetime.now(UTC)), span=timedelta(days=options.days), window=options.window,
        port=options.port, latency=options.latency, precompute=options.precompute,
        one_address=options.one_address, log_limit=100_000,
    )  # fmt: skip


async def _publish(wire: SampleWire, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        for posting in wire.publish():
            print(f"published {posting.url}", flush=True)


async def _serve(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with _build(options) as wire:
        _announce(options, wire)
        publishing = None
        if options.publish_every and isinstance(wire, SampleWire):
            publishing = asyncio.create_task(_publish(wire, options.publish_every))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), options.seconds)
        if publishing is not None:
            publishing.cancel()


def _announce(options: argparse.Namespace, wire: SampleWire | PageFolder) -> None:
    """Write what was asked for, the ready file last, and say one line."""
    if options.config_out:
        written = (
            wire.config(failing=options.failing, settings=options.settings)
            if isinstance(wire, SampleWire)
            else wire.config(settings=options.settings)
        )
        options.config_out.write_text(written, encoding="utf-8")
    if options.ready_file:
        whole = options.ready_file.with_suffix(".part")
        whole.write_text(f"{wire.port}\n", encoding="utf-8")
        whole.replace(options.ready_file)  # nobody sees it half written
    print(f"wire ready: {len(wire.feeds)} feeds on port {wire.port}, first {wire.feeds[0].url}", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
