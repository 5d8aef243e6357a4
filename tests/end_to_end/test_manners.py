"""The real crawler's manners over restarts and one-shot runs, and what it says of its freshness."""

from __future__ import annotations

import io
import json
import signal
import time
from contextlib import redirect_stdout, suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any

from crawler.cli import main
from tests.campaigns.restarts import POLL, hours_pass, restart
from tests.journey import Stand, Yard, newsroom, stand, until

MEASURES = ("published to seen", "published to archived", "seen to archived")
CANARY = "ca7a4yt0ken"
TITLE = "Halvorsen Tidal opens a second workshop"


def asked(yard: Yard, *arguments: str) -> str:
    """What a command that looks in prints, without a process of its own."""
    out = io.StringIO()
    with redirect_stdout(out), suppress(SystemExit):
        main(["--config", str(yard.config), *arguments])
    assert out.getvalue()
    return out.getvalue()


def shown(yard: Yard, *arguments: str) -> Any:
    return json.loads(asked(yard, "inspect", *arguments))


def test_p03_six_kills_of_the_daemon_ask_no_feed_early_and_none_without_validators(tmp_path: Path) -> None:
    """A thousand: ``scripts/campaign restarts``."""
    with newsroom(releases=4, wires=4, latency=0.1, seed=3) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), poll=POLL, processes=1)
        found = restart(wire, yard, kills=6, seed=3, latest=1.2, tell=lambda _: None)
        assert found.violations == 0, found
        assert 0 < found.polls <= found.feeds
        answered = {row["name"] for row in yard.rows("SELECT name FROM feeds WHERE answered_at IS NOT NULL")}
        assert answered
        hours_pass(yard)
        seen, daemon = len(wire.log), yard.start("run")
        until(
            lambda: (
                not yard.rows("SELECT 1 FROM feeds WHERE next_poll_at < '2026-06' OR lent_from IS NOT NULL")
            ),
            process=daemon.process,
        )
        daemon.send(signal.SIGTERM)
        assert daemon.wait(10).code == 0
        later = {(one.host, one.target): one for one in list(wire.log)[seen:]}
        for feed in wire.feeds:
            if feed.name in answered:
                host, _, path = feed.url.removeprefix("http://").partition("/")
                assert later[host.rpartition(":")[0], f"/{path}"].status == 304


def test_i5_a_second_crawl_within_the_floor_asks_no_feed_and_says_so(tmp_path: Path) -> None:
    with stand() as at, Yard(tmp_path) as yard:
        at.feed("/feed", at.item(TITLE, "/release"))
        at.page("/release", TITLE, status=503)
        yard.configure(at.table(), poll='floor = "5m"', web="attempts = 1", processes=1)
        assert yard.crawl().code == 1
        at.page("/release", TITLE)
        yard.change("UPDATE feed_items SET due_at = '2026-01-01T00:00:00.000000Z'")
        again = yard.crawl()
        assert (again.code, yard.count()) == (0, 1)  # its items are still worked on
        assert at.asked.count("/feed") == 1
        [said] = [line for line in again.lines if "rests" in line]
        assert said.startswith('"stand" rests until 20')
        assert said.endswith(": asked less than 5m ago")
        assert "rests until" in again.out.splitlines()[1]
        told = yard.crawl("--json")
        [resting] = told.json["resting"]
        assert (resting["feed"], resting["why"]) == ("stand", "asked less than 5m ago")
        daemon = yard.start("run")
        until(lambda: "event=start" in daemon.log(), process=daemon.process)
        time.sleep(0.3)  # nothing is to happen
        daemon.send(signal.SIGTERM)
        assert daemon.wait(10).code == 0
        assert at.asked.count("/feed") == 1


def test_many_resting_feeds_are_told_in_one_line(tmp_path: Path) -> None:
    with newsroom(releases=3, wires=3, seed=4) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), poll='floor = "5m"', processes=1)
        assert yard.crawl().code == 0
        again = yard.crawl()
        [said] = [line for line in again.lines if "rest" in line]
        assert said.startswith(f"{len(wire.feeds)} feeds rest: asked less than 5m ago")
        assert said.endswith("; --json has them")


