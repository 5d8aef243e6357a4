"""A yard whose archive lies on a small disk of its own: a tmpfs in a mount namespace, filled and freed by a test."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.journey.yard import Yard

_HOLDER = 'mount -t tmpfs -o "$1" tmpfs "$2" && echo mounted && exec sleep 3600'
_FILLER = "filler"


@dataclass(slots=True)
class SmallDisk(Yard):
    """As a yard; ``archive`` is seen through the namespace's door in ``/proc``."""

    holder: int = 0  #: process that keeps the disk

    @property
    def archive(self) -> Path:
        """The archive's root, as this process can see it."""
        return Path(f"/proc/{self.holder}/root") / self.mounted.relative_to("/")

    @property
    def mounted(self) -> Path:
        """… and as the crawler does."""
        return (self.folder / "archive").resolve()

    @property
    def inside(self) -> int:
        """Where the disk is mounted."""
        return self.holder

    def remount(self, options: str) -> int:
        """Change how the disk is mounted (``ro``, ``rw``, ``size=8m``); the exit code of mount(8)."""
        enter = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", str(self.holder), "--"]
        line = [*enter, "mount", "-o", f"remount,{options}", str(self.mounted)]
        return subprocess.run(line, check=False, stderr=subprocess.DEVNULL).returncode

    @property
    def free(self) -> int:
        """Bytes left."""
        told = os.statvfs(self.archive)
        return told.f_bavail * told.f_frsize

    def rows(self, query: str) -> list[dict[str, Any]]:
        """As in a yard; SQLite resolves the door's name, so it is given a copy."""
        with TemporaryDirectory() as folder:
            for file in self.archive.glob("crawler.db*"):
                shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / "crawler.db")) as looking:
                looking.row_factory = sqlite3.Row
                return [dict(row) for row in looking.execute(query)]

    def fill(self, leave: int = 0) -> None:
        """Another program's file takes all but so many bytes."""
        with (self.archive / _FILLER).open("ab", buffering=0) as file:
            while (rest := self.free - leave) > 0:
                try:
                    file.write(bytes(min(rest, 2**16)))
                except OSError:
                    return

    def fill_inodes(self, leave: int = 0) -> None:
        """… and all but so many inodes."""
        folder = self.archive / _FILLER
        folder.mkdir()
        number = 0
        while os.statvfs(self.archive).f_favail > leave:
            (folder / str(number)).touch()
            number += 1

    def empty(self) -> None:
        """What another program took is free again."""
        filler = self.archive / _FILLER
        if filler.is_dir():
            for file in filler.iterdir():
                file.unlink()
            filler.rmdir()
        else:
            filler.unlink()


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[SmallDisk]:
    """A yard on a tmpfs with these mount options; skips where namespaces are not to be had."""
    (folder / "archive").mkdir(parents=True)
    command = ["unshare", "-rm", "sh", "-c", _HOLDER, "sh", options, str((folder / "archive").resolve())]
    try:
        holder = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare(1) here")
    with holder:
        try:
            assert holder.stdout
            if holder.stdout.readline() != "mounted\n":
                pytest.skip("this system lets nobody but root mount a tmpfs")
            with SmallDisk(folder, holder=holder.pid) as yard:
                yield yard
        finally:
            holder.kill()
