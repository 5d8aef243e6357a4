"""What every test shares."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import settings

from crawler.store.sql import SqlStore

from .chunks import Chunks

# A busy machine is no failing property: tests that promise a speed measure processor time themselves.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Compiled modules are kept, whatever the environment says: without them each process that a test starts would compile
# the crawler again, and each process of a run all tests, which costs a minute of processor time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Chunks | None:
    """Tests are handed out in chunks, unless somebody asks for another way."""
    return Chunks(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice the cores: many tests watch real processes and servers, and wait for them."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)  # coverage has begun
def pytest_sessionstart(session: pytest.Session) -> None:
    """Each process of a run begins with other test modules, so that one finds compiled what the others began with."""
    told: dict[str, Any] | None = getattr(session.config, "workerinput", None)
    if session.config.pluginmanager.hasplugin("dsession"):
        _trace(session.config, False)  # no test runs in the process that hands them out
    if told is None or session.config.args != session.config.getini("testpaths"):
        return
    _trace(session.config, told["workerid"] == "gw0")  # one sees what is run when modules are imported
    gc.disable()  # until all is collected
    root = Path(__file__).parent
    modules = sorted(root.rglob("test_*.py"), key=lambda path: path.stat().st_size)
    for path in modules[int(str(told["workerid"]).removeprefix("gw")) :: told["workercount"]]:
        # Whatever is wrong with it is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(root.parent).with_suffix("").parts))


#: Rooms and files of tests that judge doors, flow, or the steps by numbers and examples: the pure steps are covered by
#: their own short tests, and tracing costs as much again.  A long test beside short ones is marked ``no_cover``.
UNTRACED = frozenset(
    "app archive campaigns checker_tests cli end_to_end fuzz journey logbook message powercut rebuilding rehearsal replay report store"
    " upgrade wire_tests workers world xss"
    " extract/test_bounds.py feeds/test_read_feeds.py revising/test_visits.py timing/test_comparison.py websub/test_subscribing.py"
    " test_architecture.py test_backfill.py test_bench.py test_cancellation.py test_config.py test_docs.py test_doubling.py"
    " test_engine.py test_host_frames.py test_measured_furniture.py test_pipeline.py test_polling.py test_reextracting.py"
    " test_scripts.py test_slices.py".split()
)


def _trace(config: pytest.Config, wanted: bool) -> None:
    """Let coverage rest, or go on, if it is measured at all."""
    controller = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if controller is None:
        return
    if wanted and Coverage.current() is None:
        controller.resume()
    elif not wanted and Coverage.current() is not None:
        controller.pause()
        # In each process of pytest-xdist pytest-cov begins twice, and what began first would go on.
        while begun := Coverage.current():
            begun.stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Coverage rests where it is not needed, and everywhere while tests are prepared and told."""
    _trace(item.config, _traced(item))
    try:
        return (yield)
    finally:
        _trace(item.config, False)


def _traced(item: pytest.Item) -> bool:
    room, path = _rooms(item)[0], "/".join(_rooms(item))
    if room == "web":
        return path == "web/test_manners.py"
    return UNTRACED.isdisjoint((room, path)) and not item.get_closest_marker("no_cover")


def _rooms(item: pytest.Item) -> tuple[str, ...]:
    """The folders that the test is in, below this one, and its file."""
    return item.path.parts[len(Path(__file__).parts) - 1 :]


#: Rooms of tests that watch real processes, sockets and clocks: a machine that stands still for seconds may fail one of them.
#: It is tried once more, and the summary names it (``RERUN``): a test that is named twice has a bug, or shows one.
WATCHING = frozenset(
    "app archive end_to_end powercut rebuilding store upgrade web websub workers world xss".split()
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups and slow ones first: no process works on one of them alone at the end, while the others are idle."""
    for item in items:
        if not WATCHING.isdisjoint(_rooms(item)):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(
        key=lambda item: not (item.get_closest_marker("xdist_group") or item.get_closest_marker("slow"))
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing of what is collected is garbage: looking for some again and again would take a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What all tests share is garbage never: looking through it would cost seconds of a run, and fall upon whichever test."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test showed that was tried once more."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"tried once more: {report.nodeid}", sep="-")
        terminalreporter.write_line(report.longreprtext[-4000:])


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once and copied for each test: making one costs more than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "crawler.db"

    async def make() -> None:
        async with SqlStore(path):
            pass

    asyncio.run(make())
    return path
