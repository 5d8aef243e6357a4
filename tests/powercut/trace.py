"""What strace wrote of a run → one ordered list of what was done to the files below a folder.

All files of the archive are in it, the database's too, in the order in which the kernel was asked.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

#: What may change a file or a name; a call that is not understood below must not go unseen.
CALLS = (
    "open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,"
    "truncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,fallocate,"
    "copy_file_range,sendfile,splice"
)
SLOW = 3000  #: as on a disk: so that others are under way meanwhile
Kind = Literal["create", "write", "truncate", "rename", "unlink", "mkdir", "syncing", "synced", "told"]

_LINE = re.compile(r"^(\d+) +(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)$")
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
_ENDED = re.compile(r"^(.*)\) += (-?\d+|\?)(.*)$", re.DOTALL)
_UNFINISHED = "<unfinished ...>"
_HEX = re.compile(r"\\x([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``path`` is below the folder, without a slash in front."""

    kind: Kind
    path: str
    data: bytes = b""
    place: int = 0  #: of a write: where it begins; of a truncation: the new size; of a sync: its number
    target: str = ""  #: of a rename


def options(output: str, slow: int = SLOW) -> list[str]:
    """What strace is told; ``slow``: microseconds that each sync takes."""
    return ["-e", f"inject=fsync,fdatasync:delay_enter={slow}", "-y", "-xx", "-s", "99999999", "-e", "signal=none",
            "-e", f"trace={CALLS}", "-o", output]  # fmt: skip


def strace(output: str) -> list[str]:
    """The command that a command line follows."""
    return ["strace", "-f", "--seccomp-bpf", *options(output)]


def read(lines: Iterable[str], root: str, log: str, files: Iterable[str] = ()) -> list[Event]:
    """The events below ``root``, where ``files`` are there at the beginning.

    What is written to the file ``log`` (below it too) is what was told.
    """
    return list(_Reader(root, log, files).events(lines))


