"""X62: one archive, many programs: one of them writes, all may look, and no page is asked for twice."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Crawled
from tests.journey import Ended, Running, Yard, newsroom, until

RELEASES = 24
WRITERS = {
    "run": ("run",),
    "crawl": ("crawl", "--since", "2000-01-01"),
    "reextract": ("reextract", "--apply"),
    "repair": ("repair", "--apply"),
}
LOOKS = {
    "articles": ("inspect", "articles"),
    "provenance": ("inspect", "provenance", "1"),
    "verify": ("verify",),
    "backup": ("backup", "{backups}"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crawled, Running]]:
    """A daemon that has archived all there is, and goes on looking every second."""
    folder = tmp_path_factory.mktemp("shared")
    with newsroom(releases=RELEASES, wires=3, latency=0.1) as wire, Yard(folder) as yard:
        yard.configure(wire.config(), poll='floor = "1s"\ninitial = "1s"\nceiling = "1s"', processes=1)
        daemon = yard.start("run")
        until(lambda: yard.count() >= 3, process=daemon.process)
        yield Crawled(wire, yard, Ended(0, "", "")), daemon


@pytest.fixture(scope="module")
def together(served: tuple[Crawled, Running]) -> dict[str, Ended]:
    """All of them at once, while the daemon fetches the rest."""
    crawled, _ = served
    backups = str(crawled.yard.folder / "backups")
    begun = {
        name: crawled.yard.start(*(argument.format(backups=backups) for argument in arguments))
        for name, arguments in (WRITERS | LOOKS).items()
    }
    return {name: process.wait() for name, process in begun.items()}


@pytest.mark.parametrize("name", WRITERS)
def test_x62_a_second_writer_is_refused_and_told_who_the_first_is(
    name: str, served: tuple[Crawled, Running], together: dict[str, Ended]
) -> None:
    ended, daemon = together[name], served[1]
    assert ended.code in {1, 2}
    assert re.search(
        rf'crawler\.db: process {daemon.process.pid} \("crawler run"\) is writing to this archive; wait until it ends',
        " ".join(ended.err.split()),
    ), ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("name", LOOKS)
def test_x62_whoever_looks_is_served_beside_the_writer(name: str, together: dict[str, Ended]) -> None:
    assert together[name].code == 0, together[name].err + together[name].out


def test_x62_no_page_is_asked_for_twice(served: tuple[Crawled, Running], together: dict[str, Ended]) -> None:
    """By the wire's own log: whoever was refused had asked for nothing yet."""
    crawled, daemon = served
    wire, yard = crawled.wire, crawled.yard
    wanted = {posting.url for posting in wire.postings}
    until(lambda: yard.rows("SELECT count(*) AS n FROM articles WHERE revision > 0")[0]["n"] >= len(wanted))
    pages = Counter(
        f"http://{request.host}:{wire.port}{request.target}" if ":" not in request.host
        else f"http://{request.host}{request.target}"
        for request in wire.log
    )  # fmt: skip
    asked = {url: pages[url] for url in wanted}
    assert set(asked.values()) == {1}, asked
    daemon.send(signal.SIGTERM)
    assert daemon.wait().code == 0
    assert "outcome=failed" not in daemon.log()
    assert yard.rows("SELECT count(*) AS n FROM articles")[0]["n"] == len(wanted)


def test_x62_the_backup_that_was_taken_beside_it_is_whole(
    served: tuple[Crawled, Running], together: dict[str, Ended]
) -> None:
    backups = served[0].yard.folder / "backups"
    assert together["backup"].code == 0
    assert [Path(folder).name for folder in backups.iterdir() if folder.is_dir()]
