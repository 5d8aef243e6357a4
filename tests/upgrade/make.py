"""``python -m tests.upgrade.make [SCHEMA]…``: crawls the sample wire with the code of older commits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.journey import ROOT
from tests.upgrade.archives import MAKERS, SETTINGS, news, old_wire, pack


def older_code(commit: str, folder: Path) -> Path:
    """The tree of a commit, unpacked below ``folder``."""
    folder.mkdir(parents=True)
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def run(code: Path, yard: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of older code on the archive in ``yard``."""
    command = [sys.executable, "-m", "crawler", "--config", str(yard / "crawler.toml"), *arguments]
    return subprocess.run(command, cwd=code, capture_output=True, text=True, check=False)


def make(schema: str, place: Path) -> None:
    """Two crawls by the code that wrote this schema, packed beside this file."""
    code, yard = older_code(MAKERS[schema], place / "code"), place / "yard"
    yard.mkdir()
    with old_wire() as wire:
        (yard / "crawler.toml").write_text(SETTINGS, encoding="utf-8")
        (yard / "feeds.toml").write_text(wire.config(), encoding="utf-8")
        for _ in range(2):
            done = run(code, yard, "crawl", "--since", "2000-01-01")
            if done.returncode:
                raise SystemExit(f"{schema}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
            news(wire)
    pack(schema, MAKERS[schema], yard / "archive")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or MAKERS:
        with TemporaryDirectory(prefix=f"schema-{wanted}-") as folder:
            make(wanted, Path(folder))
            print(f"schema {wanted}: written by {MAKERS[wanted]}")
