"""What a disk may hold after a power cut: the worst that POSIX lets a file system do (ALICE, OSDI 2014).

Durable is what a returned fsync covers: of a file its bytes and size, of a folder its names; a new file's name
only by an fsync of its folder, whatever was synced in the file.  Of everything else any part may be there, in any
order: each 512-byte sector, each size, each name; sectors and single changes of a folder are whole or absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from tests.powercut.trace import Event

SECTOR = 512  #: bytes that a disk writes whole or not at all
Tree = dict[str, bytes | None]  #: path → content; None for a folder


@dataclass(slots=True)
class _Change:
    """Something that no sync covers yet."""

    number: int
    place: int = 0
    data: bytes | None = None  #: None: a truncation
    name: str = ""  #: of a folder's entry …
    node: File | Folder | None = None  #: … None: it is removed
    former: str = ""  #: the name that a rename takes away


@dataclass(slots=True)
class File:
    """A file's bytes on the disk, and what was done since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[_Change] = field(default_factory=list)

    def settle(self, change: _Change) -> None:
        if change.data is None:
            _resize(self.durable, change.place, b"\0")
        else:
            _put(self.durable, change.place, change.data)


@dataclass(slots=True)
class Folder:
    """A folder's names on the disk, as they are now, and what was done since."""

    durable: dict[str, File | Folder] = field(default_factory=dict)
    now: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[_Change] = field(default_factory=list)

    def settle(self, change: _Change) -> None:
        _enter(self.durable, change)


@dataclass(slots=True)
class Luck:
    """Which of the unsynced survives; made new for each cut."""

    name: str
    keeps: Callable[[int], bool]  #: asked by the change's number, for each sector and each name
    random: Random
    sizes: bool = False  #: sizes may be of another moment than the bytes
    garbage: bool = False  #: sectors that were never written hold anything, not zeros


