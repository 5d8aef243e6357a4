"""What aiohttp, sockets and TLS call a failure → what this house calls it.

Messages never repeat what a library says of an address: it may hold a secret.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from http import HTTPStatus

import aiohttp
from yarl import URL

from crawler.config import WebConfig
from crawler.errors import FetchError, Passing, Refused, Truncated, Unreachable
from crawler.web.addresses import redacted

# The fault is on this side: no descriptors, no memory, no port, no network.
_OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)
# The network between: ours while this machine has no way out at all, else theirs.
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH})
# Addresses that every default route leads to; nothing is ever sent there (RFC 5737, RFC 3849).
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def offline() -> bool:
    """Whether this machine has no route to the outside, by either family, or no descriptor to look for one.

    Connecting a datagram socket sends nothing; the kernel only looks for the way.
    """
    return not any(_has_route(family, address) for family, address in _ANYWHERE)


def _has_route(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
    except OSError:
        return False
    return True


def connecting(config: WebConfig) -> str:
    """The reason when no connection came about in time."""
    return f"no connection within {config.connect_timeout.total_seconds():g} s"


def located(error: FetchError, url: URL) -> FetchError:
    """The same failure with the address in front."""
    shown = redacted(url)
    if shown not in str(error):
        error.args = (f"{shown}: {error}",)
    return error


def move(error: FetchError, of: URL, to: URL) -> None:
    """Tell a failure of the address that somebody asked for in place of one that we asked on the way."""
    error.args = (str(error).replace(redacted(of), redacted(to)),)


def of_proxy(url: URL, words: str) -> Unreachable:
    """A failure of the configured proxy: ours, it moves no feed."""
    failure = Unreachable(f"{redacted(url)}: the proxy of [web] proxy {words}")
    failure.passing = Passing.OURS
    return failure


def _by_proxy(error: Exception, url: URL) -> FetchError | None:
    """The failure, if it is the proxy's: it cannot be reached, or opens no tunnel."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        if error.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return of_proxy(url, "wants other credentials")
        return Unreachable(f"{redacted(url)}: the proxy of [web] proxy opens no way there ({error.status})")
    if isinstance(error, aiohttp.ClientConnectorDNSError | aiohttp.ClientProxyConnectionError):
        return of_proxy(url, f"cannot be reached: {_words(error.os_error)}")
    return None


def named(error: Exception, url: URL, *, proxied: bool = False) -> FetchError:
    """Our name for a failure of the layers below."""
    by_proxy = _by_proxy(error, url) if proxied else None
    if by_proxy is not None:
        return by_proxy
    shown = redacted(url)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return unresolved(error.os_error, url)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        failure = Unreachable(
            f"{shown}: its certificate is not valid: {_certificate(error.certificate_error)}"
        )
        failure.layer = "certificate"
        return failure
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


def unresolved(cause: OSError, url: URL) -> Unreachable:
    """A name that cannot be resolved."""
    failure = Unreachable(f"{redacted(url)}: the name {url.raw_host} cannot be resolved: {_words(cause)}")
    failure.layer = "name"
    if could_not_ask(cause):
        failure.passing = Passing.OURS
    return failure


def could_not_ask(cause: OSError) -> bool:
    """Whether name resolution failed on this side: offline, no memory, no descriptor."""
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_MEMORY or offline()
    # getaddrinfo's EAI_SYSTEM; an answer without addresses is the name's own fault.
    return (cause.errno or 0) > 0 and cause.errno != errno.EADDRNOTAVAIL


def _broken(error: OSError, shown: str) -> Unreachable:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    failure = Unreachable(f"{shown}: {_words(cause)}")
    ours = cause.errno in _OURS or (cause.errno in _UNREACHABLE and offline())
    if ours and not isinstance(cause, socket.gaierror):
        failure.passing = Passing.OURS
    return failure


def _words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    broken_off = isinstance(error, ConnectionError)
    text = error.strerror or ("the server broke off the connection" if broken_off else "the connection broke")
    if error.errno and "onnect call failed" in text:  # asyncio's words hide the system's
        text = os.strerror(error.errno)
    return (text[:1].lower() + text[1:]).partition(" [")[0][:100]


def _tls(error: Exception) -> str:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    reason = getattr(cause, "reason", None) or "no agreement"
    return str(reason).replace("_", " ").lower()[:100]


def _certificate(error: Exception) -> str:
    message = getattr(error, "verify_message", "") or "it could not be verified"
    return str(message)[:100]
