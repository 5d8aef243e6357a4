"""``crawler inspect furniture`` and ``crawler inspect rules``: what is known of hosts, for a person and a program."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import cli, frames
from crawler.model import Ruled, Selection
from crawler.store.sql import SqlStore
from tests.store.contract import due_items
from tests.store.examples import DAY, NOON, draft, entries, feed, polled, record

NOTE = "Follow Orbit Wire on every network"
HOST = "www.orbitwire.example"


async def filled(path: Path, ruled: Ruled) -> None:
    """A database in which one host is known and has a rule."""
    async with SqlStore(path, now=lambda: NOON) as store:
        await store.open_run("test", {})
        await store.register([feed()], NOON)
        [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
        await store.settle_poll(polled(piece.polls[0].feed, entries(*range(1, 7)), at=NOON))
        await store.give_back([piece.host])
        for number, item in enumerate(await due_items(store, NOON + DAY)):
            claim = await store.claim(item, draft(item), code_seed=item.entry.key)
            made = record(item, claim, draft(item))
            lines = frames.lines(f"Release {number} tells of {number} lamps and of what they are for\n{NOTE}")
            await store.intend(replace(made, extraction=replace(made.extraction, lines=lines, ruled=ruled)))


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Path:
    shutil.copy(migrated, tmp_path / "crawler.db")
    rule = f'[[hosts]]\nhost = "{HOST}"\nbody = "div.release"\n'
    (tmp_path / "crawler.toml").write_text(f'[archive]\nroot = "."\n{rule}', encoding="utf-8")
    return tmp_path


def inspect(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["inspect", *words, "--config", str(folder / "crawler.toml")])
    return int(ended.value.code or 0), capsys.readouterr().out


def test_the_lines_that_recur_on_a_host_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(filled(folder / "crawler.db", Ruled(won=("body: div.release",))))
    code, told = inspect(folder, capsys, "furniture")
    assert (code, told.splitlines()[-1].split("\t")) == (0, [HOST, "6 of 6", NOTE])
    code, told = inspect(folder, capsys, "furniture", "--host", "elsewhere.example")
    assert (code, "no line is known to recur" in told) == (0, True)
    code, told = inspect(folder, capsys, "furniture", "--json")
    assert json.loads(told)[0]["line"] == NOTE


def test_a_rule_that_matches_is_no_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(filled(folder / "crawler.db", Ruled(won=("body: div.release",))))
    code, told = inspect(folder, capsys, "rules")
    assert code == 0
    assert told.splitlines()[-1].startswith(f"{HOST}\tmatches, ")


def test_a_rule_that_stopped_matching_is_told_and_ends_with_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(filled(folder / "crawler.db", Ruled(missed=("body: div.release",))))
    code, told = inspect(folder, capsys, "rules")
    assert code == 1
    assert told.splitlines()[-1].split("\t")[1:5] == [
        "does not match, never did",
        "0",
        "6",
        "body: div.release",
    ]
