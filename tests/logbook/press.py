"""Writes articles into an archive as the pipeline would, and looks at what the log says of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from crawler import document, signing, statement
from crawler.archive.local import LocalArchive
from crawler.config import StoreConfig
from crawler.logbook.agreement import Misfit
from crawler.logbook.heads import Logbook
from crawler.logbook.seals import Trust
from crawler.logbook.verifying import Verification
from crawler.model import REEXTRACTION, ArchivedFile, Claim, DueItem, Head, sha256
from crawler.signing import Signer
from crawler.store.logreading import SqlLogReader
from crawler.store.sql import SqlStore
from crawler.transparency.checkpoint import PublicKey
from tests.fakes import FakeClock
from tests.store.contract import with_items
from tests.store.examples import captured, draft, entries, record


class Press:
    """An archive below ``root``."""

    def __init__(self, root: Path, signer: Signer, items: int = 12) -> None:
        self.root = root
        self.most = items
        self.signer = signer
        self.clock = FakeClock()
        self.files = LocalArchive(root)
        self.store = SqlStore(
            self.database, StoreConfig(synchronous="NORMAL"), slice_items=500, now=self.clock.now
        )
        self.items: list[DueItem] = []
        self._claims: dict[int, Claim] = {}
        self._stack = AsyncExitStack()

    @property
    def database(self) -> Path:
        return self.root / "crawler.db"

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self.files.close)
        return self

    async def open(self) -> Self:
        """As the archive's writer."""
        await self._stack.enter_async_context(self.store)
        await self.store.open_run("crawl", {})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def book(
        self, *, signed: bool = True, publish: bool = False, files: Any = None, log: Any = None
    ) -> Logbook:
        return Logbook(
            log=log or self.store,
            files=files or self.files,
            clock=self.clock,
            origin=self.signer.public.name,
            signer=self.signer if signed else None,
            publish=publish,
        )

    async def write(self, count: int, *, stated: bool = True) -> None:
        """So many further articles, a revision each."""
        if not self.items:
            _, self.items = await with_items(self.store, *entries(*range(1, self.most + 1)))
        for item in self.items[len(self._claims) :][:count]:
            claim = await self.store.claim(item, draft(item), code_seed=item.entry.key)
            self._claims[claim.article_id] = claim
            await self._put(item, claim, "first", stated=stated)
            await self.store.settle(captured(item, claim.article_id))

    async def revise(self, article: int) -> None:
        """Another revision of an article."""
        older = self._claims[article]
        text = (self.root / self._path(older)).read_bytes()
        aside = document.revision_path(older.source_key, older.date, older.url, older.revision)
        await self.files.put(aside, text)
        claim = replace(older, revision=older.revision + 1, newest_digest=sha256(text))
        self._claims[article] = claim
        item = next(one for one in self.items if one.item_id == claim.feed_item_id)
        await self._put(item, claim, REEXTRACTION, stated=True)
        await self.store.revise(article, self.clock.now())

    async def _put(self, item: DueItem, claim: Claim, reason: str, *, stated: bool) -> None:
        data = f"{claim.url} {claim.revision}".encode()
        file = ArchivedFile(path=self._path(claim), digest=sha256(data), size=len(data))
        told = record(item, claim, document=file, reason=reason)
        text = statement.render(statement.of(told, item, None)).decode() if stated else None
        await self.store.intend(replace(told, statement=text))
        await self.files.put(file.path, data)

    def _path(self, claim: Claim) -> str:
        return document.document_path(claim.source_key, claim.date, claim.url)

    async def head(self, **how: Any) -> Head | None:
        self.clock.instant += timedelta(hours=1)
        return await self.book(**how).head()

    async def misfits(
        self, *, deep: bool = False, quick: bool = False, keys: Sequence[PublicKey] | None = None
    ) -> list[Misfit]:
        return [one async for one in (await self.look(deep=deep, quick=quick, keys=keys))[0].run()]

    async def look(
        self, *, deep: bool = False, quick: bool = False, keys: Sequence[PublicKey] | None = None
    ) -> tuple[Verification, SqlLogReader]:
        trust = Trust(keys=[self.signer.public] if keys is None else keys, check=signing.is_valid)
        reader = SqlLogReader(self.database)
        self._stack.push_async_callback(reader.__aexit__)
        return Verification(log=reader, files=self.files, trust=trust, deep=deep, quick=quick), reader

    def sql(self, *statements: str) -> None:
        """What somebody does to the database behind the crawler's back."""
        with closing(sqlite3.connect(self.database)) as made, made:
            made.executescript(";".join(["PRAGMA foreign_keys = OFF", *statements]))

    def asked(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as looking:
            return looking.execute(question).fetchall()

    def tree(self) -> dict[str, bytes]:
        """Every file of the log."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted((self.root / "log").rglob("*"))
            if path.is_file()
        }
