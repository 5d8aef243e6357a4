"""Every kind of finding: its stable code, how grave it is, and the cure."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.model import Finding
from crawler.model.finding import Severity

_AGAIN = "crawler repair --apply puts it again from the raw archive; else restore it from a backup"
_RESTORE = "restore it from a backup"
_ROW = (
    "restore the database from a backup, or tell it again from raw archive and files: crawler rebuild --anew"
)
_REPAIR = "crawler repair --apply"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding."""

    severity: Severity
    title: str
    cure: str


CODES: dict[str, Kind] = {
    "F101": Kind("error", "the database file is damaged (PRAGMA integrity_check)", _ROW),
    "F102": Kind("error", "a row refers to one that is not there", _ROW),
    "F103": Kind("error", "an article's newest revision has no row", _ROW),
    "F104": Kind("error", "an article has not exactly one newest revision", _ROW),
    "F105": Kind("error", "an article's row and its newest revision's differ", _ROW),
    "F106": Kind("error", "an article's revisions are not numbered 1, 2, 3 …", _ROW),
    "F107": Kind("error", "a row is in a state that cannot be", _ROW),
    "F108": Kind("warning", "a revision was intended and never settled",
                 f"start the crawler, or {_REPAIR}: it is finished, or due again"),
    "F109": Kind("error", "a row names another place than the rules for paths do", _ROW),
    "F110": Kind("error", "a row says something else than was stated of the revision", _ROW),
    "F111": Kind("error", "a statement cannot be read, or is missing", _ROW),
    "F112": Kind("error", "a statement is not the one that the log has the hash of", _ROW),
    "F113": Kind("error", "a statement names another revision before it than the rows do", _ROW),
    "F114": Kind("error", "an item's row and its article's contradict each other", _ROW),
    "F115": Kind("warning", "a takedown was not finished", "run `crawler takedown` for this article again"),
    "F116": Kind("error", "the log cannot be verified", "mend what else was found first"),
    "F201": Kind("error", "an article's file is missing", _AGAIN),
    "F202": Kind("error", "an article's file was altered", _AGAIN),
    "F203": Kind("error", "the front matter does not say what the row says", _ROW),
    "F204": Kind("error", "there is no regular file in a file's place",
                 f"{_REPAIR} sets it aside and puts the file again"),
    "F205": Kind("error", "a file cannot be read", "look at the disk and its permissions"),
    "F206": Kind("error", "an earlier revision's file is missing", _AGAIN),
    "F207": Kind("error", "an earlier revision's file was altered", _AGAIN),
    "F208": Kind("error", "a QR image is missing", _AGAIN),
    "F209": Kind("error", "a QR image was altered", _AGAIN),
    "F210": Kind("warning", "a file that no row knows", f"{_REPAIR} sets it aside under orphans/"),
    "F211": Kind("error", "an article's file lies in another place, or twice",
                 f"{_REPAIR} sets it aside under orphans/; Hugo would publish it"),
    "F212": Kind("warning", "a temporary file was left behind", f"start the crawler, or {_REPAIR}"),
    "F213": Kind("warning", "something that is no regular file", f"{_REPAIR} sets it aside under orphans/"),
    "F214": Kind("error", "bytes that were set aside are not what their name says", _RESTORE),
    "F215": Kind("error", "what was taken down is there again", "remove it, or take the article down again"),
    "F216": Kind("notice", "a document in quarantine without what is said of it: what a crash left", "nothing"),
    "F217": Kind("error", "a document in quarantine is gone, what is said of it is there", _RESTORE),
    "F301": Kind("error", "a raw file is missing", _RESTORE),
    "F302": Kind("error", "a raw file is damaged in its middle", _RESTORE),
    "F303": Kind("error", "a raw file is torn at its end", _RESTORE),
    "F304": Kind("error", "a raw record's bytes do not have the digest that it tells", _RESTORE),
    "F305": Kind("error", "a raw record is not written as the crawler writes it", _RESTORE),
    "F306": Kind("error", "a row's raw record is not where the row says", _RESTORE),
    "F307": Kind("error", "a row and its raw record differ", _ROW),
    "F308": Kind("error", "a raw record lost its row", f"{_REPAIR} indexes it again"),
    "F309": Kind("notice", "a raw record that no row knows: what a crash left", f"{_REPAIR} indexes it"),
    "F310": Kind("error", "a revisit's body is not where it says", _RESTORE),
    "F311": Kind("warning", "a raw file's CDXJ index is missing", f"{_REPAIR} writes it again"),
    "F312": Kind("warning", "a raw file's CDXJ index does not say what is in the file",
                 f"{_REPAIR} writes it again"),
    "F313": Kind("warning", "a CDXJ index without its raw file", f"{_REPAIR} sets it aside under orphans/"),
    "F314": Kind("warning", "a raw file was left open", f"start the crawler, or {_REPAIR}: it is closed"),
    "F315": Kind("error", "what the raw archive keeps of a revision is not what its row says", _ROW),
    "F316": Kind("error", "a raw file cannot be read, or is none", _RESTORE),
    "F317": Kind("error", "a closed raw file is not the one that was verified before", _RESTORE),
    "F318": Kind("error", "two rows claim one raw record", _ROW),
    "F319": Kind("error", "a raw record's row refers to something else than the record does", _ROW),
}  # fmt: skip


def finding(
    code: str,
    what: str,
    where: str,
    *,
    article: int | None = None,
    wanted: object = None,
    found: object = None,
) -> Finding:
    """A finding of a kind; ``wanted`` and ``found`` as text."""
    kind = CODES[code]
    return Finding(
        code=code,
        severity=kind.severity,
        what=what,
        where=where,
        cure=kind.cure,
        article=article,
        wanted=None if wanted is None else str(wanted),
        found=None if found is None else str(found),
    )
