"""The worker pool with real processes: what dies, what is blamed, what nobody notices."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from crawler.config import WorkersConfig
from crawler.errors import NoArticle, NotAFeed, Passing, WorkerFailed
from crawler.model import FeedDocument
from crawler.workers.codec import reader
from crawler.workers.line import Line
from crawler.workers.pool import WorkerPool
from crawler.workers.process import Died, Limits, start
from crawler.workers.slot import Slot

TASKS = "tests.workers.tasks"
LIMITS = Limits(timeout=timedelta(seconds=120), cpu=timedelta(seconds=1), memory=10**8)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("worker pool")]


def settings(**changes: Any) -> WorkersConfig:
    """Two processes and short limits, for tests."""
    values: dict[str, Any] = {"processes": 2, "timeout": timedelta(seconds=60), "memory": 200_000_000}
    return WorkersConfig(**(values | changes))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    """One pool for all tests that need no settings of their own: what happened before must not matter to it."""
    patient = settings(cpu=timedelta(seconds=1), timeout=timedelta(seconds=120))
    async with WorkerPool(patient, tasks=TASKS) as pool:
        yield pool


def running(pid: int) -> bool:
    """Is there such a process, dead but unburied ones included?"""
    return Path(f"/proc/{pid}").exists()


async def until(fact: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for ``fact``; fail after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not fact():
            await asyncio.sleep(0.005)


async def test_an_answer_comes_back(pool: WorkerPool) -> None:
    assert await pool.run("echo", str, "Lanternfield — ランタン \ud800") == "Lanternfield — ランタン \ufffd"


async def test_the_default_is_one_process_per_core() -> None:
    assert WorkerPool(WorkersConfig()).size == len(os.sched_getaffinity(0))


async def test_documents_are_parsed_in_other_processes(pool: WorkerPool) -> None:
    pids = {await pool.run("pid", str) for _ in range(4)}
    assert pids <= {str(pid) for pid in pool.pids}
    assert str(os.getpid()) not in pids


async def test_two_hundred_documents_all_get_their_own_answer(pool: WorkerPool) -> None:
    before = (pool.done, pool.deaths)
    texts = [f"document {number}" for number in range(200)]
    assert await asyncio.gather(*(pool.run("echo", str, text) for text in texts)) == texts
    assert (pool.done, pool.deaths, pool.busy) == (before[0] + 200, before[1], 0)


@pytest.mark.parametrize(
    ("task", "argument", "reason"),
    [
        ("segfault", "", "killed by signal 11"),
        ("leave", 3, "ended by itself with status 3"),
        ("spin", "", "over 1 s of CPU time"),
        ("hang_up", "", "hung up"),
        ("allocate", 10 * 2**30, "out of memory"),
    ],
)
async def test_c38_a_poisonous_document_is_blamed_and_no_innocent_is_lost(
    pool: WorkerPool, task: str, argument: object, reason: str
) -> None:
    deaths = pool.deaths
    innocents = [asyncio.create_task(pool.run("echo", str, f"before {number}")) for number in range(20)]
    poison = asyncio.create_task(pool.run(task, str, argument))
    innocents += [asyncio.create_task(pool.run("echo", str, f"after {number}")) for number in range(20)]
    with pytest.raises(WorkerFailed, match=f"({reason}); tried twice") as caught:
        await poison
    assert caught.value.passing is Passing.PERMANENT
    answers = await asyncio.gather(*innocents)
    assert answers == [f"before {n}" for n in range(20)] + [f"after {n}" for n in range(20)]
    assert pool.deaths >= deaths + 2  # and that of an idle child which another test killed, seen late


@pytest.mark.parametrize(
    ("task", "reason"), [("hang", "over 0.5 s"), ("be_killed", "killed by signal 9")], ids=["clock", "killed"]
)
async def test_c38_a_death_that_a_busy_or_full_machine_may_cause_is_not_for_ever(
    task: str, reason: str
) -> None:
    seconds = 0.5 if task == "hang" else 20
    config = settings(processes=1, timeout=timedelta(seconds=seconds))
    async with WorkerPool(config, tasks=TASKS) as pool:
        with pytest.raises(WorkerFailed, match=f"^{reason}; tried twice$") as caught:
            await pool.run(task, str)
        assert caught.value.passing is Passing.TEMPORARY
        assert await pool.run("echo", str, "next") == "next"


async def test_c38_many_poisons_among_many_innocents(pool: WorkerPool) -> None:
    jobs = [
        pool.run("segfault", str) if number % 20 == 7 else pool.run("echo", str, str(number))
        for number in range(100)
    ]
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    blamed = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, WorkerFailed)]
    assert blamed == [7, 27, 47, 67, 87]
    assert [outcome for outcome in outcomes if isinstance(outcome, str)] == [
        str(number) for number in range(100) if number % 20 != 7
    ]


async def test_processor_time_is_limited_for_each_document_by_itself() -> None:
    child = await start(LIMITS, TASKS)
    for _ in range(2):
        assert await child.ask("work", ("done", 0.55), reader(str)) == "done"
    with pytest.raises(Died, match=r"^killed by signal 11$"):
        await child.ask("segfault", (), reader(str))
    assert not running(child.pid)


async def test_the_second_try_may_succeed_in_a_fresh_process(tmp_path: Path) -> None:
    async with WorkerPool(settings(processes=1), tasks=TASKS) as pool:
        before = pool.pids
        (tmp_path / "first").mkdir()
        pid = await pool.run("segfault_once", str, str(tmp_path / "first"))
        assert (pid,) != tuple(map(str, before))
        assert pool.deaths == 1


async def test_a_second_try_is_given_a_child_that_has_had_no_document() -> None:
    slot = Slot(Line(most=9, most_bytes=9), LIMITS, TASKS, recycle=100, first=100)
    await slot.renew()
    assert slot.child is not None
    try:
        await slot.renew(fresh=True)
        unused = slot.child.pid
        assert await slot.child.ask("pid", (), reader(str)) == str(unused)
        await slot.renew()
        assert slot.child.pid == unused
        await slot.renew(fresh=True)
        assert slot.child.pid != unused
        assert (slot.recycled, slot.deaths) == (1, 0)
    finally:
        await slot.child.end()


async def test_a_child_killed_while_idle_is_replaced_and_nobody_is_blamed(pool: WorkerPool) -> None:
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    assert await asyncio.gather(*(pool.run("echo", str, "x") for _ in range(4))) == ["x"] * 4


async def test_expected_failures_come_back_as_themselves(pool: WorkerPool) -> None:
    deaths = pool.deaths
    with pytest.raises(NoArticle, match=r"^a consent page$"):
        await pool.run("no_article", str, "a consent page")
    with pytest.raises(NotAFeed, match=r"^an HTML page$"):
        await pool.run("not_a_feed", str, "an HTML page")
    assert pool.deaths == deaths


async def test_a_child_cannot_raise_failures_that_stop_the_crawler(pool: WorkerPool) -> None:
    with pytest.raises(WorkerFailed) as caught:
        await pool.run("disk_failure", str, "no space")
    assert caught.value.passing is Passing.PERMANENT


async def test_unexpected_failures_are_short_and_printable(pool: WorkerPool) -> None:
    with pytest.raises(WorkerFailed) as caught:
        await pool.run("value_error", str, "first\r\n\x1b[2Jsecond " + "x" * 10_000)
    message = str(caught.value)
    assert message.startswith("ValueError: first [2Jsecond xxx")
    assert len(message) == 300
    assert message.isprintable()


async def test_a_result_that_is_too_long_is_a_failure(pool: WorkerPool) -> None:
    deaths = pool.deaths
    with pytest.raises(WorkerFailed, match="its result is over 32 MiB"):
        await pool.run("huge", str, 40_000_000)
    assert pool.deaths == deaths


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xff\xff\xff" + b"x" * 1000,
        b"\0\0\0\x05hello",
        b'\0\0\0\x0d[9,"done","x"]',
        b"\0\0\0\x04" + b"[" * 4,
        b"\0\x01\x00\x00" + b"[" * 65536,
        b'\0\0\0\x0e[1,"ready","x"]',
        b'\0\0\0\x0e[1,"failed",1]',
        b'\0\0\0\x1c[1,"failed",["","\\ud800 x"]]',
        b'\0\0\0\x12[1,"done","\\udfff"]',
        b'\0\0\0\x0e[1,"done","x"]' * 2,
    ],
    ids=[
        "endless",
        "text",
        "number",
        "cut",
        "deep",
        "kind",
        "no failure",
        "surrogate failure",
        "surrogate",
        "two answers",
    ],
)
async def test_a_taken_over_child_cannot_confuse_the_parent(pool: WorkerPool, raw: bytes) -> None:
    with pytest.raises(WorkerFailed, match=r"unreadable answer: .*; tried twice"):
        await pool.run("blurt", str, raw)
    assert await pool.run("echo", str, "still here") == "still here"


async def test_an_answer_of_another_type_is_refused(pool: WorkerPool) -> None:
    with pytest.raises(WorkerFailed, match="unreadable answer: int in place of str"):
        await pool.run("wrong_type", str)
    with pytest.raises(WorkerFailed, match="TypeError: a object does not travel"):
        await pool.run("untravelled", str)


async def test_children_see_no_secrets_and_write_no_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "hidden")
    async with WorkerPool(settings(processes=1), tasks=TASKS) as pool:
        assert await pool.run("environment", str, "STORE_PASSWORD") == ""
        with pytest.raises(WorkerFailed, match="File too large"):
            await pool.run("write_file", str, str(tmp_path / "left.txt"))


async def test_children_are_recycled_after_their_number_of_documents() -> None:
    async with WorkerPool(settings(processes=1, recycle=5), tasks=TASKS) as pool:
        pids = [await pool.run("pid", str) for _ in range(15)]
        assert [len(set(pids[start : start + 5])) for start in (0, 5, 10)] == [1, 1, 1]
        assert len(set(pids)) == 3
        assert pool.deaths == 0


async def test_recycling_under_load_loses_nothing() -> None:
    async with WorkerPool(settings(recycle=7), tasks=TASKS) as pool:
        texts = [str(number) for number in range(40)]
        assert await asyncio.gather(*(pool.run("echo", str, text) for text in texts)) == texts
        assert pool.recycled >= 4


async def test_a_cancelled_caller_frees_its_place_for_the_next() -> None:
    async with WorkerPool(settings(processes=1), tasks=TASKS) as pool:
        running_one = asyncio.create_task(pool.run("work", str, "", 0.1))
        waiting_one = asyncio.create_task(pool.run("segfault", str))
        await until(lambda: pool.busy == 1)
        running_one.cancel()
        waiting_one.cancel()
        assert await pool.run("echo", str, "next") == "next"
        assert pool.deaths == 0


async def test_a_cancelled_document_that_hangs_is_not_tried_again() -> None:
    async with WorkerPool(settings(processes=1, timeout=timedelta(seconds=0.5)), tasks=TASKS) as pool:
        caller = asyncio.create_task(pool.run("hang", str))
        await until(lambda: pool.busy == 1)
        caller.cancel()
        assert await pool.run("echo", str, "next") == "next"
        assert pool.deaths == 1


async def test_callers_are_served_in_their_order() -> None:
    async with WorkerPool(settings(processes=1), tasks=TASKS) as pool:
        order: list[int] = []

        async def call(number: int) -> None:
            await pool.run("echo", str, "x")
            order.append(number)

        await asyncio.gather(*(call(number) for number in range(20)))
        assert order == list(range(20))


async def test_closing_leaves_no_process_and_cancels_who_waits() -> None:
    pool = WorkerPool(settings(), tasks=TASKS)
    await pool.start()
    pids = pool.pids
    callers = [asyncio.create_task(pool.run("hang", str)) for _ in range(4)]
    await until(lambda: pool.busy == 2)
    await pool.close()
    assert len(pids) == 2
    assert not any(running(pid) for pid in pids)
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    with pytest.raises(RuntimeError, match="not running"):
        await pool.run("echo", str, "late")


async def test_a_start_that_is_cancelled_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    others = children()
    pool = WorkerPool(settings(), tasks="tests.workers.slow_tasks")
    starting = asyncio.create_task(pool.start())
    # one is warm, one never will be
    await until(lambda: len(children() - others) == 2 and len(pool.pids) == 1, seconds=30)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert children() <= others


def children() -> set[int]:
    """Process ids of our child processes."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return {int(pid) for pid in path.read_text().split()}


