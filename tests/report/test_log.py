"""The log writes whole lines whoever writes, and a stream that is gone ends nothing."""

from __future__ import annotations

import errno
import io
import re
import threading

from crawler.errors import Bug
from crawler.report.log import Log


def test_lines_of_several_threads_do_not_mix() -> None:
    log = Log(io.StringIO())

    def write(name: str) -> None:
        for number in range(200):
            log.write(event=name, number=number)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = log.stream.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 600
    assert all(re.fullmatch(r"\S+Z event=(one|two|three) number=\d+", line) for line in lines)


class Full(io.StringIO):
    """A disk below it is full."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_is_counted_and_ends_nothing() -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (closed, Full()):
        log = Log(stream)
        log.write(event="start")
        log.write(event="poll")
        assert log.lost == 2


def test_a_bug_in_a_slice_is_one_line_with_its_host_and_its_place() -> None:
    log = Log(io.StringIO())
    try:
        raise KeyError("nobody\nexpected this")
    except KeyError as error:
        log.trouble("wire.example", Bug.of(error), 60.0)
    [line] = log.stream.getvalue().splitlines()  # type: ignore[attr-defined]
    assert " event=trouble host=wire.example rest=60s error=" in line
    assert "KeyError" in line