class _Reader:
    """A change counts from the end of its call; a sync covers what had ended when it began."""

    def __init__(self, root: str, log: str, files: Iterable[str]) -> None:
        self._root = root.rstrip("/")
        self._mark = _hex(self._root)
        self._log = log
        self._begun: dict[str, tuple[str, str, int]] = {}  #: thread → call, arguments, number of a sync
        self._at: dict[str, int] = {}  #: path → where the next plain write goes
        self._files = set(files)
        self._syncs = 0

    def events(self, lines: Iterable[str]) -> Iterator[Event]:
        for line in lines:
            if not (matched := _LINE.match(line.rstrip("\n"))):
                continue
            thread, rest = matched.groups()
            if resumed := _RESUMED.match(rest):
                if begun := self._begun.pop(thread, None):
                    name, arguments, number = begun
                    yield from self._end(name, arguments + resumed[2], number)
            elif self._mark in rest and (call := _CALL.match(rest)):
                yield from self._begin(thread, call[1], call[2])

    def _begin(self, thread: str, name: str, arguments: str) -> Iterator[Event]:
        number = 0
        if name in {"fsync", "fdatasync"}:
            self._syncs = number = self._syncs + 1
            yield Event("syncing", self._below(_decoded(_descriptor(arguments))), place=number)
        if arguments.endswith(_UNFINISHED):
            self._begun[thread] = name, arguments.removesuffix(_UNFINISHED).rstrip(), number
        else:
            yield from self._end(name, arguments, number)

    def _end(self, name: str, text: str, number: int) -> Iterator[Event]:
        ended = _ENDED.match(text)
        if ended is None or ended[2] == "?" or int(ended[2]) < 0:
            return  # failed, or the process was killed in it
        result = int(ended[2])
        arguments = ended[1].split(", ")
        if name in {"fsync", "fdatasync"}:
            yield Event("synced", self._below(_decoded(_descriptor(arguments[0]))), place=number)
            return
        known: Callable[[list[str], int, str], Iterator[Event]] | None = getattr(self, f"_{name}", None)
        if known is None:
            raise ValueError(f"a call that the model does not know: {name}({_decoded(text)[:300]}")
        yield from known(arguments, result, ended[3])

    def _openat(self, arguments: list[str], _result: int, rest: str) -> Iterator[Event]:
        path = self._below(_decoded(rest.strip().removeprefix("<").removesuffix(">")))
        if "O_CREAT" not in arguments[2]:
            return
        if "O_APPEND" in arguments[2] and path != self._log:
            raise ValueError(f"{path} is opened for appending, which the model does not know")
        self._at[path] = 0
        if path not in self._files:
            self._files.add(path)
            yield Event("create", path)
        elif "O_TRUNC" in arguments[2]:
            yield Event("truncate", path)

    def _write(self, arguments: list[str], result: int, _rest: str) -> Iterator[Event]:
        path = self._below(_decoded(_descriptor(arguments[0])))
        data = _bytes(arguments[1])[:result]
        if path == self._log:
            yield Event("told", path, data)
            return
        place = self._at.get(path, 0)
        self._at[path] = place + result
        yield Event("write", path, data, place)

    def _pwrite64(self, arguments: list[str], result: int, _rest: str) -> Iterator[Event]:
        path = self._below(_decoded(_descriptor(arguments[0])))
        yield Event("write", path, _bytes(arguments[1])[:result], int(arguments[3]))

    def _ftruncate(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        path = self._below(_decoded(_descriptor(arguments[0])))
        yield Event("truncate", path, place=int(arguments[1]))

    def _fallocate(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        path = self._below(_decoded(_descriptor(arguments[0])))
        if arguments[1] != "0" or self._at.get(path):
            raise ValueError(f"space for {path} in a way that the model does not know: {arguments[1:]}")
        yield Event("truncate", path, place=int(arguments[2]) + int(arguments[3]))

    def _rename(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        yield self._renamed(_path("", arguments[0]), _path("", arguments[1]))

    def _renameat(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        yield self._renamed(_path(*arguments[:2]), _path(*arguments[2:4]))

    def _renamed(self, path: str, target: str) -> Event:
        path, target = self._below(path), self._below(target)
        self._files.discard(path)
        self._files.add(target)
        return Event("rename", path, target=target)

    def _unlink(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        yield self._unlinked(_path("", arguments[0]))

    def _unlinkat(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        yield self._unlinked(_path(*arguments[:2]))

    def _unlinked(self, path: str) -> Event:
        path = self._below(path)
        self._files.discard(path)
        return Event("unlink", path)

    def _mkdir(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        yield Event("mkdir", self._below(_path("", arguments[0])))

    def _mkdirat(self, arguments: list[str], _result: int, _rest: str) -> Iterator[Event]:
        yield Event("mkdir", self._below(_path(*arguments[:2])))

    def _below(self, path: str) -> str:
        if path != self._root and not path.startswith(f"{self._root}/"):
            raise ValueError(f"{path} is not below {self._root}")
        return (
            os.path.relpath(path, self._root).removeprefix(".").removeprefix("/")
            if path != self._root
            else ""
        )


def _hex(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _decoded(text: str) -> str:
    return _HEX.sub(lambda found: chr(int(found[1], 16)), text)


def _bytes(argument: str) -> bytes:
    if not (argument.startswith('"') and argument.endswith('"')):
        raise ValueError(f"data that strace did not write out: {argument[:80]}")
    return bytes.fromhex(argument[1:-1].replace("\\x", ""))


def _descriptor(argument: str) -> str:
    """``12<path>`` → path."""
    return argument.partition("<")[2].partition(">")[0]


def _path(folder: str, name: str) -> str:
    """A folder's descriptor and a name → an absolute path."""
    plain = _decoded(name.strip('"'))
    return plain if plain.startswith("/") else f"{_decoded(_descriptor(folder))}/{plain}"


def can_trace() -> bool:
    """Whether there is an strace that may look at a child."""
    try:
        return (
            subprocess.run(
                ["strace", "-f", "--seccomp-bpf", "true"], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False
