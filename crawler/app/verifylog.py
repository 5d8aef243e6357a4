"""The log of revisions, verified: what ``crawler verify --log`` and ``crawler log verify`` find."""

from __future__ import annotations

from collections.abc import Callable

from crawler.app import logkeeping
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.logbook import lines
from crawler.logbook.agreement import Misfit
from crawler.logbook.published import Published
from crawler.logbook.verifying import Verification
from crawler.model import Finding
from crawler.model.finding import Severity
from crawler.store.logreading import SqlLogReader

#: Kind of misfit → its code and what to do.
CODES = {
    "statement": ("L401", "bring the database back from a backup; log/entries has what was logged"),
    "row": ("L402", "bring the database back from a backup; the statement has what was logged"),
    "leaf": (
        "L403",
        "bring the database back from a backup, or put the log again with `crawler rebuild --missing`",
    ),
    "missing": (
        "L404",
        "bring the database back from a backup, or put the log again with `crawler rebuild --missing`",
    ),
    "file": (
        "L405",
        "`crawler repair --apply` writes it again from the database, if that fits its heads; else bring it back "
        "from a backup or from a mirror of the log",
    ),
    "head": ("L406", "compare with a head that somebody else has kept: `crawler log consistency`"),
    "withheld": ("L410", "nothing, if it was taken out on purpose; else bring it back from a backup"),
    "proof": (
        "L412",
        "`crawler repair --apply` writes it again from the database; else restore it from a backup",
    ),
    "signature": ("L407", "compare with a head that somebody else has kept; see [log] key and trusted"),
}


async def verify_log(
    config: Config,
    *,
    quick: bool = False,
    say: Callable[[int, int], None] = lambda done, total: None,
    deep: bool = False,
) -> list[Finding]:
    """All that does not fit; nothing is changed, and a crawler may run beside.

    ``quick`` looks only at the leaves since the newest head but one; ``deep`` also at the articles' files.
    """
    archive = LocalArchive(config.archive.root)
    try:
        async with SqlLogReader(config.database) as reader:
            look = Verification(
                log=reader, files=archive, trust=logkeeping.trust(config), quick=quick, deep=deep, say=say
            )
            found = [_finding(misfit) async for misfit in look.run()]
            if config.log.publish:
                found += [_finding(misfit) async for misfit in (await _published(look)).run()]
    finally:
        await archive.close()
    return [*found, *_notices(look, logkeeping.unreadable(config))]


async def _published(look: Verification) -> Published:
    """The proofs that are published: of a quick look those of its leaves."""
    after = [head.size for head in await look.log.heads()][-2:-1] if look.quick else []
    return Published(log=look.log, files=look.files, trust=look.trust, after=sum(after))


def _finding(misfit: Misfit) -> Finding:
    code, cure = CODES[misfit.kind]
    if misfit.kind == "file" and not (misfit.path or lines.FOLDER).startswith(lines.FOLDER):
        cure = "`crawler repair --apply` puts it again from the raw archive; else restore it from a backup"
    where = misfit.path or (f"log_entries:{misfit.leaf}" if misfit.leaf else "log_heads")
    severity: Severity = "notice" if misfit.kind == "withheld" else "error"
    return Finding(
        code=code, severity=severity, what=misfit.what, where=where, cure=cure, article=misfit.article
    )


def _notices(look: Verification, why: str | None) -> list[Finding]:
    found = []
    if look.waiting:
        what = f"{look.waiting} revisions are older than the log and not in it yet"
        found.append(_notice("L408", what, "log_entries", "the next run logs them"))
    if look.heads and not look.trust.keys:
        found.append(_unsigned(why) if not look.sealed else _unchecked(look.sealed, why))
    return found


def _unsigned(why: str | None) -> Finding:
    cure = why or "make a key with `crawler log keygen`, name it in [log] key"
    return _notice("L409", "no head of the log is signed", "log_heads", cure)


def _unchecked(many: int, why: str | None) -> Finding:
    """Signatures are there, and nobody looked at them: that must not pass for clean."""
    heads = f"{many} head{'s' * (many != 1)}"
    return Finding(
        code="L411",
        severity="warning",
        what=f"the signatures of {heads} were not checked: {why or 'no key of the log is known'}",
        where="log_heads",
        cure="put the log's public key into [log] trusted: who verifies needs no secret key",
    )


def _notice(code: str, what: str, where: str, cure: str) -> Finding:
    return Finding(code=code, severity="notice", what=what, where=where, cure=cure)
