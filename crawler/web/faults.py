"""What aiohttp, sockets and TLS call a failure → what this house calls it.

Messages never repeat what a library says of an address: it may hold a secret.
"""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
from yarl import URL

from crawler.config import WebConfig
from crawler.errors import FetchError, Passing, Refused, Truncated, Unreachable
from crawler.web.addresses import redacted

# The fault is on this side: no descriptors, no memory, no network.
_OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)


def connecting(config: WebConfig) -> str:
    """The reason when no connection came about in time."""
    return f"no connection within {config.connect_timeout.total_seconds():g} s"


def located(error: FetchError, url: URL) -> FetchError:
    """The same failure with the address in front."""
    shown = redacted(url)
    if shown not in str(error):
        error.args = (f"{shown}: {error}",)
    return error


def named(error: Exception, url: URL) -> FetchError:
    """Our name for a failure of the layers below."""
    shown = redacted(url)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable(f"{shown}: the name {url.raw_host} cannot be resolved: {_words(error.os_error)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Unreachable(f"{shown}: its certificate is not valid: {_certificate(error.certificate_error)}")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Unreachable(f"{shown}: TLS failed: {_tls(error)}")
    if isinstance(error, aiohttp.ClientPayloadError):
        return Truncated(f"{shown}: the body ended before its end")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Unreachable(f"{shown}: the server closed the connection without an answer")
    if isinstance(error, OSError):
        return _broken(error, shown)
    if isinstance(error, aiohttp.ClientResponseError):
        return Unreachable(f"{shown}: the answer is not well-formed HTTP")
    if isinstance(error, aiohttp.InvalidURL):
        return Refused(f"{shown}: refused: this is not an address that can be fetched")
    if isinstance(error, aiohttp.ClientError):
        return Unreachable(f"{shown}: the connection failed ({type(error).__name__})")
    raise error  # none of the expected failures: a bug, and loud


def _broken(error: OSError, shown: str) -> Unreachable:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    failure = Unreachable(f"{shown}: {_words(cause)}")
    if cause.errno in _OURS and not isinstance(cause, socket.gaierror):
        failure.passing = Passing.OURS
    return failure


def _words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = error.strerror or "the connection broke"
    return (text[:1].lower() + text[1:]).partition(" [")[0][:100]


def _tls(error: Exception) -> str:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    reason = getattr(cause, "reason", None) or "no agreement"
    return str(reason).replace("_", " ").lower()[:100]


def _certificate(error: Exception) -> str:
    message = getattr(error, "verify_message", "") or "it could not be verified"
    return str(message)[:100]
