"""The benchmarks in short form: few pages, one round, so that they cannot rot unseen."""

from __future__ import annotations

import importlib.util
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import articles, costs, lag, leaf, pages, polls, reading
from tests.bench.articles import BARE, CRAWLER, SCRAPY, Course
from tests.bench.figures import Round, ratios, spread, table, verdict
from tests.bench.process import BenchError, Ended, measure, python
from tests.bench.unchanged import Feeds, body_of
from tests.bench.without import MARK

ENDED = Ended(status=0, began=0.0, wall=1.0, cpu=1.0, output="last words")


def test_articles_measures_every_installed_contestant_over_the_same_pages(tmp_path: Path) -> None:
    results = articles.run(None, tmp_path, rounds=1, limit=6)
    wanted = [CRAWLER, BARE] + ([SCRAPY] if importlib.util.find_spec("scrapy") else [])
    assert {name: [run.done for run in runs] for name, runs in results.items()} == {
        name: [6] for name in wanted
    }
    assert all(run.cpu > 0.1 and len(run.finished) == 6 for runs in results.values() for run in runs)
    assert "6 archived; 6 files" in articles.report(results)


def test_d53_what_raw_archive_and_durability_cost_is_measured_on_the_same_crawl_without_them(
    tmp_path: Path,
) -> None:
    durability = costs.COSTS["durability"]
    pair = {"without raw": costs.COSTS["raw"].without, "without durability": durability.without}
    results = articles.raced(pair, None, tmp_path, rounds=1, limit=4)
    assert {name: [run.done for run in runs] for name, runs in results.items()} == {one: [4] for one in pair}
    told = costs.report(durability, results)
    assert re.search(r"4 files; left out: fsync [1-9]\d+, synchronous [1-9]", told)
    ratio = results["without durability"][0].cpu / results["without raw"][0].cpu
    assert json.loads(costs.as_json(durability, results))["with/without"]["cpu"]["median"] == ratio


def test_a_round_that_left_nothing_out_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="testimony was not left out"):
        articles._left_out("testimony", ENDED)
    with pytest.raises(BenchError, match="testimony was not left out"):
        articles._left_out("testimony", replace(ENDED, output=f"{MARK}\n"))


def test_a_leaf_is_measured_with_revisions_that_get_one_and_others_that_get_none(tmp_path: Path) -> None:
    found = leaf.run(tmp_path, groups=1)
    with closing(sqlite3.connect(tmp_path / "crawler.db")) as database:
        done, logged = database.execute(
            "SELECT (SELECT count(*) FROM revisions WHERE state = 'done'), (SELECT count(*) FROM log_entries)"
        ).fetchone()
    assert (done, logged) == (40, 20)
    assert "a leaf " in leaf.report(found)
    assert json.loads(leaf.as_json(found))["revisions"] == 20


def test_contestants_take_turns_and_turn_back(tmp_path: Path) -> None:
    order: list[str] = []

    def contestant(name: str) -> Round:
        order.append(name)
        return Round(done=1, wall=1, cpu=1)

    pair = {name: lambda _, name=name: contestant(name) for name in ("a", "b")}
    articles.raced(pair, None, tmp_path, rounds=3, limit=1)
    assert order == ["a", "b", "b", "a", "a", "b"]


def test_polls_counts_a_304_for_each_feed(tmp_path: Path) -> None:
    results = polls.run(tmp_path, feeds=5, rounds=1)
    assert all(run.done == 5 and run.wall > 0 for runs in results.values() for run in runs)
    assert (len(results) == 4) == bool(importlib.util.find_spec("reader"))
    assert polls.CRAWLER in polls.report(results)


def test_lag_watches_the_loop_while_articles_are_captured(tmp_path: Path) -> None:
    found = lag.run(None, tmp_path, limit=6)
    assert found.articles == 6
    assert found.crawling
    assert found.idle
    assert "longest lag" in lag.report(found)


