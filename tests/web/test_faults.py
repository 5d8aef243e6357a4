from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
import pytest
from yarl import URL

from crawler.errors import FetchError, Passing, Refused, Truncated, Unreachable
from crawler.web.faults import named

PLACE = URL("http://wire.example/a?token=canary")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong"), Unreachable, "TLS failed"),
        (aiohttp.ClientPayloadError("cut"), Truncated, "the body ended before its end"),
        (aiohttp.ServerDisconnectedError(), Unreachable, "closed the connection without an answer"),
        (
            aiohttp.ClientOSError(errno.ECONNRESET, "Connection reset by peer"),
            Unreachable,
            "connection reset by peer",
        ),
        (TimeoutError(), Unreachable, "no answer in time"),
        (OSError("canary"), Unreachable, "the connection broke"),
        (aiohttp.InvalidURL("http://canary"), Refused, "not an address that can be fetched"),
        (aiohttp.ClientError("canary"), Unreachable, r"the connection failed \(ClientError\)"),
    ],
)
def test_every_failure_of_the_layers_below_has_a_name_here(
    error: Exception, kind: type[FetchError], words: str
) -> None:
    failure = named(error, PLACE)
    assert type(failure) is kind
    assert failure.args[0].startswith("http://wire.example/a?token=***: ")
    assert "canary" not in str(failure)
    with pytest.raises(kind, match=words):
        raise failure


@pytest.mark.parametrize(
    ("number", "passing"),
    [
        (errno.EMFILE, Passing.OURS), (errno.ENETDOWN, Passing.OURS), (errno.ENOBUFS, Passing.OURS),
        (errno.ECONNREFUSED, Passing.TEMPORARY), (errno.EHOSTUNREACH, Passing.TEMPORARY),
    ],
)  # fmt: skip
def test_a_fault_on_our_side_is_ours(number: int, passing: Passing) -> None:
    assert named(OSError(number, "Some Words"), PLACE).passing is passing


def test_a_failure_of_name_resolution_is_theirs_whatever_its_number() -> None:
    assert (
        named(socket.gaierror(errno.EMFILE, "Name or service not known"), PLACE).passing is Passing.TEMPORARY
    )


def test_a_bug_stays_loud() -> None:
    with pytest.raises(ZeroDivisionError):
        named(ZeroDivisionError(), PLACE)
