"""SIGKILL at any moment: the next start ends with the archive that an undisturbed crawl leaves."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.conftest import Crawled
from tests.journey import Yard, differences, judge, unnumbered, until

pytestmark = pytest.mark.xdist_group("crawled")
_COUNTS = "SELECT count(*) AS n FROM {}"


def assert_undisturbed(yard: Yard, crawled: Crawled) -> None:
    """Same paths, same bytes but for the numbers; nothing doubled, left over or still open."""
    assert differences(unnumbered(crawled.yard.files()), unnumbered(yard.files())) == []
    assert judge(crawled.wire.postings, yard.documents()).faults == 0
    [left] = yard.rows(
        "SELECT (SELECT count(*) FROM revisions WHERE state = 'intended') AS intended,"
        " (SELECT count(*) FROM hosts WHERE lease_until IS NOT NULL) AS hosts,"
        " (SELECT count(*) FROM feeds WHERE lent_from IS NOT NULL) AS feeds,"
        " (SELECT count(*) FROM feed_items WHERE state <> 'archived') AS items,"
        " (SELECT count(*) FROM articles WHERE revision <> 1) AS articles"
    )
    assert left == dict.fromkeys(left, 0)
    numbers = [(read.article_id, read.feed_item_id) for read in yard.documents().values()]
    told = yard.rows("SELECT id, item_id FROM articles")
    assert sorted(numbers) == sorted((row["id"], row["item_id"]) for row in told)


def test_three_kills_between_files_lose_double_and_orphan_nothing(crawled: Crawled, tmp_path: Path) -> None:
    """Three moments; more kills and other seeds: ``scripts/rehearse``."""
    rng = Random(1)
    with Yard(tmp_path) as yard:
        yard.configure(crawled.wire.config(), processes=1)
        killed = [yard.kill_after(rng.randrange(1, len(crawled.wire.postings) // 5)) for _ in range(3)]
        assert killed[0]
        ended = yard.crawl()
        assert ended.code == 0, ended.err
        assert_undisturbed(yard, crawled)
        outcomes = [row["outcome"] for row in yard.rows("SELECT outcome FROM runs ORDER BY id")]
        assert outcomes == ["killed" if dead else "done" for dead in killed] + ["done"]


def _database(yard: Yard) -> bool:
    return (yard.archive / "crawler.db").exists()


def _rows_of(table: str) -> Callable[[Yard], bool]:
    def some(yard: Yard) -> bool:
        try:
            return _database(yard) and yard.rows(_COUNTS.format(table))[0]["n"] > 0
        except Exception:
            return False  # the tables are just being made

    return some


def _images(yard: Yard) -> bool:
    return any((yard.archive / "static").rglob("*.webp"))


MOMENTS = {
    "the database is made": _database,
    "a run is noted": _rows_of("runs"),
    "a feed is read": _rows_of("polls"),
    "a file is intended": _rows_of("revisions"),
    "an image lies there": _images,
    "an article is settled": _rows_of("captures"),
}


def test_a_kill_at_every_stage_of_a_crawl_is_made_good(crawled: Crawled, tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        yard.configure(crawled.wire.config(), processes=1)
        for name, reached in MOMENTS.items():
            crawler = yard.start("crawl", "--since", "2000-01-01")
            until(lambda reached=reached: reached(yard), process=crawler.process)
            crawler.send(signal.SIGKILL)
            assert crawler.process.wait(10) == -signal.SIGKILL, name
        assert yard.crawl().code == 0
        assert_undisturbed(yard, crawled)


def test_a_kill_leaves_no_worker_behind(crawled: Crawled, tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        yard.configure(crawled.wire.config())
        crawler = yard.start("crawl", "--since", "2000-01-01")
        until(lambda: yard.count() > 3, process=crawler.process)
        workers = crawler.workers()
        assert workers
        crawler.send(signal.SIGKILL)
        crawler.process.wait(10)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), seconds=10)
