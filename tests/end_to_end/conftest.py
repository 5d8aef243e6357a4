"""Archives that several tests look into: one of the healthy wires, one of the failing host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.journey import Ended, Yard, newsroom
from tests.wire import SampleWire, feed_list


@dataclass(frozen=True, slots=True)
class Crawled:
    """A wire, the yard that its crawl filled, and how that crawl ended."""

    wire: SampleWire
    yard: Yard
    ended: Ended


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """Twelve healthy wires, crawled once; tests may look and crawl again, for that changes no file."""
    with newsroom(releases=40) as wire, Yard(tmp_path_factory.mktemp("crawled")) as yard:
        yard.configure(wire.config())
        yield Crawled(wire, yard, yard.crawl())


@pytest.fixture(scope="session")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """The failing host, crawled once and then once more when its silence (Retry-After) was over."""
    with newsroom(releases=0, wires=1) as wire, Yard(tmp_path_factory.mktemp("failing")) as yard:
        yard.configure(feed_list(wire.failing_feeds), web='retry_wait_max = "3s"')
        yield Crawled(wire, yard, yard.crawl())