def published(at: Stand, number: int, moment: float) -> str:
    """An item of that moment, and its page."""
    at.page(f"/release/{number}", f"{TITLE}, number {number}")
    return at.item(f"{TITLE}, number {number}", f"/release/{number}", date=formatdate(moment, usegmt=True))


def test_releases_with_known_times_give_known_freshness(tmp_path: Path) -> None:
    with stand() as at, Yard(tmp_path) as yard:
        old = published(at, 1, time.time() - 86400)
        at.feed("/feed", old)
        at.answers["/feed"].etag = '"1"'
        yard.configure(at.table(), poll='floor = "1s"\ninitial = "1s"\nceiling = "1s"', processes=1)
        daemon = yard.start("run")
        until(lambda: yard.count() == 1, process=daemon.process)
        moment = float(int(time.time()) + 1)
        until(lambda: time.time() > moment)
        at.feed("/feed", published(at, 2, moment), published(at, 3, moment), old)
        at.answers["/feed"].etag = '"2"'
        until(lambda: yard.count() == 3, process=daemon.process)
        latest = time.time() - moment + 1
        daemon.send(signal.SIGTERM)
        assert daemon.wait(10).code == 0
        told = shown(yard, "freshness", "--json")
        rows = {row["measure"]: row for row in told["feeds"]}
        found, kept, work = (rows[name] for name in MEASURES)
        assert (found["items"], kept["items"], work["items"]) == (2, 2, 3)
        assert 0 < found["p50"] <= found["longest"] <= kept["longest"] < latest
        assert kept["p50"] >= found["p50"]
        assert {(row["feed"], row["measure"]) for row in told["days"]} == {
            ("stand", name) for name in MEASURES
        }
        [health] = shown(yard, "feeds", "--json")
        assert health["fresh_p50"] == found["p50"]


def test_z71_a_token_of_a_feeds_address_is_nowhere_but_in_the_address(tmp_path: Path) -> None:
    with stand() as at, Yard(tmp_path) as yard:
        path, lost = f"/feed?token={CANARY}", f"/lost?token={CANARY}"
        at.feed(path, at.item(TITLE, "/release", own=True), at.item("Another", None, own=True))
        at.page("/release", TITLE)
        tables = at.table(path) + at.table(lost, name="lost")
        tables += at.table("/feed", name="named").replace("http://", f"http://user:{CANARY}@")
        yard.configure(tables, web="attempts = 1", processes=1)
        said = [yard.crawl("--json"), yard.crawl()]
        daemon = yard.start("run")
        until(lambda: "event=start" in daemon.log(), process=daemon.process)
        daemon.send(signal.SIGTERM)
        said.append(daemon.wait(10))
        assert path in at.asked
        for ended in said:
            assert CANARY not in ended.out + ended.err
        for command in (
            "stats",
            "articles",
            "feeds",
            "failures",
            "hosts",
            "freshness",
            "provenance 1",
            "show 1",
        ):
            for form in ((), ("--json",)):
                assert CANARY not in asked(yard, "inspect", *command.split(), *form)
        assert CANARY not in asked(yard, "feeds", "list") + asked(yard, "feeds", "list", "--json")
        for name, data in yard.files().items():
            assert CANARY.encode() not in data, name
        assert _columns(yard) <= {"feeds.url", "feed_addresses.url", "feeds.moved_to"}
        assert CANARY in asked(yard, "inspect", "feeds", "--json", "--secrets")


def _columns(yard: Yard) -> set[str]:
    """The columns in which the canary stands."""
    found = set()
    for table in yard.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in yard.rows(f'SELECT * FROM "{table["name"]}"'):
            found |= {f"{table['name']}.{name}" for name, value in row.items() if CANARY in str(value)}
    return found