@dataclass(slots=True)
class Disk:
    """The files below one folder, followed through the events of a run.

    ``blind``: syncs of these paths are not done (``folder`` is true for a folder): how the model itself is tested.
    """

    blind: Callable[[str, bool], bool] = lambda path, folder: False
    root: Folder = field(default_factory=Folder)
    count: int = 0  #: changes so far
    _syncing: dict[int, tuple[File | Folder, int]] = field(default_factory=dict)

    def load(self, tree: Tree) -> None:
        """Begin with files that are all on the disk."""
        for path in sorted(tree):
            content = tree[path]
            node = Folder() if content is None else File(bytearray(content))
            folder, name = self._folder(path)
            folder.durable[name] = folder.now[name] = node

    def do(self, event: Event) -> None:
        """Follow one event."""
        self.count += 1
        match event.kind:
            case "syncing":
                node, folder = (
                    self._node(event.path),
                    not event.path or isinstance(self._node(event.path), Folder),
                )
                if not self.blind(event.path, folder):
                    self._syncing[event.place] = node, self.count
            case "synced":
                if begun := self._syncing.pop(event.place, None):
                    _sync(*begun)
            case "write":
                self._file(event.path).pending.append(_Change(self.count, event.place, event.data))
            case "truncate":
                self._file(event.path).pending.append(_Change(self.count, event.place))
            case "create" | "mkdir":
                self._enter(event.path, File() if event.kind == "create" else Folder())
            case "unlink":
                self._enter(event.path, None)
            case "rename":
                self._rename(event)

    def pending(self) -> list[int]:
        """The numbers of all changes that no sync covers."""
        found: set[int] = set()
        for node in _all(self.root):
            found.update(change.number for change in node.pending)
        return sorted(found)

    def now(self) -> Tree:
        """The files as a program sees them."""
        return self.after(Luck("everything", lambda number: True, Random(0)))

    def after(self, luck: Luck) -> Tree:
        """The files as a power cut at this moment leaves them."""
        tree: Tree = {}
        _survive(self.root, "", luck, tree)
        return tree

    def _enter(self, path: str, node: File | Folder | None, former: str = "") -> None:
        folder, name = self._folder(path)
        change = _Change(self.count, name=name, node=node, former=former)
        folder.pending.append(change)
        _enter(folder.now, change)

    def _rename(self, event: Event) -> None:
        source, name = self._folder(event.path)
        if self._folder(event.target)[0] is not source:
            raise ValueError(f"{event.path} moves to another folder, which the model does not know")
        self._enter(event.target, source.now[name], name)

    def _folder(self, path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        folder = self._node(above)
        assert isinstance(folder, Folder), path
        return folder, name

    def _node(self, path: str) -> File | Folder:
        node: File | Folder = self.root
        for name in path.split("/") if path else ():
            assert isinstance(node, Folder), path
            node = node.now[name]
        return node

    def _file(self, path: str) -> File:
        node = self._node(path)
        assert isinstance(node, File), path
        return node


def _sync(node: File | Folder, number: int) -> None:
    """What was done before the sync began is on the disk now."""
    for change in node.pending:
        if change.number < number:
            node.settle(change)
    node.pending = [change for change in node.pending if change.number >= number]


def _enter(names: dict[str, File | Folder], change: _Change) -> None:
    """One atomic change of a folder: a name comes, goes, or takes another's place."""
    if change.former:
        names.pop(change.former, None)
    if change.node is None:
        names.pop(change.name, None)
    else:
        names[change.name] = change.node


def _all(node: File | Folder) -> Iterator[File | Folder]:
    yield node
    if isinstance(node, Folder):
        reachable = {id(one): one for one in (*node.durable.values(), *node.now.values())}
        for change in node.pending:
            if change.node is not None:
                reachable[id(change.node)] = change.node
        for one in reachable.values():
            yield from _all(one)


def _survive(folder: Folder, path: str, luck: Luck, tree: Tree) -> None:
    names = dict(folder.durable)
    for change in folder.pending:
        if luck.keeps(change.number):
            _enter(names, change)
    for name, node in names.items():
        below = f"{path}/{name}" if path else name
        if isinstance(node, Folder):
            tree[below] = None
            _survive(node, below, luck, tree)
        else:
            tree[below] = _content(node, luck)


def _content(file: File, luck: Luck) -> bytes:
    data = bytearray(file.durable)
    sizes, size = [len(data)], len(data)
    for change in file.pending:
        if change.data is None:
            size = change.place
            if luck.keeps(change.number):
                _resize(data, change.place, b"\0")
        else:
            size = max(size, change.place + len(change.data))
            for place, sector in _sectors(change.place, change.data):
                if luck.keeps(change.number):
                    _put(data, place, sector, _filling(luck))
        sizes.append(size)
    if file.pending and luck.sizes and luck.random.random() < 0.5:
        _resize(data, luck.random.choice(sizes), _filling(luck))
    return bytes(data)


def _sectors(place: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    begin = 0
    while begin < len(data):
        end = min(len(data), begin + SECTOR - (place + begin) % SECTOR)
        yield place + begin, data[begin:end]
        begin = end


def _filling(luck: Luck) -> bytes:
    return luck.random.randbytes(SECTOR) if luck.garbage else b"\0"


def _put(data: bytearray, place: int, piece: bytes, filling: bytes = b"\0") -> None:
    if len(data) < place:
        _resize(data, place, filling)
    data[place : place + len(piece)] = piece


def _resize(data: bytearray, size: int, filling: bytes) -> None:
    missing = size - len(data)
    if missing > 0:
        data.extend((filling * (missing // len(filling) + 1))[:missing])
    else:
        del data[size:]


def luck(disk: Disk, random: Random) -> Luck:
    """One of the ways in which unsynced work may survive."""
    pending = disk.pending() or [0]
    one = random.choice(pending)
    share = random.choice((0.1, 0.5, 0.9))
    ways: dict[str, Callable[[int], bool]] = {
        "nothing": lambda number: False,
        "everything": lambda number: True,
        "in order": lambda number: number < one or (number == one and random.random() < 0.5),
        "the newest first": lambda number: number > one or (number == one and random.random() < 0.5),
        "all but one": lambda number: number != one,
        "only one": lambda number: number == one,
        "any": lambda number: random.random() < share,
    }
    name = random.choice((*ways, "any", "any", "any"))
    torn = name == "any"
    return Luck(name, ways[name], random, sizes=torn, garbage=torn and random.random() < 0.5)