def test_a_contestant_that_leaves_a_page_out_fails_the_run(tmp_path: Path) -> None:
    out = tmp_path / "found.jsonl"
    out.write_text('{"page": "a", "at": 1.0}\n{"page": "a", "at": 2.0}\n', encoding="utf-8")
    course = Course(pages=tmp_path, count=2, feeds=tmp_path, scratch=tmp_path)
    with pytest.raises(BenchError, match=r"2 of 2 pages\nlast words"):
        articles._lines("somebody", out, course, ENDED)


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(BenchError, match=r"ended with 3:\nwhy"):
        measure(python("-c", "print('why', flush=True); raise SystemExit(3)"))


def test_cpu_time_includes_that_of_children() -> None:
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    ended = measure(python("-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"))
    assert ended.cpu >= 0.3


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="holds no"):
        pages.lay_out(tmp_path, tmp_path / "pages", limit=None)
    with pytest.raises(BenchError, match="no such folder"):
        pages.lay_out(tmp_path / "missing", tmp_path / "pages", limit=None)


def test_pages_of_a_folder_are_laid_out_unpacked_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "given/deep").mkdir(parents=True)
    for name in ("a.html", "deep/b.html", "deep/c.html"):
        (tmp_path / "given" / name).write_text(name, encoding="utf-8")
    assert pages.lay_out(tmp_path / "given", tmp_path / "pages", limit=2) == 2
    assert sorted(file.name for file in (tmp_path / "pages").iterdir()) == ["a.html", "deep-b.html"]


def test_ratios_are_taken_round_by_round() -> None:
    ours = [Round(done=10, wall=1.0, cpu=2.0), Round(done=10, wall=2.0, cpu=2.0)]
    theirs = [Round(done=10, wall=2.0, cpu=1.0), Round(done=10, wall=2.0, cpu=4.0)]
    assert ratios(ours, theirs) == [2.0, 1.0]
    assert ratios(ours, theirs, of="cpu") == [0.5, 2.0]
    assert ratios(ours, theirs, of="steady") == []
    assert spread([2.0, 1.0]) == "1.50 (1.00–2.00)"
    assert spread([]) == "–"
    assert verdict("x", [2.0, 1.0], 1.5).endswith("target 1.5: reached")
    assert verdict("x", [1.0], 1.5).endswith("target 1.5: MISSED")
    assert "ms/poll" in table({"x": ours}, "polls")


def test_the_steady_rate_leaves_out_both_ends() -> None:
    # A slow start (0 → 50 s), ten a second, and a straggler at the end.
    times = (0.0, *(50 + number / 10 for number in range(99)), 500.0)
    assert Round(done=101, wall=500, cpu=1, finished=times).steady == pytest.approx(10)


def test_unchanged_feeds_answer_304_to_their_own_tag_alone() -> None:
    feeds = Feeds({b"/feed-1.xml": body_of(1)})
    head = b"GET /feed-1.xml HTTP/1.1\r\nHost: x\r\n"
    assert feeds.answer(head).endswith(body_of(1))
    assert feeds.answer(head + b'If-None-Match: "other"').startswith(b"HTTP/1.1 200 ")
    assert feeds.answer(head + b'If-None-Match: "unchanged-1"').startswith(b"HTTP/1.1 304 ")
    assert feeds.answer(b"GET /robots.txt HTTP/1.1\r\n").startswith(b"HTTP/1.1 404 ")
    assert feeds.answered == {"200": 2, "304": 1}


def test_reading_is_timed_page_by_page_beside_trafilatura(tmp_path: Path) -> None:
    assert pages.lay_out(None, tmp_path / "pages", limit=2) == 2
    (tmp_path / "pages" / "nothing.html").write_text("<p></p>", encoding="utf-8")
    found = reading.run(tmp_path / "pages")
    assert len(found.bare) == 3
    assert {effort: len(spent) for effort, spent in found.ours.items()} == {
        "fast": 3,
        "balanced": 3,
        "best": 3,
    }
    assert min(found.bare) > 0
    lines = reading.report(
        reading.Reading(bare=[0.02, 0.04], ours={"fast": [0.01, 0.02], "best": [0.06, 0.06]})
    )
    assert lines.splitlines() == [
        "2 pages; trafilatura 30.0 ms a page",
        "fast      0.50 of trafilatura's; median page 0.50",
        "best      2.00 of trafilatura's; median page 2.25",
    ]
