"""C40: titles that want to be anything but a file name, and the names that the real store gives them."""

from __future__ import annotations

import os.path
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from crawler import document, urls
from crawler.archive import paths
from crawler.config import StoreConfig
from crawler.model import Claim, Draft, DueItem, Entry
from crawler.store import claims
from crawler.store.rows import stamp
from crawler.store.sql import SqlStore
from crawler.store.writer import Group
from tests.fuzz import traps
from tests.store.contract import registered
from tests.store.examples import NOON, feed, polled

LIMIT = 180  #: bytes of a name, as configured by default
LONGEST = 200  #: bytes of a file's name
ROOT = Path("/archive")

#: What some file system or shell takes for something else.
TROUBLE = (
    "", " ", ".", "..", "...", "/", "//", "\\", "../../../etc/passwd", "/etc/passwd", "..\\..\\x", "C:\\Windows\\x", "C:x", "\\\\server\\share",
    "CON", "con.txt", "NUL", "nul.", "AUX", "COM1", "LPT9.md", "PRN ", "a.", "a ", "a. .", " a", ".hidden", "-rf *", "--help", "~", "~root", "$HOME",
    "`x`", "a|b", "a;b", "a&b", "a>b", "a\nb", "a\tb", "a\0b", "\0", "a:b", "a::$DATA", "a*b?", '"a"', "'a'", "%2e%2e%2f", "%00", "index", "_index",
    "index.md", ".git", ".tmp-1", "+++", "---", "{{< x >}}", "<b>a</b>", "&lt;", "a" * 300, "ab " * 300, "日本" * 200, "é" * 300, "👩‍🚀" * 80, "🇩🇪" * 90,
    "\u202egnp.exe", "\u200bname", "na\u00adme", "\ufeffname", "ﬁle", "ﬀ", "Ⅷ", "①", "½", "ß", "ẞ", "İstanbul", "ıstanbul", "ſ", "K", "K", "Å", "Å", "ａｂｃ",
    "\ud83d", "\ude00", "a\ud83d", "\udc80", "e\u0301", "é", "Zürich", "ZÜRICH", "Zu\u0308rich", "straße", "STRASSE", "한국", "한국", "א", "ﷺ", "நி", "𝒜", "🎉",
    "Acme’s", "Acme's", "Acmes", "Acme®", "2025-02-26", "2025-02-26-a", "a-2", "a-3", "a-2-2", "release-000000", "null", "true", "0", "-1",
)  # fmt: skip
_SAFE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}-[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED = frozenset("con prn aux nul com1 lpt1".split())


def titles(count: int, seed: int) -> Iterator[str]:
    """So many titles: trouble, pieces of it, and twins of earlier ones."""
    rng = Random(f"titles {seed}")
    recent = list(TROUBLE)
    for _ in range(count):
        way = rng.random()
        if way < 0.4:
            title = _twin(rng.choice(recent), rng)
        elif way < 0.5:
            title = rng.choice(TROUBLE)
        else:
            title = rng.choice(("", " ", "-", "/")).join(
                rng.choices((*TROUBLE, *traps.SIGNS, *_WORDS), k=rng.choice((1, 2, 3, 8, 30)))
            )
        recent[rng.randrange(len(recent))] = title
        yield title[:2000]


_WORDS = tuple("acme brightwater opens second plant in q3 results 2025 and the of größe 日本 завод".split())


def _twin(title: str, rng: Random) -> str:
    """The same but for what file systems or people do not tell apart; or cut somewhere."""
    way = rng.randrange(7)
    if way < 4:
        return unicodedata.normalize(("NFC", "NFD", "NFKC", "NFKD")[way], title)  # type: ignore[arg-type]
    if way == 4:
        return title.swapcase() if rng.random() < 0.5 else title.upper()
    if way == 5:
        return title + rng.choice(("", " ", ".", "'", "!", "\u200b", "-2"))
    units = title.encode("utf-16-le", "surrogatepass")
    return units[: 2 * rng.randrange(len(units) // 2 + 1)].decode("utf-16-le", "surrogatepass")


def is_safe(name: str) -> bool:
    """Whether every file system takes it for what it is, with its ending."""
    return bool(_SAFE.fullmatch(name)) and len(f"{name}.md".encode()) <= LONGEST and name not in _RESERVED


@dataclass
class Names:
    """What was given, and what was wrong with it."""

    given: int = 0
    longest: int = 0
    collisions: int = 0
    escapes: int = 0
    unsafe: list[str] = field(default_factory=list)
    numbered: int = 0  #: names that had to be told apart by a number
    _taken: set[int] = field(default_factory=set)
    _codes: set[str] = field(default_factory=set)

    def add(self, claim: Claim, wish: str) -> None:
        """One more name."""
        path = document.document_path(claim.source_key, claim.date, claim.url)
        name = path.rpartition("/")[2]
        self.given += 1
        self.longest = max(self.longest, len(name.encode()))
        self.numbered += claim.url != wish
        if not is_safe(claim.url):
            self.unsafe.append(claim.url)
        if not os.path.normpath(f"{ROOT}/{path}").startswith(f"{ROOT}/content/") or paths.parts(
            ROOT, path
        ) != path.split("/"):
            self.escapes += 1
        # As the least careful of file systems compares: without case, in one normal form.
        key = hash(unicodedata.normalize("NFKC", path).casefold())
        self.collisions += (
            key in self._taken or claim.code.casefold() in self._codes or claim.duplicate_of is not None
        )
        self._taken.add(key)
        self._codes.add(claim.code.casefold())

    @property
    def hold(self) -> bool:
        """Whether all are as they must be."""
        return not (self.collisions or self.escapes or self.unsafe) and len(self._taken) == self.given


async def name(
    path: Path, wishes: Sequence[str], *, batch: int = 5000, told: Callable[[int], None] = lambda done: None
) -> Names:
    """Have the store at ``path`` name articles of these titles, all of a few days."""
    names = Names()
    async with SqlStore(path, StoreConfig(synchronous="NORMAL"), slug_bytes=LIMIT, now=lambda: NOON) as store:
        [one] = await registered(store, feed())
        for first in range(0, len(wishes), batch):
            part = wishes[first : first + batch]
            entries = tuple(_entry(first + number) for number in range(len(part)))
            await store.settle_poll(polled(one, entries))
            items = [
                DueItem(item_id=first + number + 1, feed=one, entry=entry, first_seen=NOON)
                for number, entry in enumerate(entries)
            ]
            drafts = [_draft(item, title) for item, title in zip(items, part, strict=True)]
            for draft, given in zip(drafts, await _claimed(store, items, drafts), strict=True):
                names.add(given, draft.slug)
            told(names.given)
    return names


async def _claimed(store: SqlStore, items: list[DueItem], drafts: list[Draft]) -> list[Claim]:
    """The claims of a batch as one unit of the one writer."""

    def claim(group: Group) -> list[Claim]:
        pairs = zip(items, drafts, strict=True)
        return [
            claims.claim(group, item, draft, code_seed=item.entry.key, limit=LIMIT, now=stamp(NOON))
            for item, draft in pairs
        ]

    return await store._writer.run(claim)


def _entry(number: int) -> Entry:
    link = f"https://w.example/{number}"
    return Entry(
        key=f"url:w.example/{number}", position=number, link=link, source_link=link, title="t", published=NOON
    )


def _draft(item: DueItem, title: str) -> Draft:
    date = NOON - timedelta(days=item.item_id % 3)
    return Draft(
        title=title, date=date, draft=False, summary="", description="", source_link=item.entry.source_link or "", enclosure="",
        source=item.feed.source, source_key=item.feed.source_key, slug=urls.dated_slug(date, title, LIMIT), body="",
    )  # fmt: skip
