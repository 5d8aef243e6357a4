"""That an archive's database is where it was: a new one beside old files would give their numbers away again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from crawler.config import Config
from crawler.errors import StoreError
from crawler.store import presence

_TRACES = ("warc/*/*/*.warc.gz*", "content/*/[0-9]*/[0-9]*/*.md", "log/checkpoint")
_FRONT = 2**17  #: bytes of a file that are looked at


def required(config: Config) -> None:
    """Raises ``StoreError`` where there is no database, or nothing is in it, but files of an archive."""
    if presence.is_begun(config.database):
        return
    if config.database.exists() and not config.database.is_file():
        raise StoreError(presence.absent(config.database))
    root = config.archive.root
    for pattern in _TRACES:
        for found in filter(_is_ours, root.glob(pattern)):
            what = "is empty" if config.database.exists() else "is gone"
            raise StoreError(
                f"{config.database}: the database {what}, but {found.relative_to(root)} is there; run "
                "`crawler rebuild`, restore a backup, or name an empty folder as [archive] root"
            )


def begun(config: Config) -> None:
    """Raises ``StoreError`` where no crawl ever was: only ``crawl`` and ``run`` begin an archive."""
    if presence.is_begun(config.database):
        return
    required(config)
    raise StoreError(presence.absent(config.database))


def _is_ours(file: Path) -> bool:
    """Whether a file may be the crawler's: a site has posts of its own, by year and month too."""
    if file.suffix != ".md":
        return True
    with suppress(OSError), file.open("rb") as opened:
        return b"\nfeed_item_id = " in opened.read(_FRONT)
    return True  # it cannot be looked into
