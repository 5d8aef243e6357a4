"""Whom TLS believes: the machine's certificate authorities, and those of ``[web] ca_file``.

There is no way to believe everyone.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from crawler.errors import ConfigError


def trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What aiohttp takes for ``ssl``; ``ca_file`` (PEM) adds authorities.  Raises ``ConfigError``."""
    if ca_file is None:
        return True  # aiohttp's own verifying context, made once a process
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = "it holds no certificates in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(f'web.ca_file = "{ca_file}": cannot be used: {reason}; name another file') from None
    context.set_alpn_protocols(["http/1.1"])
    return context
