"""What the archive states of a revision, as bytes: canonical, so that a hash of them can be vouched for.

``outbox`` makes it before a revision is intended; the log hashes it, the raw archive keeps it, and a lost
database is told from it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from crawler import urls
from crawler.errors import DocumentError
from crawler.model import (
    ArchivedFile,
    Candidate,
    Change,
    Choice,
    DueItem,
    Entry,
    Extraction,
    Notice,
    Origin,
    RawRecord,
    Record,
    Removed,
    Ruled,
    Statement,
)

FORMAT = "crawler-revision/1"
_TIMES = frozenset({"date", "fetched_at"})
_FILES = frozenset({"document", "qrcode"})
_FACTS = (
    "charset",
    "charset_from",
    "title_from",
    "date_from",
    "language",
    "body_from",
    "tools",
    "frame_pages",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """The rest of what the database has of a revision."""

    extraction: Extraction  #: its facts, without body, text and lines
    choices: tuple[Choice, ...]
    first_seen: datetime
    change: Change | None  #: from the revision before
    entry: Mapping[str, str | None]  #: key, guid, link, title, published, updated … as the feed told them


def of(record: Record, item: DueItem, raw: RawRecord | None) -> Statement:
    """The statement of a revision that is about to be written; addresses without their secrets."""
    claim, draft = record.claim, record.draft
    return Statement(
        article=claim.article_id,
        item=claim.feed_item_id,
        revision=claim.revision,
        reason=record.reason,
        origin=record.origin,
        notice=record.notice,
        title=draft.title,
        date=claim.date,
        url=claim.url,
        code=claim.code,
        source=draft.source,
        source_key=claim.source_key,
        source_link=urls.without_secrets(draft.source_link),
        draft=draft.draft,
        document=record.document,
        qrcode=record.qrcode,
        previous=claim.newest_digest,
        page_url=record.page_url and urls.without_secrets(record.page_url),
        page_sha256=record.page_digest,
        raw_sha256=raw.payload if raw else None,
        fetched_at=record.fetched_at,
        extractor=record.extraction.extractor,
        ok=record.verdict.ok,
        reasons=tuple(urls.without_secrets(reason) for reason in record.verdict.reasons),
        **_item(item),
    )


def _item(item: DueItem) -> dict[str, Any]:
    """Whose revision it is."""
    guid = item.entry.guid
    return {
        "item_key": urls.without_secrets(item.entry.key),
        "guid": urls.without_secrets(guid) if guid else None,
        "feed": item.feed.name,
        "feed_url": urls.without_secrets(item.feed.url),
    }


def render(statement: Statement) -> bytes:
    """The statement's bytes: JSON with sorted keys and no spaces, in UTF-8, as RFC 8785 has it."""
    values = {field.name: _plain(getattr(statement, field.name)) for field in fields(Statement)}
    return _canonical({"format": FORMAT, **values})


def parse(data: bytes) -> Statement:
    """Read a statement; raises ``DocumentError``."""
    told = _object(data)
    if told.get("format") != FORMAT:
        raise DocumentError(f"it is no statement of the form {FORMAT}")
    try:
        return Statement(**{field.name: _value(field.name, told[field.name]) for field in fields(Statement)})
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentError(f"a statement that cannot be read: {type(error).__name__}: {error}") from None


def detail(record: Record, item: DueItem) -> bytes:
    """What the database writes down of a revision besides its statement, as JSON."""
    found, entry = record.extraction, item.entry
    return _canonical(
        {
            "extraction": {name: getattr(found, name) for name in _FACTS}
            | {
                "removed": [[line.text, line.reason] for line in found.removed],
                "ruled": None if found.ruled is None else [list(found.ruled.won), list(found.ruled.missed)],
            },
            "fields": [_choice(choice) for choice in record.draft.choices],
            "change": None if record.change is None else asdict(record.change),
            "first_seen": _instant(item.first_seen),
            "entry": _entry(entry),
        }
    )


def parse_detail(data: bytes, statement: Statement) -> Detail:
    """Read what ``detail`` wrote; raises ``DocumentError``."""
    told = _object(data)
    try:
        facts = told["extraction"]
        ruled = facts["ruled"]
        found = Extraction(
            origin=statement.origin,
            body="",
            text="",
            extractor=statement.extractor,
            removed=tuple(Removed(text=text, reason=reason) for text, reason in facts["removed"]),
            ruled=None if ruled is None else Ruled(won=tuple(ruled[0]), missed=tuple(ruled[1])),
            **{name: facts[name] for name in _FACTS},
        )
        choices = tuple(_chosen(row) for row in told["fields"])
        first_seen = datetime.fromisoformat(told["first_seen"])
        return Detail(
            extraction=found,
            choices=choices,
            first_seen=first_seen,
            change=_change(told.get("change")),
            entry=dict(told["entry"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DocumentError(f"a detail that cannot be read: {type(error).__name__}: {error}") from None


def _change(told: dict[str, Any] | None) -> Change | None:
    if told is None:
        return None
    notice = told["notice"]
    notice = notice and Notice(**notice | {"links": tuple(notice["links"])})
    return Change(**told | {"fields": tuple(told["fields"]), "notice": notice})


def _entry(entry: Entry) -> dict[str, str | None]:
    told: dict[str, str | None] = {
        "key": entry.key,
        "guid": entry.guid,
        "link": entry.link,
        "source_link": entry.source_link,
        "title": entry.title,
        "published": _instant(entry.published) if entry.published else None,
        "updated": _instant(entry.updated) if entry.updated else None,
    }
    return {name: value and urls.without_secrets(value) for name, value in told.items()}


def _choice(choice: Choice) -> list[Any]:
    return [choice.field, _told(choice.winner), choice.rule, [_told(lost) for lost in choice.losers]]


def _told(candidate: Candidate) -> list[str]:
    return [candidate.source, urls.without_secrets(candidate.value), urls.without_secrets(candidate.note)]


def _chosen(row: list[Any]) -> Choice:
    field, winner, rule, losers = row
    return Choice(field=field, winner=_candidate(winner), rule=rule, losers=tuple(map(_candidate, losers)))


def _candidate(row: list[str]) -> Candidate:
    source, value, note = row
    return Candidate(source=source, value=value, note=note)


def _canonical(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")  # a lone surrogate of a feed's text: "?"


def _object(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"it is not JSON: {type(error).__name__}") from None
    if not isinstance(told, dict):
        raise DocumentError("it is no JSON object")
    return told


def _plain(value: Any) -> Any:
    """A value of a statement as JSON has it."""
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, ArchivedFile):
        return {"path": value.path, "sha256": value.digest, "size": value.size}
    return list(value) if isinstance(value, tuple) else value


def _value(name: str, plain: Any) -> Any:
    """The value that ``_plain`` made it from."""
    if name in _TIMES:
        return datetime.fromisoformat(plain)
    if name in _FILES:
        return ArchivedFile(path=plain["path"], digest=plain["sha256"], size=plain["size"])
    if name == "origin":
        return Origin(plain)
    return tuple(plain) if name == "reasons" else plain


def _instant(at: datetime) -> str:
    """As the database writes it: UTC to the microsecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
