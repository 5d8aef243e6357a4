"""Which paths below an archive's root are ours; used by ``tree``."""

from __future__ import annotations

from pathlib import Path

from crawler.archive.failures import refused

MAX_DEPTH = 16  #: parts of a path
MAX_NAME = 255  #: bytes of a part (NAME_MAX)
TEMPORARY = ".tmp-"  #: how the names of temporary files begin


def is_text(path: str) -> bool:
    """Whether the bytes of a name, as the system lists it, are UTF-8: all of ours are, and only such can be stored."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def parts(root: Path, path: str) -> list[str]:
    """The names on the way to a file; raises ``ArchiveError`` for a path that is not ours."""
    names = path.split("/")
    if "\0" in path or any(name in {"", ".", ".."} for name in names):
        raise refused(root, path, "a path is relative, without empty parts, dots and NUL")
    if len(names) > MAX_DEPTH:
        raise refused(root, path, f"it has more than {MAX_DEPTH} parts")
    if not is_text(path):
        raise refused(
            root, path, "it is not UTF-8, so it is none of the crawler's; move it out of the archive"
        )
    if max(len(name.encode()) for name in names) > MAX_NAME:
        raise refused(root, path, f"a name in it is longer than {MAX_NAME} bytes")
    if names[-1].startswith(TEMPORARY):
        raise refused(root, path, "this name is for temporary files")
    return names
