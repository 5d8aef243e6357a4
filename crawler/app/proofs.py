"""What ``crawler log`` does: the log's state, heads, proofs, and their check, which needs no archive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from crawler import signing, statement
from crawler.app import logkeeping, present, rawarchive
from crawler.app.backups import lies_in
from crawler.app.house import SystemClock
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.errors import ConfigError, DocumentError, LogError
from crawler.logbook.proving import prefix, prove
from crawler.logbook.seals import Seal, Trust
from crawler.model import Checked, Compared, Head, Statement, sha256
from crawler.store.logreading import SqlLogReader
from crawler.store.sql import SqlStore
from crawler.transparency import checkpoint, proof
from crawler.transparency.checkpoint import Note, PublicKey


async def state(config: Config) -> dict[str, Any]:
    """How long the log is, its newest head, who signs it; who looks need not be allowed to read the secret key."""
    trouble = logkeeping.unreadable(config)
    signer = None if trouble else signing.find(config.log.key)
    async with SqlLogReader(config.database) as log:
        size, head, waiting = await log.log_size(), await log.head(), await log.waiting()
    note = checkpoint.parse_note(head.checkpoint) if head else None
    trust = logkeeping.trust(config)
    named = checkpoint.parse(note.text).origin if note and trouble else logkeeping.origin(config, signer)
    return {
        "origin": named,
        "leaves": size,
        "head": head.size if head else None,
        "root": head.root if head else None,
        "head_at": head.at.isoformat().replace("+00:00", "Z") if head else None,
        "signed_by": trust.signers(note) if note else [],
        "unchecked": [one.name for one in note.signatures] if note and not trust.keys else [],
        "since_head": size - (head.size if head else 0),
        "waiting": waiting,
        "key": str(signer.public) if signer else None,
        "publish": config.log.publish,
        "trouble": trouble,
    }


async def write_head(config: Config, *, sign: bool) -> Head | None:
    """A head over all there is; raises ``ArchiveBusy`` beside a running crawler, which does it by itself."""
    present.begun(config)
    clock, archive = SystemClock(), LocalArchive(config.archive.root)
    try:
        async with SqlStore(config.database, config.store, now=clock.now) as store:
            book = logkeeping.logbook(config, store, archive, clock)
            if sign and book.signer is None:
                raise ConfigError(
                    f"{config.path}: log.key: there is no key to sign with; make one with `crawler log keygen`"
                )
            await rawarchive.recovered(config, store, archive)
            await book.catch_up()
            return await book.head()
    finally:
        await archive.close()


async def make(config: Config, which: str, revision: int | None) -> bytes:
    """The proof of an article's newest revision, or of another one."""
    async with SqlLogReader(config.database) as log:
        article = (await log.article(which))["id"]
        number = await log.place(article, revision)
        if number is None:
            named = f"article {article}" + (f", revision {revision}" if revision else "")
            raise LogError(f"{named} is not in the log")
        return proof.render(await prove(log, number))


async def compare(config: Config, path: Path, keys: list[str]) -> Compared:
    """An older head (a checkpoint, or a proof that holds one) against the log of today."""
    note = _older(path)
    trust = logkeeping.trust(config, keys)
    async with SqlLogReader(config.database) as log:
        found = await prefix(log, checkpoint.parse(note.text))
    return Compared(
        consistent=found.holds,
        signatures=_seal(trust, note),
        origin=found.older.origin,
        older_size=found.older.size,
        older_root=found.older.root.hex(),
        root=found.root,
        size=found.head.size,
        checkpoint=found.head.checkpoint,
        proof=[hash.hex() for hash in found.path],
    )


def _older(path: Path) -> Note:
    data = read(path)
    try:
        if data.lstrip().startswith(b"{"):
            return proof.check(proof.parse(data))[0]
        return checkpoint.parse_note(data)
    except LogError as error:
        raise LogError(f"{path}: {error}") from None


