"""Files that lie below the archive's root against the rows that may know them."""

from __future__ import annotations

import re

from crawler import document
from crawler.audit.codes import finding
from crawler.audit.facts import ArticleRow, FileLook
from crawler.model import Finding
from crawler.transparency import proof

#: Folders that are looked through; beside them the root is the user's own.
FOLDERS = ("content", "revisions", "static", "warc", "quarantine", "log")
_MONTH = re.compile(r"content/[^/]+/\d{4}/\d{2}/")
_IMAGE = re.compile(r"static/[^/]+/qrcode/.")
_FOUND = re.compile(r"revisions/.*/found-([0-9a-f]{12})\.md")
_REVISION = re.compile(r"revisions/[^/]+/\d{4}/\d{2}/([^/]+)/(\d+)\.md")
_ARTICLE = re.compile(r"content/[^/]+/\d{4}/\d{2}/([^/]+)\.md")
_CODE = re.compile(r"static/[^/]+/qrcode/\d+/\d+/([^/.]+)\.webp")
_PROOF = re.compile(r"static/[^/]+/proof/([^/.]+)\.json")
_PROOFS = re.compile(r"(static/[^/]+)/proof/.")
_TEMPORARY = re.compile(r"(.*/)?\.tmp-[0-9a-f]{24}")
_RAW = re.compile(r"warc/.*\.(warc\.gz(\.open)?|cdxj)")
_DOCUMENT = re.compile(r"quarantine/([0-9a-f]{64})\.(bin|json)")
_TORN = re.compile(r"quarantine/warc/[^/]+-\d+\.bin")  # ends of raw files, which nothing refers to


def name(path: str) -> tuple[str, str] | None:
    """How a row is looked up that may know a path: ("url", …), ("code", …); None for none."""
    if match := _ARTICLE.fullmatch(path) or _REVISION.fullmatch(path):
        return "url", match[1]
    if match := _CODE.fullmatch(path) or _PROOF.fullmatch(path):
        return "code", match[1]
    return None


def images_beside(path: str) -> str | None:
    """The folder that lies beside published proofs, so that a site's own ``proof/`` is told from them.

    None for what lies elsewhere.
    """
    match = _PROOFS.match(path)
    return match and f"{match[1]}/qrcode"


def is_ours(path: str) -> bool:
    """Whether only the crawler puts files there: what it does not know is to be told of.

    ``content/_index.md``, ``static/favicon.ico`` are the site's own.
    """
    shaped = _MONTH.match(path) or _IMAGE.match(path) or _PROOFS.match(path)
    return bool(shaped) or path.startswith(("revisions/", "warc/", "quarantine/"))


def is_raw(path: str) -> bool:
    """Whether it is a raw file or an index of one, which are looked at by themselves."""
    return bool(_RAW.fullmatch(path))


def is_temporary(path: str) -> bool:
    """Whether it has the name of a file that was being written."""
    return bool(_TEMPORARY.fullmatch(path))


def needs_reading(path: str) -> bool:
    """Whether what it holds tells whether it may lie there."""
    return is_article(path) or (path.endswith(".bin") and bool(_DOCUMENT.fullmatch(path)))


def is_article(path: str) -> bool:
    """Whether it may have front matter."""
    return path.endswith(".md")


def partner(path: str) -> str | None:
    """What lies beside a file in quarantine: the document and what is said of it; None for any other file."""
    match = _DOCUMENT.fullmatch(path)
    return match and f"quarantine/{match[1]}.{'json' if match[2] == 'bin' else 'bin'}"


def parted(path: str) -> Finding:
    """The one is there without the other; the document is written first, and removed first."""
    if path.endswith(".bin"):
        return finding("F216", "what was said of this document is not there", path)
    return finding("F217", "the document that this tells of is gone", path)


def known(path: str, article: ArticleRow | None) -> bool:
    """Whether a row of the article knows the path."""
    if article is None:
        return False
    paths = {one.path for one in article.revisions} | {one.qrcode_path for one in article.revisions}
    return path in paths or path == proof.path(article.source_key, article.code)


def judge(look: FileLook, article: ArticleRow | None) -> Finding | None:
    """What is to be said of a file that no row knows; ``article``: whose it is by its name."""
    path = look.path
    if is_temporary(path):
        return finding("F212", "a temporary file was left behind", path) if look.place != "missing" else None
    if look.place == "missing":
        return None  # meanwhile
    if look.place != "file":
        return finding("F213", _special(look), path) if is_ours(path) or look.place == "link" else None
    if match := _FOUND.fullmatch(path):
        return _set_aside(look, match[1])
    if match := _DOCUMENT.fullmatch(path):
        return _set_aside(look, match[1]) if match[2] == "bin" else None
    if _TORN.fullmatch(path):
        return None
    if article is not None and _is_copy(look, article):
        return None
    if look.document is not None and path.startswith("content/"):
        return _misplaced(look)
    if is_ours(path):
        return finding("F210", "no row knows this file", path, article=article.id if article else None,
                       found=look.sha256)  # fmt: skip
    return None


def _special(look: FileLook) -> str:
    told = {"link": "a symbolic link", "special": "a pipe, socket or device"}.get(look.place)
    return f"{told or 'something that cannot be read'} lies among the files"


def _set_aside(look: FileLook, begins: str) -> Finding | None:
    """Foreign bytes found in an article's place before it was written, or in quarantine: their name is their digest."""
    if look.sha256 is None or look.sha256.startswith(begins):
        return None
    what = "bytes that were set aside are not what their name says"
    return finding("F214", what, look.path, wanted=begins, found=look.sha256)


def _is_copy(look: FileLook, article: ArticleRow) -> bool:
    """A revision moved aside for one that then was dropped: it stands in its old place too."""
    match = _REVISION.fullmatch(look.path)
    if match is None:
        return False
    same = (one for one in article.revisions if one.number == int(match[2]))
    return any(look.sha256 in {one.sha256, None} for one in same)


def _misplaced(look: FileLook) -> Finding:
    told = look.document
    assert isinstance(told, document.Document)
    what = f"a file of article {told.article_id} lies where no row has it: Hugo would publish it"
    return finding("F211", what, look.path, article=told.article_id, found=look.sha256)
