"""The lock that makes a crawler the only writer of its archive; readers never need it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from crawler.durable import make_folder
from crawler.errors import ArchiveBusy, StoreError


class ArchiveLock:
    """An advisory lock on ``<database>.lock``, which says who holds it.

    The kernel drops it when the holder ends, however it ends.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = _path(database)
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock or raise ``ArchiveBusy`` with the holder's process id and command."""
        try:
            make_folder(self._path.parent)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(
                f"{self._path}: cannot be written: {error.strerror}; mend the permissions of its folder"
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise ArchiveBusy(self._busy()) from None
        self._file = file
        self.note("")

    def note(self, command: str, pause: str = "") -> None:
        """Tell in the file which command holds the lock, and why nothing more is begun, if so.

        Written over what stands there: a full disk has no room for more, and then it is not told.
        """
        if self._file is not None:
            data = f"{os.getpid()} {command}\n{pause}\n".encode()
            with suppress(OSError):
                os.pwrite(self._file, data, 0)
                os.ftruncate(self._file, len(data))

    def release(self) -> None:
        """Give the lock up; the file stays, for removing it would race with the next holder."""
        if self._file is not None:
            with suppress(OSError):  # a disk that takes no writing any more: the lock goes all the same
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def _busy(self) -> str:
        try:
            process, command, _ = _read(self._path)
        except (OSError, UnicodeDecodeError, ValueError):
            process = command = ""
        who = f"process {process}" if process else "another process"
        who += f' ("crawler {command}")' if command else ""
        return f"{self._database}: {who} is writing to this archive; wait until it ends, or stop it"


def pause(database: Path) -> str | None:
    """Why the crawler at work on this archive begins nothing more; None where it does, or there is none."""
    try:
        process, _, why = _read(_path(database))
        os.kill(int(process), 0)
    except PermissionError:  # another user's, but alive
        return why or None
    except (OSError, UnicodeDecodeError, ValueError):
        return None
    return why or None


def _path(database: Path) -> Path:
    """Beside the file itself: by two names, one of them a symbolic link, it is one database."""
    file = Path(os.path.realpath(database)) if database.is_symlink() else database
    return file.with_name(f"{file.name}.lock")


def _read(path: Path) -> tuple[str, str, str]:
    """Process id, command, and why nothing more is begun."""
    first, _, second = path.read_text(encoding="utf-8").partition("\n")
    process, _, command = first.strip().partition(" ")
    return process, command, second.strip()
