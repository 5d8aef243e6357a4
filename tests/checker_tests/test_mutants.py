"""The checker finds nothing in a sound archive, and names whatever is planted in it."""

from __future__ import annotations

import ast
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.checker
from tests.checker import INVARIANTS, Terms, judge
from tests.checker.__main__ import main
from tests.checker_tests.mutants import MUTANTS, Spoilt
from tests.journey import Yard, newsroom
from tests.wire import journal

pytestmark = pytest.mark.xdist_group("checker")
TERMS = Terms(allow=("127.0.0.0/8",), denied=("127.9.9.9",), floor=7200, delay=0)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoilt]:
    """An archive with two runs behind it, one release edited between them."""
    folder = tmp_path_factory.mktemp("sound")
    with newsroom(releases=6, wires=2) as wire, Yard(folder) as yard:
        yard.configure(wire.config(), processes=1)
        assert yard.crawl().code == 0
        asked = list(wire.log)
        journal.write(folder / "wire.jsonl", asked, port=wire.port, ahead=-86400)  # the runs were a day apart
        yard.change("UPDATE runs SET started_at = datetime(started_at, '-1 day') || 'Z'")
        wire.publish(1)
        first = wire.posting(0)
        wire.edit(first.url, title=f"{first.release.title}, as corrected")
        assert yard.crawl().code == 0
        journal.write(folder / "wire.jsonl", list(wire.log)[len(asked):], port=wire.port, append=True)  # fmt: skip
        yield Spoilt(yard.archive, folder / "wire.jsonl")


@pytest.fixture
def spoilt(sound: Spoilt, tmp_path: Path) -> Spoilt:
    shutil.copytree(sound.root, tmp_path / "archive")
    shutil.copy(sound.log, tmp_path / "wire.jsonl")
    return Spoilt(tmp_path / "archive", tmp_path / "wire.jsonl")


def test_a_sound_archive_has_no_violation_and_is_not_touched(spoilt: Spoilt) -> None:
    before = {path: path.read_bytes() for path in spoilt.root.rglob("*") if path.is_file()}
    assert list(spoilt.root.glob("revisions/**/*.md"))
    assert judge(spoilt.root, spoilt.database, spoilt.log, TERMS) == []
    assert {path: path.read_bytes() for path in spoilt.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_named(spoilt: Spoilt, name: str) -> None:
    invariant, words, plant = MUTANTS[name]
    plant(spoilt)
    terms = Terms(
        allow=TERMS.allow, denied=TERMS.denied, floor=TERMS.floor, delay=1.0 if "1 s" in words else 0
    )
    found = judge(spoilt.root, spoilt.database, spoilt.log, terms)
    assert any(one.invariant == invariant and words in one.text for one in found), "\n".join(map(str, found))


def test_every_invariant_has_a_mutant() -> None:
    assert {invariant for invariant, _, _ in MUTANTS.values()} == set(INVARIANTS)


def test_what_a_kill_leaves_is_no_violation_of_an_archive_that_was_just_killed(spoilt: Spoilt) -> None:
    path = spoilt.first("warc/**/*.warc.gz")
    path.with_suffix(".cdxj").unlink(missing_ok=True)
    path.with_name(path.name.removesuffix(".warc.gz") + ".cdxj").unlink(missing_ok=True)
    with path.open("ab") as tail:
        tail.write(b"\x1f\x8b\x08half a member")
    path.rename(path.with_name(path.name + ".open"))
    (spoilt.root / ".tmp-0123456789abcdef01234567").write_bytes(b"half")
    spoilt.change("UPDATE feeds SET lent_from = next_poll_at", "UPDATE runs SET outcome = NULL")
    told = Terms(state="crashed", allow=TERMS.allow)
    assert judge(spoilt.root, spoilt.database, spoilt.log, told) == []
    assert {one.invariant for one in judge(spoilt.root, spoilt.database, spoilt.log, TERMS)} >= {"I4", "I8"}


def test_the_command_tells_a_sentence_for_each_and_ends_with_1(
    spoilt: Spoilt, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(spoilt.root), str(spoilt.database), str(spoilt.log), "--allow", "127.0.0.0/8"]
    assert main(given) == 0
    assert capsys.readouterr().out == ""
    spoilt.first("content/*/*/*/*.md").unlink()
    assert main(given) == 1
    assert "I3 orphaned: revision" in capsys.readouterr().out
    assert main([*given, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["invariant"] == "I3"


def test_the_checker_shares_no_code_with_the_crawler() -> None:
    for path in Path(tests.checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                ours = name == "tests.checker" or name.startswith("tests.checker.")
                assert ours or name.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {name}"
