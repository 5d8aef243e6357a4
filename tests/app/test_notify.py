"""The service manager hears of us over its own kind of socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.app.notify import Notify


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def test_a_state_arrives(manager: socket.socket) -> None:
    Notify({"NOTIFY_SOCKET": manager.getsockname()}).send(READY=1, STATUS="at work")
    assert manager.recv(200) == b"READY=1\nSTATUS=at work"


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"crawler-test-{os.getpid()}"
        listening.bind(f"\0{name}")
        listening.settimeout(5)
        Notify({"NOTIFY_SOCKET": f"@{name}"}).send(STOPPING=1)
        assert listening.recv(200) == b"STOPPING=1"


def test_a_watchdog_is_fed_twice_as_often_as_it_asks(manager: socket.socket) -> None:
    asked = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "60000000"}
    notify = Notify(asked)
    assert notify.rest == 30.0
    notify.alive()
    notify.alive()
    assert manager.recv(200) == b"WATCHDOG=1"
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(200)


@pytest.mark.parametrize(
    "asked", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}]
)
def test_without_a_watchdog_nothing_is_fed(asked: dict[str, str], manager: socket.socket) -> None:
    notify = Notify({"NOTIFY_SOCKET": manager.getsockname(), **asked})
    notify.alive()
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(200)


def test_a_manager_that_is_gone_or_was_never_there_does_no_harm(tmp_path: Path) -> None:
    Notify({}).send(READY=1)
    Notify({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).send(READY=1)
