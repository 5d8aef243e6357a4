"""The map a newcomer reads first: who may know whom, and which library lives in which room.

1 words know nobody · 2 steps know words and steps · 3 doors know words and steps, never each other
or the flow · 4 flow knows words, ports and steps, never a door · 5 only app/ knows everyone.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("architecture")  # each file is read once a run, not once a process

PACKAGE = Path(__file__).resolve().parents[1] / "crawler"

WORDS = {"errors", "model", "ports", "config", "durable"}
STEPS = {
    "urls", "dates", "feeds", "timing", "extract", "quality", "article", "summary", "banner", "qrcode", "document", "prose", "likeness", "choosing", "eastasian", "pushing", "frames", "difference", "revising", "statement", "message", "transparency", "audit",
}  # fmt: skip
DOORS = {"web", "store", "archive", "workers", "signing"}
FLOW = {
    "pipeline", "polling", "slices", "recovery", "engine", "backfill", "subscribing", "reading", "editing", "outbox", "reextracting", "quarantine", "recording", "reserve", "holding", "logbook", "rebuilding", "takedown",
}  # fmt: skip
OUTSIDE = {"app", "cli", "report", "__main__", "__init__"}

#: A library → the rooms that may import it; standard-library modules are everyone's.
LIBRARIES = {
    "aiohttp": {"web"},
    "tenacity": {"web"},
    "brotlicffi": {"message"},
    "warcio": {"archive"},
    "multidict": {"web"},
    "yarl": {"web"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "aiosqlite": {"store"},
    "feedparser": {"feeds"},
    "trafilatura": {"extract"},
    "htmldate": {"extract"},
    "lxml": {"extract"},
    "nh3": {"extract"},
    "sentencex": {"summary"},
    "segno": {"qrcode"},
    "PIL": {"qrcode"},
    "anyascii": {"urls"},
    "cryptography": {"signing"},
    "idna": {"urls"},
    "pydantic": {"config"},
    "typer": {"cli"},
    "rich": {"report", "cli"},
}

#: What a room may import of the house, beside its own files.
ALLOWED = {
    **dict.fromkeys(WORDS, WORDS),
    **dict.fromkeys(STEPS, WORDS - {"ports", "durable"} | STEPS),
    **dict.fromkeys(DOORS, WORDS | STEPS),
    **dict.fromkeys(FLOW, WORDS | STEPS | FLOW),
    "report": WORDS - {"ports", "durable"} | {"urls"},
    "cli": WORDS - {"ports", "durable"} | {"app", "report", "cli"},
    "app": WORDS | STEPS | DOORS | FLOW | {"report"},
    "__main__": {"cli"},
    "__init__": set(),
}


def room(path: Path) -> str:
    """The top-level name below crawler/ that a file belongs to."""
    part = path.relative_to(PACKAGE).parts[0]
    return part.removesuffix(".py")


@dataclass(frozen=True)
class Read:
    """What the rules need of a file, which is parsed once."""

    imports: tuple[str, ...]
    functions: tuple[tuple[str, int], ...]
    classes: tuple[str, ...]


@cache
def read(path: Path) -> Read:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    classes = tuple(node.name for node in nodes if isinstance(node, ast.ClassDef))
    return Read(tuple(_imports(path, nodes)), tuple(_functions(path, nodes)), classes)


def imports(path: Path) -> tuple[str, ...]:
    return read(path).imports


def _imports(path: Path, nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from _from(node)


def _from(node: ast.ImportFrom) -> Iterator[str]:
    assert node.module
    if node.module == "crawler":
        yield from (f"crawler.{alias.name}" for alias in node.names)
    else:
        yield node.module


FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted({room(path) for path in FILES})


def files(name: str) -> list[Path]:
    """Those of a room."""
    return [path for path in FILES if room(path) == name]


@pytest.mark.parametrize("mine", ROOMS)
def test_a_room_knows_only_whom_it_may(mine: str) -> None:
    for path in files(mine):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "crawler" or len(parts) == 1 or parts[1].startswith("__"):
                continue
            assert parts[1] == mine or parts[1] in ALLOWED[mine], f"{path}: {mine} must not know {name}"


@pytest.mark.parametrize("mine", ROOMS)
def test_a_library_has_one_room(mine: str) -> None:
    for path in files(mine):
        for name in imports(path):
            library = name.split(".")[0]
            if library == "crawler" or library in sys.stdlib_module_names:
                continue
            assert library in LIBRARIES, f"{path}: {library} has no room yet: add it to the map"
            assert mine in LIBRARIES[library], f"{path}: {library} lives in {LIBRARIES[library]}"


def test_every_room_is_on_the_map() -> None:
    assert set(ROOMS) <= WORDS | STEPS | DOORS | FLOW | OUTSIDE


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_is_pure(name: str) -> None:
    for path in files(name):
        forbidden = {"asyncio", "socket", "subprocess", "sqlite3", "urllib.request", "time"}
        assert not forbidden & set(imports(path)), path


def test_no_import_cycle() -> None:
    graph = {_module(path): {name for name in imports(path) if name.startswith("crawler")} for path in FILES}
    seen: dict[str, int] = {}

    def visit(module: str, chain: tuple[str, ...]) -> None:
        assert module not in chain, " → ".join([*chain, module])
        if seen.get(module):
            return
        for target in graph.get(module, ()):
            if target != module and not module.startswith(f"{target}."):
                visit(target, (*chain, module))
        seen[module] = 1

    for module in graph:
        visit(module, ())


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _functions(path: Path, nodes: list[ast.AST]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            documented = ast.get_docstring(node) is not None
            first = body[1] if documented and len(body) > 1 else body[0]
            assert node.end_lineno
            yield f"{path.name}:{node.name}", node.end_lineno - first.lineno + 1


def test_functions_fit_on_a_screen() -> None:
    long = {name: lines for path in FILES for name, lines in read(path).functions if lines > 30}
    assert not long


def test_files_stay_small() -> None:
    sizes = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES
    }
    assert {name: lines for name, lines in sizes.items() if lines > 300} == {}


def test_names_say_what_things_are() -> None:
    vague = ("manager", "handler", "helper", "service", "utils")
    for path in FILES:
        for name in read(path).classes:
            assert not name.lower().endswith(vague), f"{path}: {name}"
        assert path.stem not in vague