def check(path: Path, keys: list[str], file: Path | None) -> Checked:
    """A proof by itself: no archive, no configuration, no network.  Raises ``LogError``."""
    data = read(path)
    try:
        shown = proof.parse(data)
        note, head = proof.check(shown)
        stated = statement.parse(shown.statement.encode())
    except (LogError, DocumentError) as error:
        raise LogError(f"{path}: {error}") from None
    trust = _trust(keys)
    seal = _seal(trust, note)
    if seal == Seal.FORGED:
        raise LogError(f"{path}: the signature of its checkpoint is forged")
    return Checked(
        article=stated.article,
        revision=stated.revision,
        reason=stated.reason,
        title=stated.title,
        path=stated.document.path,
        sha256=stated.document.digest,
        leaf=shown.index + 1,
        size=shown.size,
        origin=head.origin,
        signatures=seal,
        signed_by=trust.signers(note),
        file=_compared(file, stated) if file else None,
    )


def _trust(keys: list[str]) -> Trust:
    if keys:
        signing.require()
    found: list[PublicKey] = [logkeeping.public_key(text, "--key") for text in keys]
    return Trust(keys=found, check=signing.is_valid)


def _seal(trust: Trust, note: Note) -> str:
    return str(trust.seal(note)) if trust.keys else "unchecked"


def _compared(file: Path, stated: Statement) -> str:
    """Whether a file is the article, or its QR image, as it was logged."""
    return "as logged" if sha256(read(file)) in {stated.document.digest, stated.qrcode.digest} else "altered"


def read(path: Path) -> bytes:
    """A file that was named on the command line; raises ``LogError``."""
    try:
        with path.open("rb") as file:
            return file.read(2**26)
    except OSError as error:
        raise LogError(f"{path}: it cannot be read: {error.strerror}") from None


#: Folders of an archive in which the crawler alone writes: what else lies there is a stray, or is published.
_OWN = ("content", "static", "revisions", "warc", "log", "quarantine", "repaired", "orphans")


def write(path: Path, data: bytes, root: Path) -> None:
    """A proof into a file that was named on the command line; raises ``LogError``.

    What lies there is replaced only where it is an older proof of the same article in the same log; nothing is
    written into the folders that are the crawler's own below the archive's ``root``.
    """
    if Path(os.path.realpath(path.parent)) == Path(os.path.realpath(root)) or any(
        lies_in(path.parent, root / name) for name in _OWN
    ):
        raise LogError(
            f"{path}: lies in a folder of the archive that is the crawler's own; name a place outside of it"
        )
    _require_free(path, _subject(data))
    try:
        path.write_bytes(data)
    except OSError as error:
        raise LogError(f"{path}: it cannot be written: {error.strerror}; name another file") from None


def _require_free(path: Path, wanted: tuple[str, int]) -> None:
    """Refuse a file that says something else; a device or a pipe takes whatever comes."""
    there = read(path) if os.path.isfile(path) else b""  # noqa: PTH113 — a name too long is told where it is written
    if not there:
        return
    try:
        origin, article = _subject(there)
    except (LogError, DocumentError):
        raise LogError(f"{path} is there and is no proof; name another file") from None
    if (origin, article) != wanted:
        of = f"article {article}" + (f" in the log {origin}" if origin != wanted[0] else "")
        raise LogError(f"{path} is there and is the proof of {of}; name another file")


def _subject(data: bytes) -> tuple[str, int]:
    """The log that a proof is from, and whose it is; raises ``LogError`` or ``DocumentError``."""
    shown = proof.parse(data)
    return proof.check(shown)[1].origin, statement.parse(shown.statement.encode()).article


def generate(name: str, path: Path | None, root: Path | None) -> tuple[str, str]:
    """A new key: the secret (kept in ``path``, if one is given) and the public key; ``root``: the archive's."""
    secret, public = signing.generate(name)
    if path is not None:
        logkeeping.require_outside(path, root)
        signing.keep(secret, path)
    return secret, str(public)
