"""What is exported: the articles of a selection, their files, and the raw records of each WARC file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from crawler.archive.warc.excerpt import Excerpts
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.model import RereadSelection
from crawler.model.export import Exported
from crawler.store.exporting import SqlExports


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
        articles = [await exports.exported(number) for number in numbers]
    return Chosen(articles=tuple(articles), excerpts=Excerpts(config.archive.root))
