"""What every test shares."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

from crawler.store.sql import SqlStore

# A busy machine is no failing property: tests that promise a speed measure processor time themselves.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Compiled modules are kept, whatever the environment says: without them each process that a test starts would compile
# the crawler again, and each process of a run all tests, which costs a minute of processor time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice the cores: many tests watch real processes and servers, and wait for them."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)  # coverage has begun
def pytest_sessionstart(session: pytest.Session) -> None:
    """Each process of a run begins with other test modules, so that one finds compiled what the others began with."""
    told: dict[str, int] | None = getattr(session.config, "workerinput", None)
    if told is None or session.config.args != session.config.getini("testpaths"):
        return
    root = Path(__file__).parent
    modules = sorted(root.rglob("test_*.py"), key=lambda path: path.stat().st_size)
    for path in modules[int(str(told["workerid"]).removeprefix("gw")) :: told["workercount"]]:
        # Whatever is wrong with it is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(root.parent).with_suffix("").parts))


#: Rooms of tests that judge doors and flow: the pure steps are covered by their own tests, and tracing costs half as much again.
UNTRACED = frozenset(
    "app archive campaigns checker_tests cli end_to_end journey logbook rebuilding rehearsal replay report store upgrade wire_tests"
    " workers world xss".split()
)


#: Rooms of tests that watch real processes, sockets and clocks: a machine that stands still for seconds may fail one of them.
#: It is tried once more, and the summary names it (``RERUN``): a test that is named twice has a bug, or shows one.
WATCHING = frozenset(
    "archive end_to_end powercut rebuilding store upgrade web websub workers world xss".split()
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups and slow ones first: no process works on one of them alone at the end, while the others are idle."""
    for item in items:
        rooms = set(item.path.parts[len(Path(__file__).parts) - 1 :])
        if UNTRACED & rooms:
            item.add_marker("no_cover")
        if WATCHING & rooms:
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(
        key=lambda item: not (item.get_closest_marker("xdist_group") or item.get_closest_marker("slow"))
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """What all tests share is garbage never: looking through it would cost seconds of a run, and fall upon whichever test."""
    gc.collect()
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
