"""When the log gets its heads, who signs them, and what happens where that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crawler import signing
from crawler.app import logkeeping
from crawler.app.logkeeping import Keeping, kept
from crawler.config import Config, LogConfig
from crawler.errors import ArchiveError, ConfigError
from tests.fakes import FakeClock


@pytest.fixture(autouse=True)
def no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(signing.VARIABLE, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


class Book:
    """A logbook that only counts."""

    def __init__(self) -> None:
        self.heads: list[int] = []
        self.size = 0
        self.caught_up = 0
        self.failing: Exception | None = None
        self.log = self

    async def catch_up(self) -> None:
        self.caught_up += 1

    async def head(self, **_: Any) -> Any:
        if self.failing:
            raise self.failing
        self.heads.append(self.size)
        return SimpleNamespace(size=self.size)

    async def log_size(self) -> int:
        return self.size


class Log(Book):
    """… whose head is not written by being looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.log = SimpleNamespace(head=self.newest, log_size=self.log_size)

    async def newest(self) -> Any:
        return SimpleNamespace(size=self.heads[-1]) if self.heads and self.heads[-1] else None


class Stepping(FakeClock):
    """Ends the world after so many rests."""

    def __init__(self, rests: int, then: Callable[[int], None] = lambda rest: None) -> None:
        super().__init__()
        self.rests, self.then, self.done = rests, then, 0

    async def sleep(self, seconds: float) -> None:
        self.done += 1
        if self.done > self.rests:
            await asyncio.Event().wait()
        self.then(self.done)
        await super().sleep(seconds)
        await asyncio.sleep(0)


async def kept_for(book: Any, clock: Stepping, **settings: Any) -> tuple[Keeping, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    async with kept(book, LogConfig(**settings), clock, lambda **event: told.append(event)) as keeping:
        while clock.done <= clock.rests:
            await asyncio.sleep(0)
    return keeping, told


async def test_a_daemon_gives_the_log_a_head_every_hour_and_one_at_its_end() -> None:
    book = Log()
    await kept_for(book, Stepping(2 * 120, lambda rest: setattr(book, "size", rest)))
    assert book.caught_up == 1
    assert book.heads == [0, 120, 240, 240]


async def test_so_many_new_leaves_are_not_left_waiting() -> None:
    book = Log()
    await kept_for(book, Stepping(5, lambda rest: setattr(book, "size", rest * 4)), entries=10)
    assert book.heads == [0, 12, 20]


async def test_a_head_that_fails_is_told_and_tried_again() -> None:
    book = Log()
    book.failing = ArchiveError("the disk is full")

    def mended(rest: int) -> None:
        book.failing = None if rest > 130 else book.failing

    keeping, told = await kept_for(book, Stepping(250, mended))
    assert [str(event["error"]) for event in told] == ["the disk is full"] * 2
    assert told[0]["event"] == "log"
    assert keeping.trouble is None
    assert len(book.heads) == 2


async def test_a_head_that_fails_is_not_tried_again_every_moment() -> None:
    book = Log()
    book.failing, book.size = ArchiveError("the disk is full"), 5000
    _, told = await kept_for(book, Stepping(30))
    assert len(told) == 1 + 1 + 1  # at the start, after ten minutes, at the end


async def test_what_fails_at_the_end_is_known_to_who_asks() -> None:
    book = Log()
    book.failing = ZeroDivisionError("division by zero")
    keeping, told = await kept_for(book, Stepping(1))
    assert "a bug: ZeroDivisionError" in str(keeping.trouble)
    assert len(told) == 2


async def test_a_run_that_ends_in_an_error_writes_no_last_head() -> None:
    book = Log()
    with pytest.raises(KeyError):
        async with kept(book, LogConfig(), Stepping(0), lambda **_: None):  # type: ignore[arg-type]
            raise KeyError
    assert book.heads == []


# --------------------------------------------------------------------------- names and keys


def configured(tmp_path: Path, **settings: Any) -> Config:
    return Config.model_validate({"path": tmp_path / "crawler.toml", **settings})


def opened(config: Config) -> Any:
    return logkeeping.logbook(config, Log(), Log(), FakeClock())  # type: ignore[arg-type]


def test_a_log_is_called_as_its_key_or_as_its_site(tmp_path: Path) -> None:
    secret, public = signing.generate("example.org/wires")
    signing.keep(secret, tmp_path / "log.key")
    site = {"public_url": "https://user@news.example:8443/archive/"}
    assert opened(configured(tmp_path, archive=site)).origin == "news.example:8443/archive"
    assert opened(configured(tmp_path, log={"origin": "x.example"})).origin == "x.example"
    found = opened(configured(tmp_path, log={"key": tmp_path / "log.key"}))
    assert (found.origin, found.signer.public) == ("example.org/wires", public)
    with pytest.raises(ConfigError, match=r'the key was made for "example\.org/wires"'):
        opened(configured(tmp_path, log={"key": tmp_path / "log.key", "origin": "x.example"}))


def test_proofs_are_published_with_a_key_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"log\.publish: proofs need heads that are signed"):
        opened(configured(tmp_path, log={"publish": True}))
    with pytest.raises(ConfigError, match=r"archive\.qr_target: {proof} leads to files that are not written"):
        opened(configured(tmp_path, archive={"qr_target": "https://check.example/?proof={proof}"}))


def test_who_may_not_read_the_key_still_believes_the_public_ones(tmp_path: Path) -> None:
    _, public = signing.generate("example.org/wires")
    config = configured(tmp_path, log={"key": tmp_path / "none", "trusted": [str(public)]})
    assert list(logkeeping.trust(config).keys) == [public]
    wrong = str(public).replace("example.org", "example.com")
    with pytest.raises(ConfigError, match=r"log\.trusted: this is no public key"):
        logkeeping.trust(configured(tmp_path, log={"trusted": [wrong]}))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"origin": "a b"}, "white space"),
        ({"trusted": ["x"]}, "no public key"),
        ({"entries": 0}, "greater than or equal to 1"),
        ({"every": "0s"}, 'more than "0s"'),
        ({"everi": "1h"}, "Extra inputs"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        configured(tmp_path, log=settings)
    assert LogConfig().every == timedelta(hours=1)