async def test_a_tasks_module_that_cannot_be_imported_is_told_at_the_start() -> None:
    pool = WorkerPool(settings(), tasks="tests.workers.no_such_module")
    with pytest.raises(WorkerFailed, match="cannot be started: ModuleNotFoundError: No module") as caught:
        await pool.start()
    assert caught.value.passing is Passing.OURS
    assert pool.pids == ()


async def test_a_pool_that_can_start_no_process_says_so_and_blames_nobody(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.workers.slot._PAUSES", (0.01,))
    monkeypatch.setattr("crawler.workers.process._PROGRAM", ("/nonexistent/python",))
    jobs = (pool.run("segfault", str) for _ in range(8))  # more than there are children to die of them
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    told = [one for one in outcomes if "no worker process can be started" in str(one)]
    assert told
    assert all(isinstance(one, WorkerFailed) and one.passing is Passing.OURS for one in told)


async def test_terminal_and_service_signals_do_not_reach_the_document() -> None:
    async with WorkerPool(WorkersConfig(processes=1), tasks=TASKS) as pool:  # no child of it was ever killed
        caller = asyncio.create_task(pool.run("work", str, "done", 0.2))
        await until(lambda: pool.busy == 1)
        for pid in pool.pids:
            assert os.getsid(pid) == pid
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)
        assert await caller == "done"
        assert pool.deaths == 0


async def _longest_turn(work: Coroutine[Any, Any, FeedDocument]) -> tuple[float, FeedDocument]:
    """Processor seconds of the loop's longest turn while ``work`` is done."""
    longest, stop = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not stop.is_set():
            before = time.thread_time()  # others on this machine do not count
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    watcher = asyncio.create_task(watch())
    document = await work
    stop.set()
    await watcher
    return longest, document


async def test_the_event_loop_is_not_held_up_by_a_large_feed(pool: WorkerPool) -> None:
    gc.collect()
    gc.freeze()  # as an open crawler does: the heap of a thousand tests is not the feed's doing
    try:
        turns = [await _longest_turn(pool.run("feed", FeedDocument, 1000, 2000)) for _ in range(3)]
    finally:
        gc.unfreeze()
    for _, document in turns:
        assert len(document.entries) == 1000
        assert document.entries[999].enclosures[0].url == "https://wire.example/a.jpg"
    assert min(longest for longest, _ in turns) < 0.1
