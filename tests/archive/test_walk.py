"""A look below the root: nothing is followed, nothing endless is read, nothing is changed."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from crawler.archive.aside import Aside
from crawler.archive.tree import LONGEST
from crawler.archive.walk import Walk
from crawler.errors import ArchiveError


def test_paths_come_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    for name in ("a/b.md", "a-c/d.md", "a.md", "a/b/c.md", "a/B.md"):
        (tmp_path / "content" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "content" / name).write_bytes(b"x")
    found = list(Walk(tmp_path).files("content"))
    assert found == sorted(found, key=str.encode)
    assert len(found) == 5
    assert list(Walk(tmp_path).files("nothing")) == []


def test_a_file_is_hashed_and_its_front_matter_read(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"no article")
    walk = Walk(tmp_path)
    look = walk.look("x.md", article=True)
    assert (look.place, look.size) == ("file", 10)
    assert look.sha256 == hashlib.sha256(b"no article").hexdigest()
    assert look.document is None
    assert look.trouble
    assert walk.look("x.md", read=False).sha256 is None
    assert walk.look("y.md").place == "missing"
    assert walk.look("y/z.md").place == "missing"


def test_z72_a_link_a_pipe_and_a_hole_are_named_and_not_read(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.md").write_bytes(b"secret")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "directory").mkdir()
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(root / "socket"))
        with (root / "hole").open("wb") as hole:
            hole.truncate(LONGEST + 1)
        walk = Walk(root)
        places = {name: walk.look(name).place for name in ("link.md", "directory", "pipe", "socket", "hole")}
    assert places == {
        "link.md": "link", "directory": "folder", "pipe": "special", "socket": "special", "hole": "long",
    }  # fmt: skip
    assert walk.look("folder/secret.md").place == "link"
    assert walk.look("../outside/secret.md").place == "unreadable"
    assert list(walk.files("folder")) == ["folder"]
    assert list(walk.files("pipe")) == ["pipe"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    (tmp_path / "x").chmod(0)
    assert Walk(tmp_path).look("x").place == "unreadable"


def test_what_is_set_aside_is_kept_whatever_it_is_and_however_often(tmp_path: Path) -> None:
    aside = Aside(tmp_path)
    places = []
    for number in range(2):
        (tmp_path / "content/a").mkdir(parents=True, exist_ok=True)
        (tmp_path / "content/a/x.md").write_bytes(b"%d" % number)
        places.append(aside.move("content/a/x.md", "orphans"))
    assert places[0] == "orphans/content/a/x.md"
    assert [(tmp_path / place).read_bytes() for place in places] == [b"0", b"1"]
    (tmp_path / "content/.tmp-0").symlink_to("nowhere")
    assert (tmp_path / aside.move("content/.tmp-0", "orphans")).is_symlink()
    for path in ("../x", "a//b", "content/gone"):
        with pytest.raises(ArchiveError):
            aside.move(path, "orphans")
