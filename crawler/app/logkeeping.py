"""The log of revisions, put together: who signs it, when it gets a head, and how it is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import signing
from crawler.app.watchdog import Tell
from crawler.config import Config, LogConfig
from crawler.errors import Bug, ConfigError, CrawlError, LogError
from crawler.logbook.contract import Log
from crawler.logbook.heads import Logbook
from crawler.logbook.seals import Trust
from crawler.ports import Archive, Clock
from crawler.signing import Signer
from crawler.transparency import checkpoint
from crawler.transparency.checkpoint import PublicKey

_HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", None}  # noqa: S104
_DATABASE = "crawler.db"  #: of an archive that no configuration was found for
LOOK = 30.0  #: seconds between two looks at how much is new
REST = 600.0  #: seconds after a head that could not be written


def logbook(config: Config, log: Log, files: Archive, clock: Clock) -> Logbook:
    """The log, to be written; raises ``ConfigError`` for a key that cannot be used."""
    signer = signing.find(config.log.key)
    if config.log.publish and signer is None:
        raise ConfigError(
            f"{config.path}: log.publish: proofs need heads that are signed; make a key with `crawler log keygen` "
            "and name it in [log] key"
        )
    if "{proof}" in config.archive.qr_target and not config.log.publish:
        raise ConfigError(
            f"{config.path}: archive.qr_target: {{proof}} leads to files that are not written; set [log] publish = true"
        )
    return Logbook(
        log=log,
        files=files,
        clock=clock,
        origin=origin(config, signer),
        signer=signer,
        publish=config.log.publish,
    )


def origin(config: Config, signer: Signer | None) -> str:
    """The log's name."""
    named = config.log.origin
    if signer is not None:
        if named not in {None, signer.public.name}:
            raise ConfigError(
                f'{config.path}: log.origin = "{named}": the key was made for "{signer.public.name}"; '
                "use that name, or make another key with `crawler log keygen`"
            )
        return signer.public.name
    return named or default_origin(config)


def default_origin(config: Config) -> str:
    """The name of a log that was given none: where the site is."""
    parts = urlsplit(config.archive.public_url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}".replace("+", "-")


def new_name(config: Config) -> str:
    """The name for a new key; raises ``ConfigError`` where nothing tells one that means the same everywhere."""
    if config.log.origin is not None:
        return config.log.origin
    if urlsplit(config.archive.public_url).hostname in _HERE:
        raise ConfigError(
            f"{config.path}: archive.public_url is {config.archive.public_url}, which names no log for others to "
            "know it by; give --name, as example.org/wires, or set [log] origin or [archive] public_url"
        )
    return default_origin(config)


def require_outside(key: Path, root: Path | None) -> None:
    """A secret key lies in no archive: who may change that must not sign it; raises ``ConfigError``."""
    roots = {root.resolve()} if root is not None else set()
    for folder in key.resolve().parents:
        if folder in roots or (folder / _DATABASE).is_file():
            raise ConfigError(
                f"{key}: this is within the archive {folder}: who may change the archive could sign the change, and "
                "every copy would take the key along; name a file outside of it"
            )


def trust(config: Config, more: list[str] | None = None) -> Trust:
    """The keys that are believed: our own, those of the configuration, and ``more``.

    Who looks need not be allowed to read the secret key.
    """
    keys: list[PublicKey] = []
    with suppress(ConfigError):
        signer = signing.find(config.log.key)
        keys = [signer.public] if signer else []
    keys += [public_key(text, f"{config.path}: log.trusted") for text in config.log.trusted]
    keys += [public_key(text, "--key") for text in more or []]
    if keys:
        signing.require()
    return Trust(keys=list(dict.fromkeys(keys)), check=signing.is_valid)


def unreadable(config: Config) -> str | None:
    """Why our own key cannot be used; None where it can, or there is none."""
    try:
        signing.find(config.log.key)
    except ConfigError as error:
        return str(error)
    return None


def public_key(text: str, where: str) -> PublicKey:
    """A public key that somebody wrote down; raises ``ConfigError``."""
    try:
        return checkpoint.parse_key(text)
    except LogError as error:
        raise ConfigError(f"{where}: {error}") from None


# --------------------------------------------------------------------------- while a crawler runs


@dataclass(slots=True, kw_only=True)
class Keeping:
    """Gives the log its heads while something else works."""

    book: Logbook
    settings: LogConfig
    clock: Clock
    tell: Tell
    trouble: CrawlError | None = field(default=None)  #: the last attempt failed

    async def run(self) -> None:
        """Catch up, then a head from time to time, until cancelled."""
        await self.attempt(self.book.catch_up)
        await self.attempt(self.book.head)
        headed = self.clock.monotonic()
        pause = min(LOOK, self.settings.every.total_seconds())
        while True:
            await self.clock.sleep(pause)
            since = self.clock.monotonic() - headed
            rested = self.trouble is None or since >= REST
            if since >= self.settings.every.total_seconds() or (rested and await self._many()):
                await self.attempt(self.book.head)
                headed = self.clock.monotonic()

    async def _many(self) -> bool:
        try:
            last, size = await self.book.log.head(), await self.book.log.log_size()
        except CrawlError:
            return False  # told by who writes
        return size - (last.size if last else 0) >= self.settings.entries

    async def attempt(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Do it; what goes wrong is told, and tried again later."""
        try:
            await work()
            self.trouble = None
        except Exception as error:
            self.trouble = error if isinstance(error, CrawlError) else Bug.of(error)
            self.tell(event="log", outcome="failed", error=self.trouble)


@asynccontextmanager
async def kept(book: Logbook, settings: LogConfig, clock: Clock, tell: Tell) -> AsyncIterator[Keeping]:
    """Within: the log catches up and gets heads; at an end in order a last one."""
    keeping = Keeping(book=book, settings=settings, clock=clock, tell=tell)
    task = asyncio.create_task(keeping.run(), name="log")
    try:
        yield keeping
    finally:
        task.cancel()
        await asyncio.wait([task])
    await keeping.attempt(book.head)
