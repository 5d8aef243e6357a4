"""What is exported: the articles of a selection, their files, and the raw records of each WARC file."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from crawler.app import backups
from crawler.archive.warc.excerpt import Excerpts
from crawler.config import Config
from crawler.errors import ArchiveError, ConfigError
from crawler.model import RereadSelection
from crawler.model.export import Exported
from crawler.store.exporting import SqlExports

#: Articles that are looked up together: a look that lasts keeps a crawler from emptying its log.
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The articles of a selection, in order, and where their raw records lie."""

    articles: tuple[Exported, ...]
    excerpts: Excerpts
    broken: list[str] = field(default_factory=list)  #: what could not be exported, in a sentence each

    def volumes(self) -> dict[str, set[int]]:
        """WARC file → where the records begin, by name."""
        found: dict[str, set[int]] = defaultdict(set)
        for article in self.articles:
            for record in article.records:
                found[record.path].add(record.start)
        return dict(sorted(found.items()))

    @property
    def newest(self) -> str:
        """When the newest of the articles was archived: the same for the same selection."""
        return (
            max((article.changed_at for article in self.articles), default="1970-01-01T00:00:00")[:19] + "Z"
        )


async def chosen(config: Config, want: RereadSelection) -> Chosen:
    """Look a selection up, also while a crawler runs; raises ``ArchiveError`` for an empty one."""
    async with SqlExports(config.database) as exports:
        numbers = await exports.chosen(want)
        if not numbers:
            raise ArchiveError("no article matches; `crawler inspect articles` lists what there is")
        batches = (numbers[begin : begin + BATCH] for begin in range(0, len(numbers), BATCH))
        articles = [one for batch in batches for one in await exports.exported(batch)]
    return Chosen(articles=tuple(articles), excerpts=Excerpts(config.archive.root))


def require_free(out: Path, config: Config) -> None:
    """Refuse a place for a package that is taken, or in the archive; raises ``ArchiveError``."""
    backups.require_outside(out, config.archive.root, "what lies in content/ or static/ is published")
    if os.path.exists(out):  # noqa: PTH110 — False of a name that is too long, which is told where it is made
        raise ArchiveError(f"{out}: is there already, and nothing is ever overwritten; name a new one")


def require_pages(found: Chosen, config: Config) -> None:
    """Refuse to pack pages where none were kept; raises ``ConfigError`` and ``ArchiveError``."""
    if any(article.records for article in found.articles):
        return
    if not config.archive.raw:
        raise ConfigError(
            f"{config.path}: archive.raw: of these articles no page is kept, so there is nothing to replay; "
            "set [archive] raw = true for what is captured from then on, or use `crawler export bagit`"
        )
    raise ArchiveError("of these articles no page is kept; `crawler export bagit` packs what there is")
