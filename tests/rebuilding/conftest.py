"""One archive with a past for all tests of this room; each works on a copy."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crawler import config
from crawler.app import rebuilding
from crawler.cli.rebuild import Asked, carried_out
from crawler.workers.inline import InlineWorkers
from tests.journey import Yard, newsroom
from tests.rebuilding.life import live
from tests.wire import SampleWire


@dataclass(frozen=True, slots=True)
class Lived:
    """A wire and the yard that its crawls filled."""

    wire: SampleWire
    yard: Yard


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """An archive with edits, corrections and a re-extraction; nobody changes it."""
    with newsroom(releases=12, wires=3) as wire, Yard(tmp_path_factory.mktemp("lived")) as yard:
        live(wire, yard)
        yield Lived(wire, yard)


@pytest.fixture
def copied(lived: Lived, tmp_path: Path) -> Iterator[Yard]:
    """A copy of it."""
    shutil.copytree(lived.yard.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    with Yard(tmp_path / "copy") as yard:
        yield yard


class Inline(InlineWorkers):
    """The pool's reading without its processes: half of the time of a small rebuild is their start."""

    def __init__(self, settings: Any, *, effort: str, **known: Any) -> None:
        super().__init__(**known)

    async def start(self) -> None:
        """Nothing is to be started."""

    async def close(self) -> None:
        """Nor closed."""


Rebuild = Callable[..., dict[str, Any]]


@pytest.fixture
def rebuilt_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rebuild:
    """``crawler rebuild --json`` in a yard, in this process; what it told."""
    monkeypatch.setattr(rebuilding, "WorkerPool", Inline)

    def run(yard: Yard, *arguments: str, code: int = 0) -> dict[str, Any]:
        given = set(arguments)
        asked = Asked(
            database="--files" not in given,
            files="--database" not in given,
            missing="--missing" in given,
            anew="--anew" in given,
            as_json=True,
        )
        ended = asyncio.run(carried_out(config.load(yard.config), asked))
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert ended == code, told
        return told

    return run


@pytest.fixture
def rebuild(copied: Yard, rebuilt_in: Rebuild) -> Rebuild:
    """The same in the copy."""
    return partial(rebuilt_in, copied)
